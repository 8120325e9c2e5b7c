import type { TransportError } from '../errors.ts'
import type { Cause } from '../failure.ts'
import type { Answered, Send, Unanswered } from '../flows/step.ts'
import type { Machine, Step, Tagged } from '../machine/machine.ts'
import { own } from '../util/own.ts'
import type { Clock } from '../ports/clock.ts'
import type { Transport } from '../ports/transport.ts'

/** The ports that effects are performed through. */
export interface Ports {
  readonly transport: Transport
  readonly clock: Pick<Clock, 'nowMs'>
}

/**
 * Runs a machine from `step` until it rests, and returns that state, which also holds a failure. The last effect of a
 * step may have a result, with which the machine steps on.
 */
export async function run<S extends Tagged, E extends Tagged, F, I>(
  machine: Machine<S, E, F, I>,
  { state, effects }: Step<S, F>,
  perform: (effect: F) => Promise<E> | undefined,
): Promise<S> {
  for (let result; (result = effects.map(perform).at(-1));)
    ({ state, effects } = machine.step(state, await result))
  return state
}

/**
 * Runs a machine from its start to the state `end`.
 *
 * @throws {TypeError} when it rests in another state.
 */
export async function runTo<S extends Tagged, E extends Tagged, F, I, End extends S['type']>(
  end: End,
  machine: Machine<S, E, F, I>,
  input: I,
  perform: (effect: F) => Promise<E> | undefined,
): Promise<Extract<S, { readonly type: End }>> {
  const ended = await run(machine, machine.start(input), perform)
  if (ended.type !== end) throw new TypeError(`${machine.name}: stopped while '${ended.type}'`)
  return ended as Extract<S, { readonly type: End }>
}

/** Runs a flow from `step` until it rests, and sends its requests through `ports`. */
export const drive = <S extends Tagged, E extends Tagged, I>(
  machine: Machine<S, E | Answered | Unanswered, Send, I>,
  step: Step<S, Send>,
  ports: Ports,
): Promise<S> => run(machine, step, effect => perform(effect, ports))

/** Sends the request of a flow. */
export async function perform(
  { request }: Send,
  { transport, clock }: Ports,
): Promise<Answered | Unanswered> {
  try {
    const response = await transport.send(request)
    return { type: 'answered', response, nowMs: clock.nowMs() }
  } catch (error) {
    return { type: 'unanswered', ...reason(error), nowMs: clock.nowMs() }
  }
}

/** Reads what an error tells about the request. Only the message of a TransportError is safe to repeat. */
function reason(error: unknown): Omit<Unanswered, 'type' | 'nowMs'> {
  if (own(error, 'code') !== ('transport' satisfies TransportError['code']))
    return { sent: 'unknown', message: 'the transport failed' }
  const { sent, reused, message, cause } = error as TransportError
  return { sent, reused, message, cause: cause as Cause }
}
