import type { Provider } from '../provider/provider.ts'
import { encodeForm, type Parameters } from './form.ts'
import { joinScopes, pipe } from './pipe.ts'

/** The parameters of an authorization request. The caller passes a random `state`: a machine is deterministic. */
export interface AuthorizationRequest {
  /** Identifies the client (RFC 6749 section 2.2). */
  readonly client_id: string
  /** Random. The redirect must repeat it (RFC 6749 section 10.12). */
  readonly state: string
  /** Without it the server uses the registered one (RFC 6749 section 3.1.2.3). */
  readonly redirect_uri?: string | null | undefined
  /** Separated by spaces; sent with the provider's `scopeSeparator`. */
  readonly scope?: string | null | undefined
  /** 43 to 128 random characters, for a provider with `pkce` (RFC 7636 section 4.1). */
  readonly code_verifier?: string | undefined
  /** Also request what a refresh token requires at this server. */
  readonly offline?: boolean | undefined
  /** Parameters of this request alone, such as `login_hint`. */
  readonly parameters?: Parameters | undefined
}

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
