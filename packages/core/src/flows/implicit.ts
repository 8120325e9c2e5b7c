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
  readonly input: string
  readonly nowMs: number
  /** Reject a redirect without a state, even if the provider has the quirk `stateUnreliable`. */
  readonly requireState?: boolean
  readonly redirectUriIsOwn?: boolean | undefined
}

export type AwaitingToken = Waiting<'awaitingToken'>
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
