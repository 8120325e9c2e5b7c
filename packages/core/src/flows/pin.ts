import { type Handlers, machine, type Machine } from '../machine/machine.ts'
import type { Provider } from '../provider/provider.ts'
import { exchange, type ExchangeEvent, exchangeHandlers, type ExchangeState } from './exchange.ts'
import { readInput } from './redirect-check.ts'
import type { Send } from './step.ts'
import { type AuthorizationRequest, returnToWaiting, startWaiting, type Waiting } from './waiting.ts'
import type { TRANSITIONS } from './transitions.ts'

/** The user is at the authorization endpoint, which shows a PIN. */
export type AwaitingPin = Waiting<'awaitingPin'>
/** The states of the PIN grant. A failure leads back to `awaitingPin`, unless it ends the flow (`denied`). */
export type PinState = ExchangeState<AwaitingPin>

const handlers = (
  provider: Provider,
): Handlers<PinState, ExchangeEvent, Send, (typeof TRANSITIONS)['pin']> => ({
  awaitingPin: {
    returned(waiting, { input, credentials }) {
      // The URL of the page that shows the PIN has no state.
      const expected = { result: 'pin', state: waiting.state, stateOptional: true } as const
      const { result: pin, server, failure } = readInput(provider, input, expected)
      if (failure) return returnToWaiting(waiting, failure)
      return exchange(server, waiting, credentials, { grant_type: 'pin', pin })
    },
  },
  exchanging: exchangeHandlers(provider),
})

/** Returns the machine of Imgur's PIN grant: the user copies the code by hand. */
export function pin(provider: Provider): Machine<PinState, ExchangeEvent, Send, AuthorizationRequest> {
  return machine(
    'pin',
    ({ redirect_uri: _, ...request }) => startWaiting(provider, 'awaitingPin', 'pin', request),
    handlers(provider),
  )
}
