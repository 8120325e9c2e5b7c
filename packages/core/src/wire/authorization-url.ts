import type { AuthorizationRequest } from '../flows/waiting.ts'
import type { Provider } from '../provider/provider.ts'
import { encodeForm, type Parameters } from './form.ts'
import { joinScopes, pipe } from './pipe.ts'

/** Returns the URL of an endpoint with parameters in its query. They keep their order. */
export function withQuery(endpoint: string, parameters: Parameters): string {
  return endpoint + (endpoint.includes('?') ? '&' : '?') + encodeForm(parameters)
}

/** Returns `scope` with those of `more` that it lacks. */
export function withScopes(scope: string | null | undefined, more = ''): string | null {
  const all = new Set([...(scope ?? '').split(' '), ...more.split(' ')])
  all.delete('')
  return [...all].join(' ') || null
}

/**
 * Returns the parameters of an authorization request (RFC 6749 sections 4.1.1 and 4.2.1). `own`, those of this request
 * alone, override the provider's. `quirks.authorizationRequest` has the last word.
 */
export function authorizationParametersOf(
  provider: Provider,
  response_type: string,
  { client_id, state, redirect_uri, scope, offline, parameters }: AuthorizationRequest,
  proof?: Parameters,
): Parameters {
  const { scope: offlineScope, parameters: { prompt, ...harmless } = {} } = provider.offline ?? {}
  const all = {
    client_id,
    response_type,
    state,
    redirect_uri,
    scope: offline ? withScopes(scope, offlineScope) : scope,
    ...proof,
    ...harmless,
    ...(offline && { prompt }),
    ...provider.authorizationParameters,
    ...parameters,
  }
  const context = { to: 'authorization', scope, redirect_uri } as const
  return pipe(provider.quirks?.authorizationRequest, joinScopes(provider, all), context)
}
