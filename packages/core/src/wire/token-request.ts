import type { Provider } from '../provider/provider.ts'
import { type ClientCredentials, type ClientRequest, formRequest } from './client-request.ts'
import type { Parameters } from './form.ts'

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
