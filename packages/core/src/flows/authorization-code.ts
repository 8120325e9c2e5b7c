import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { exchange, type ExchangeEvent, exchangeHandlers, type ExchangeState } from './exchange.ts'
import { readInput } from './redirect-check.ts'
import type { Send } from './step.ts'
import { type AuthorizationRequest, returnToWaiting, startWaiting, type Waiting } from './waiting.ts'
import type { TRANSITIONS } from './transitions.ts'

/** The user is at the authorization endpoint, and returns with a `code` (RFC 6749 section 4.1.2). */
export type AwaitingRedirect = Waiting<'awaitingRedirect'>
/**
 * The states of the authorization code grant. A failure leads back to `awaitingRedirect`, unless it ends the flow
 * (`denied`).
 */
export type AuthorizationCodeState = ExchangeState<AwaitingRedirect>

const handlers = (
  provider: Provider,
): Handlers<AuthorizationCodeState, ExchangeEvent, Send, (typeof TRANSITIONS)['authorization_code']> => ({
  awaitingRedirect: {
    returned(waiting, { input, credentials, redirectUriIsOwn, scope }) {
      const { state, redirect_uri, code_verifier } = waiting
      const expected = { result: 'code', state, redirect_uri, redirectUriIsOwn, credentials } as const
      const { result: code, server, failure } = readInput(provider, input, expected)
      if (failure) return returnToWaiting(waiting, failure)
      const parameters = { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
      return exchange(server, waiting, credentials, parameters, { scope })
    },
  },
  exchanging: exchangeHandlers(provider),
})

/**
 * Returns the machine of the authorization code grant (RFC 6749 section 4.1), with PKCE if the provider has `pkce` (RFC
 * 7636). With PKCE, `start` throws a `TypeError` if `code_verifier` is missing or not valid under the RFC.
 */
export function authorizationCode(
  provider: Provider,
): Machine<AuthorizationCodeState, ExchangeEvent, Send, AuthorizationRequest> {
  return machine(
    'authorization_code',
    request => startWaiting(provider, 'awaitingRedirect', 'code', request, provider.pkce),
    handlers(provider),
  )
}
