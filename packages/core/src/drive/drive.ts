import type { TransportError } from '../errors.ts'
import type { Cause } from '../failure.ts'
import type { Answered, Send, Unanswered } from '../flows/step.ts'
import type { Machine, Step, Tagged } from '../machine/machine.ts'
import { own } from '../own.ts'
import type { Clock } from '../ports/clock.ts'
import type { Transport } from '../ports/transport.ts'

/** What effects are performed through. */
export interface Ports {
  readonly transport: Transport
  readonly clock: Pick<Clock, 'nowMs'>
}

/**
 * Runs a machine from `step` until it rests: performs its effect, turns the answer or the caught error into
 * an event, steps again. Returns the state it rests in; a failure is in that state, not thrown.
 */
export async function drive<S extends Tagged, E extends Tagged, I>(
  machine: Machine<S, E | Answered | Unanswered, Send, I>,
  step: Step<S, Send>,
  ports: Ports,
): Promise<S> {
  let { state, effects } = step
  for (let effect = effects[0]; effect; effect = effects[0])
    ({ state, effects } = machine.step(state, await perform(effect, ports)))
  return state
}

/** Sends a request, the one effect of a flow. */
export async function perform(
  { request }: Send,
  { transport, clock }: Ports,
): Promise<Answered | Unanswered> {
  try {
    const response = await transport.send(request)
    return { type: 'answered', response, nowMs: clock.nowMs() }
  } catch (error) {
    return { type: 'unanswered', ...reason(error) }
  }
}

/** What a caught error says of the request. One that is no TransportError may quote it, and is not repeated. */
function reason(error: unknown): Omit<Unanswered, 'type'> {
  if (own(error, 'code') !== ('transport' satisfies TransportError['code']))
    return { sent: 'unknown', message: 'the transport failed' }
  const { sent, message, cause } = error as TransportError
  return { sent, message, cause: cause as Cause }
}
