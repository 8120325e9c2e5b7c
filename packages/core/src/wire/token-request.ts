import type { HttpRequest } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
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

/** A request to the token endpoint, with what proves the client (RFC 6749 section 2.3.1). */
export function tokenRequest(
  { tokenEndpoint, clientAuthentication: how }: Provider,
  credentials: ClientCredentials,
  parameters: Parameters,
): ClientRequest {
  if (typeof how === 'function') return how(tokenEndpoint, credentials, parameters)
  const { client_id, client_secret } = credentials
  return formRequest(tokenEndpoint, {
    ...parameters,
    client_id,
    client_secret: how === 'none' ? undefined : client_secret,
  })
}
