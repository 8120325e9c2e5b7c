import type { Failure } from '../failure.ts'
import { type Step } from '../machine/machine.ts'
import type { Pkce, Provider } from '../provider/provider.ts'
import { authorizationUrl } from '../wire/authorization-url.ts'
import { type Denied, rest } from './step.ts'

/** The parameters of an authorization request. The caller passes a random `state`: a machine is deterministic. */
export interface AuthorizationRequest {
  readonly client_id: string
  readonly state: string
  readonly redirect_uri?: string | null | undefined
  readonly scope?: string | null | undefined
  /** 43 to 128 random characters, for a provider with `pkce` (RFC 7636 section 4.1). */
  readonly code_verifier?: string | undefined
}

/**
 * The user is at the authorization server. The state is plain JSON: a flow can start in one process and end in another.
 * It contains the `state` that identifies its redirect and the code verifier, so protect it like a password.
 */
export interface Waiting<Type extends string = string> {
  readonly type: Type
  readonly v: 1
  readonly provider: string
  readonly client_id: string
  /** The URL to send the user to. */
  readonly url: string
  readonly state: string
  readonly redirect_uri?: string | null | undefined
  readonly code_verifier?: string | undefined
  /** Why the last attempt failed. */
  readonly failure?: Failure
}

/** Returns the first step of a flow that needs the user (RFC 6749 sections 4.1.1 and 4.2.1). */
export function startWaiting<Type extends string>(
  provider: Provider,
  type: Type,
  response_type: string,
  { client_id, state, redirect_uri, scope, code_verifier }: AuthorizationRequest,
  pkce?: Pkce | 'none',
): Step<Waiting<Type>, never> {
  const url = authorizationUrl(provider.authorizationEndpoint as string, {
    client_id,
    response_type,
    state,
    redirect_uri,
    scope,
    ...(typeof pkce === 'function' && pkce(code_verifier)),
  })
  return rest({
    type,
    v: 1,
    provider: provider.name,
    client_id,
    url,
    state,
    redirect_uri,
    code_verifier: typeof pkce === 'function' ? code_verifier : undefined,
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
