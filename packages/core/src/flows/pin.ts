import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { exchange, type ExchangeEvent, type ExchangeState, exchanging } from './exchange.ts'
import { readInput } from './redirect-check.ts'
import type { Send } from './step.ts'
import { type AuthorizationRequest, awaiting, backToWaiting, type Waiting } from './waiting.ts'

export type AwaitingPin = Waiting<'awaitingPin'>
export type PinState = ExchangeState<AwaitingPin>

const TRANSITIONS = {
  awaitingPin: { returned: ['exchanging', 'awaitingPin', 'denied'] },
  exchanging: { answered: ['authorized', 'awaitingPin'], unanswered: ['awaitingPin'] },
  authorized: {},
  denied: {},
} as const

const handlers = (provider: Provider): Handlers<PinState, ExchangeEvent, Send, typeof TRANSITIONS> => ({
  awaitingPin: {
    returned(waiting, { input, credentials }) {
      // The page that shows the PIN has no state in its address.
      const expected = { result: 'pin', state: waiting.state, stateOptional: true } as const
      const { result: pin, failure } = readInput(provider, input, expected)
      if (failure) return backToWaiting(waiting, failure)
      return exchange(provider, waiting, credentials, { grant_type: 'pin', pin })
    },
  },
  exchanging: exchanging(provider),
})

/** Imgur's PIN grant: an authorization code that a person carries over by hand. */
export function pin(provider: Provider): Machine<PinState, ExchangeEvent, Send, AuthorizationRequest> {
  return machine(
    'pin',
    TRANSITIONS,
    ({ redirect_uri: _, ...request }) => awaiting(provider, 'awaitingPin', 'pin', request),
    handlers(provider),
  )
}
