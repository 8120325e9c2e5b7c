import type { HttpRequest } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'
import { encodeForm, type Parameters } from './form.ts'

/** Who asks. A client without a secret leaves it out; whether that suffices is the server's to say. */
export interface ClientCredentials {
  readonly client_id: string
  readonly client_secret?: string | null | undefined
}

/** A request to the token endpoint, with the client's credentials in the body (RFC 6749 section 2.3.1). */
export function tokenRequest(
  provider: Provider,
  { client_id, client_secret }: ClientCredentials,
  parameters: Parameters,
): HttpRequest {
  return {
    method: 'POST',
    url: provider.tokenEndpoint,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: encodeForm({
      ...parameters,
      client_id,
      client_secret: provider.clientAuthentication === 'none' ? undefined : client_secret,
    }),
  }
}
