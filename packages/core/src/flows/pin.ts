import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { exchange, type ExchangeEvent, exchangeHandlers, type ExchangeState } from './exchange.ts'
import { readInput } from './redirect-check.ts'
import type { Send } from './step.ts'
import { type AuthorizationRequest, returnToWaiting, startWaiting, type Waiting } from './waiting.ts'

export type AwaitingPin = Waiting<'awaitingPin'>
export type PinState = ExchangeState<AwaitingPin>

const TRANSITIONS = {
  awaitingPin: { returned: ['exchanging', 'awaitingPin', 'denied'] },
  exchanging: { answered: ['authorized', 'awaitingPin'], unanswered: ['exchanging', 'awaitingPin'] },
  authorized: {},
  denied: {},
} as const

const handlers = (provider: Provider): Handlers<PinState, ExchangeEvent, Send, typeof TRANSITIONS> => ({
  awaitingPin: {
    returned(waiting, { input, credentials }) {
      // The URL of the page that shows the PIN has no state.
      const expected = { result: 'pin', state: waiting.state, stateOptional: true } as const
      const { result: pin, failure } = readInput(provider, input, expected)
      if (failure) return returnToWaiting(waiting, failure)
      return exchange(provider, waiting, credentials, { grant_type: 'pin', pin })
    },
  },
  exchanging: exchangeHandlers(provider),
})

/** Returns the machine of Imgur's PIN grant: the user copies the code by hand. */
export function pin(provider: Provider): Machine<PinState, ExchangeEvent, Send, AuthorizationRequest> {
  return machine(
    'pin',
    TRANSITIONS,
    ({ redirect_uri: _, ...request }) => startWaiting(provider, 'awaitingPin', 'pin', request),
    handlers(provider),
  )
}
