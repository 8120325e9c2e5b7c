import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { applyQuirks } from '../wire/response.ts'
import { readPasted } from '../wire/redirect.ts'
import { readTokens } from '../wire/token-response.ts'
import { checkRedirect } from './redirect-check.ts'
import { type Authorized, type Denied, rest } from './step.ts'
import { type AuthorizationRequest, returnToWaiting, startWaiting, type Waiting } from './waiting.ts'
import type { TRANSITIONS } from './transitions.ts'

/** The user came back with tokens in the redirect. `nowMs` is when it was received. */
export interface TokenReturned {
  readonly type: 'returned'
  /** A redirect in any form that `parseRedirect` reads. What copying added is removed. */
  readonly input: string
  /** Unix time in ms. The tokens' `expires_at` counts from it. */
  readonly nowMs: number
  /** Reject a redirect without a state, even if the provider has the quirk `stateUnreliable`. */
  readonly requireState?: boolean
  /** No other provider has this redirect URI, so its path identifies the server (RFC 9700 section 4.4.2.2). */
  readonly redirectUriIsOwn?: boolean | undefined
}

/** The user is at the authorization endpoint, and returns with tokens (RFC 6749 section 4.2.2). */
export type AwaitingToken = Waiting<'awaitingToken'>
/** The states of the implicit grant. A failure leads back to `awaitingToken`, unless it ends the flow (`denied`). */
export type ImplicitState = AwaitingToken | Authorized | Denied

const handlers = (
  provider: Provider,
): Handlers<ImplicitState, TokenReturned, never, (typeof TRANSITIONS)['implicit']> => ({
  awaitingToken: {
    returned(waiting, { input, nowMs, requireState, redirectUriIsOwn }) {
      const { parameters, failure } = checkRedirect(provider, readPasted(input), {
        result: 'access_token',
        state: waiting.state,
        redirect_uri: waiting.redirect_uri,
        redirectUriIsOwn,
        stateOptional: !requireState && !!provider.quirks?.stateUnreliable?.includes('implicit'),
      })
      if (failure) return returnToWaiting(waiting, failure)
      const { state, ...members } = parameters
      const context = { to: 'authorization' } as const
      const tokens = readTokens(applyQuirks(provider, members, '', { context }, nowMs), nowMs)
      if (typeof tokens !== 'object')
        return returnToWaiting(waiting, {
          code: 'redirect_invalid',
          message: `the redirect carries ${tokens}`,
        })
      return rest({ type: 'authorized', tokens, ...(state === undefined && { stateMissing: true }) })
    },
  },
})

/** Returns the machine of the implicit grant (RFC 6749 section 4.2), Imgur's token flow. A redirect has the tokens. */
export function implicit(
  provider: Provider,
): Machine<ImplicitState, TokenReturned, never, AuthorizationRequest> {
  return machine(
    'implicit',
    request => startWaiting(provider, 'awaitingToken', 'token', request),
    handlers(provider),
  )
}
