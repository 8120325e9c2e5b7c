import type { Provider } from '../provider/provider.ts'
import { type ClientCredentials, type ClientRequest, formRequest } from './client-request.ts'
import type { Parameters } from './form.ts'

/** Returns a request to the token endpoint that authenticates the client (RFC 6749 section 2.3.1). */
export function tokenRequest(
  { tokenEndpoint, clientAuthentication: method }: Provider,
  credentials: ClientCredentials,
  parameters: Parameters,
): ClientRequest {
  if (typeof method === 'function') return method(tokenEndpoint, credentials, parameters)
  const { client_id, client_secret } = credentials
  return formRequest(tokenEndpoint, {
    ...parameters,
    client_id,
    client_secret: method === 'none' ? undefined : client_secret,
  })
}
