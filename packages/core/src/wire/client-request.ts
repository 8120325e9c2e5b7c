import type { HttpRequest } from '../ports/transport.ts'
import { encodeForm, type Parameters } from './form.ts'

/** The id and the secret of a client. A public client has no secret, and the server decides whether to accept that. */
export interface ClientCredentials {
  readonly client_id: string
  readonly client_secret?: string | null | undefined
}

/** A request from a client to an endpoint of its server. */
export interface ClientRequest extends HttpRequest {
  readonly body: string
  /** Values that no error may contain, besides the secret parameters of the body. */
  readonly secrets?: readonly string[]
}

/** Returns a POST request with a form-encoded body. It accepts JSON. */
export function formRequest(url: string, parameters: Parameters): ClientRequest {
  return {
    method: 'POST',
    url,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: encodeForm(parameters),
  }
}
