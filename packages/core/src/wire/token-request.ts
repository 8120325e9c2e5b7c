import type { Provider } from '../provider/provider.ts'
import type { ClientCredentials, ClientRequest, RequestContext } from './client-request.ts'
import type { Parameters } from './form.ts'
import { joinScopes } from './pipe.ts'

/**
 * Returns a request of the client to an endpoint of its server, by default the token endpoint, with the provider's own
 * parameters. It is not signed: `signRequest` does that. `about` says what it is about, as far as its parameters do not.
 */
export function tokenRequest(
  provider: Provider,
  credentials: ClientCredentials,
  parameters: Parameters,
  about: Partial<RequestContext> = {},
  url?: string,
): ClientRequest {
  const { tokenEndpoint, refreshEndpoint, tokenParameters, refreshParameters } = provider
  const { grant_type, scope, redirect_uri } = parameters as Readonly<Record<string, string | undefined>>
  const isRefresh = grant_type === 'refresh_token'
  return {
    url: url ?? ((isRefresh && refreshEndpoint) || tokenEndpoint),
    parameters: {
      ...joinScopes(provider, parameters),
      ...(grant_type && tokenParameters),
      ...(isRefresh && refreshParameters),
    },
    context: { to: 'token', grant: grant_type, scope, redirect_uri, ...about },
    credentials,
  }
}
