import type { TransportError } from '../errors.ts'
import type { Cause } from '../failure.ts'
import type { Answered, Send, Unanswered } from '../flows/step.ts'
import type { Machine, Step, Tagged } from '../machine/machine.ts'
import { own } from '../util/own.ts'
import type { Clock } from '../ports/clock.ts'
import type { HttpResponse, Transport } from '../ports/transport.ts'
import type { ClientAuthentication, Provider } from '../provider/provider.ts'
import { signRequest, SIGNING_MS } from '../signing/sign-request.ts'
import type { SentRequest } from '../wire/client-request.ts'

/** The ports that effects are performed through. */
export interface Ports {
  /** Sends each request once. `perform` repeats one only if the server asks for a nonce (RFC 9449 section 8). */
  readonly transport: Transport
  /** With the other methods of a clock, a client authentication has 5 s, if `defineProvider` returned the provider. */
  readonly clock: Pick<Clock, 'nowMs'> & Partial<Clock>
  /** Signs the requests: with its `clientAuthentication`, quirks and format. */
  readonly provider: Provider
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

/** How long signing and sending may take together, in ms. */
const DEADLINE_MS = 10_000

/**
 * Signs the request of a flow and sends it: the one place where requests are signed. A request that cannot be signed is not
 * sent.
 */
export async function perform(
  { request }: Send,
  { transport, clock, provider }: Ports,
): Promise<Answered | Unanswered> {
  const startMs = clock.nowMs()
  let sent: SentRequest | undefined
  const signAndSend = async (): Promise<HttpResponse> => {
    sent = undefined
    sent = 'parameters' in request ? await signRequest(provider, request, clock) : request
    const tookMs = Math.min(clock.nowMs() - startMs, SIGNING_MS)
    const response = await transport.send(sent, tookMs > 0 ? { deadlineMs: DEADLINE_MS - tookMs } : undefined)
    ;(provider.clientAuthentication as ClientAuthentication).received?.(response, clock.nowMs())
    return response
  }
  try {
    let response = await signAndSend()
    // Signed anew: a server accepts a client assertion once.
    if (response.isUnprocessed) response = await signAndSend()
    return { type: 'answered', request: sent!, response, nowMs: clock.nowMs() }
  } catch (error) {
    return {
      type: 'unanswered',
      sent: sent ? 'unknown' : 'no',
      message: `the ${sent ? 'transport' : 'client authentication'} failed`,
      ...(own(error, 'code') === ('transport' satisfies TransportError['code']) &&
        reason(error as TransportError)),
      code: (own(error, 'failure') as Unanswered['code']) ?? (sent ? undefined : 'misconfigured'),
      nowMs: clock.nowMs(),
    }
  }
}

/** Only a TransportError is safe to repeat: another error may quote the request or a key. */
const reason = ({ sent, reused, message, cause }: TransportError): Partial<Unanswered> => ({
  sent,
  reused,
  message,
  cause: cause as Cause,
})
