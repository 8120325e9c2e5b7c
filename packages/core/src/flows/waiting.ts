import type { Failure } from '../failure.ts'
import { type Step } from '../machine/machine.ts'
import type { DpopKey } from '../keeper/record.ts'
import type { Pkce, Provider } from '../provider/provider.ts'
import { type AuthorizationRequest, authorizationParametersOf, withQuery } from '../wire/authorization-url.ts'
import { type Denied, rest } from './step.ts'

export type { AuthorizationRequest }

/**
 * The user is at the authorization server. The state is plain JSON: a flow can start in one process and end in another.
 * It contains the `state` that identifies its redirect and the code verifier, so protect it like a password.
 */
export interface Waiting<Type extends string = string> {
  readonly type: Type
  /** The version of this shape. */
  readonly v: 1
  /** The name of the provider. A flow is resumed only with the same one. */
  readonly provider: string
  /** A flow is resumed only with the same one. */
  readonly client_id: string
  /** The URL to send the user to. */
  readonly url: string
  /** The redirect must repeat it (RFC 6749 section 10.12). */
  readonly state: string
  /** That of the authorization request, which the token request repeats (RFC 6749 section 4.1.3). */
  readonly redirect_uri?: string | null | undefined
  /** Proves that the code belongs to this flow (RFC 7636 section 4.5). Absent without PKCE. */
  readonly code_verifier?: string | undefined
  /** The `nonce` of the request, which the `id_token` must have (OpenID Connect Core 3.1.3.7 item 11). */
  readonly nonce?: string | undefined
  /** The key that the pushed authorization request was signed with (RFC 9449 section 10.1). */
  readonly dpop?: DpopKey | undefined
  /** Why the last attempt failed. */
  readonly failure?: Failure
}

/** Returns the first step of a flow that needs the user (RFC 6749 sections 4.1.1 and 4.2.1). */
export function startWaiting<Type extends string>(
  provider: Provider,
  type: Type,
  response_type: string,
  request: AuthorizationRequest,
  pkce?: Pkce | 'none',
): Step<Waiting<Type>, never> {
  const { client_id, state, redirect_uri, code_verifier } = request
  const proof = typeof pkce === 'function' ? pkce(code_verifier) : undefined
  const parameters = authorizationParametersOf(provider, response_type, request, proof)
  const { authorizationEndpoint, authorizationFragment } = provider
  const url = withQuery(authorizationEndpoint as string, parameters)
  const nonce = request.parameters?.['nonce'] as string | undefined
  return rest({
    type,
    v: 1,
    provider: provider.name,
    client_id,
    url: authorizationFragment ? `${url}#${authorizationFragment}` : url,
    state,
    redirect_uri,
    code_verifier: proof && code_verifier,
    nonce,
  })
}

/** Ends the flow if the user declined. After any other failure of a redirect or input, it returns to waiting. */
export function returnToWaiting<Type extends string>(
  waiting: Waiting<Type>,
  failure: Failure,
): Step<Denied | Waiting<Type>, never> {
  return rest(isFinal(failure) ? { type: 'denied', failure } : { ...waiting, failure })
}

/** Whether a redirect ends its flow: the user declined, or the server must ask the user again in another flow. */
export function isFinal({ code }: Failure): boolean {
  return code === 'access_denied' || code === 'interaction_required'
}
