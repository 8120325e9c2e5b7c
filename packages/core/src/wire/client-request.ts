import type { HttpRequest } from '../ports/transport.ts'
import { encodeForm, type Parameters } from './form.ts'

/** Who asks. A client without a secret leaves it out; whether that suffices is the server's to say. */
export interface ClientCredentials {
  readonly client_id: string
  readonly client_secret?: string | null | undefined
}

/** A request of a client to an endpoint of its server. */
export interface ClientRequest extends HttpRequest {
  readonly body: string
  /** What no message may repeat, besides the secret parameters of the body. */
  readonly secrets?: readonly string[]
}

/** A request with a form-encoded body, which asks for JSON. */
export function formRequest(url: string, parameters: Parameters): ClientRequest {
  return {
    method: 'POST',
    url,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: encodeForm(parameters),
  }
}
