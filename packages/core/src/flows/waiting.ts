import type { Failure } from '../failure.ts'
import { type Step } from '../machine/machine.ts'
import type { Pkce, Provider } from '../provider/provider.ts'
import { authorizationUrl } from '../wire/authorization-url.ts'
import { type Denied, rest } from './step.ts'

/** What an authorization request is made of; `state` is random and given, since a machine makes none up. */
export interface AuthorizationRequest {
  readonly client_id: string
  readonly state: string
  readonly redirect_uri?: string | null | undefined
  readonly scope?: string | null | undefined
  /** 43 to 128 random characters, for a provider with `pkce` (RFC 7636 section 4.1). */
  readonly code_verifier?: string | undefined
}

/**
 * A person is at the authorization server. Plain JSON: a flow can begin in one process and end in another. It
 * holds the `state` that proves a redirect to be its own and the verifier of its code, so keep it like a
 * password.
 */
export interface Waiting<Type extends string = string> {
  readonly type: Type
  readonly v: 1
  readonly provider: string
  readonly client_id: string
  /** Where the person is sent. */
  readonly url: string
  readonly state: string
  readonly redirect_uri?: string | null | undefined
  readonly code_verifier?: string | undefined
  /** Why the last try led back here. */
  readonly failure?: Failure
}

/** The first step of every flow that needs a person (RFC 6749 sections 4.1.1 and 4.2.1). */
export function awaiting<Type extends string>(
  provider: Provider,
  type: Type,
  response_type: string,
  { client_id, state, redirect_uri, scope, code_verifier }: AuthorizationRequest,
  pkce?: Pkce,
): Step<Waiting<Type>, never> {
  const url = authorizationUrl(provider.authorizationEndpoint as string, {
    client_id,
    response_type,
    state,
    redirect_uri,
    scope,
    ...pkce?.(code_verifier),
  })
  return rest({
    type,
    v: 1,
    provider: provider.name,
    client_id,
    url,
    state,
    redirect_uri,
    code_verifier: pkce && code_verifier,
  })
}

/** A refused redirect or input: a denial is final, anything else leads back to waiting with the failure said. */
export function backToWaiting<Type extends string>(
  waiting: Waiting<Type>,
  failure: Failure,
): Step<Denied | Waiting<Type>, never> {
  return rest(failure.code === 'access_denied' ? { type: 'denied', failure } : { ...waiting, failure })
}
