import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { exchange, type ExchangeEvent, type ExchangeState, exchanging } from './exchange.ts'
import { readInput } from './redirect-check.ts'
import type { Send } from './step.ts'
import { type AuthorizationRequest, awaiting, backToWaiting, type Waiting } from './waiting.ts'

export type AwaitingRedirect = Waiting<'awaitingRedirect'>
export type AuthorizationCodeState = ExchangeState<AwaitingRedirect>

const TRANSITIONS = {
  awaitingRedirect: { returned: ['exchanging', 'awaitingRedirect', 'denied'] },
  exchanging: { answered: ['authorized', 'awaitingRedirect'], unanswered: ['awaitingRedirect'] },
  authorized: {},
  denied: {},
} as const

const handlers = (
  provider: Provider,
): Handlers<AuthorizationCodeState, ExchangeEvent, Send, typeof TRANSITIONS> => ({
  awaitingRedirect: {
    returned(waiting, { input, credentials }) {
      const { state, redirect_uri, code_verifier } = waiting
      const { result: code, failure } = readInput(provider, input, { result: 'code', state, redirect_uri })
      if (failure) return backToWaiting(waiting, failure)
      return exchange(provider, waiting, credentials, {
        grant_type: 'authorization_code',
        code,
        redirect_uri,
        code_verifier,
      })
    },
  },
  exchanging: exchanging(provider),
})

/**
 * The authorization code grant (RFC 6749 section 4.1), with proof key where the provider has `pkce` (RFC 7636).
 * `start` throws a `TypeError` when it has and there is no `code_verifier`, or one that the RFC does not allow.
 */
export function authorizationCode(
  provider: Provider,
): Machine<AuthorizationCodeState, ExchangeEvent, Send, AuthorizationRequest> {
  return machine(
    'authorization_code',
    TRANSITIONS,
    request => awaiting(provider, 'awaitingRedirect', 'code', request, provider.pkce),
    handlers(provider),
  )
}
