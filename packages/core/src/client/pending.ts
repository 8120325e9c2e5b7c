import { checkType } from '../check-type.ts'
import { drive } from '../drive/drive.ts'
import type { ExchangeEvent, ExchangeState } from '../flows/exchange.ts'
import type { ImplicitState, TokenReturned } from '../flows/implicit.ts'
import type { Send } from '../flows/step.ts'
import type { Waiting } from '../flows/waiting.ts'
import type { Machine } from '../machine/machine.ts'
import type { Tokens } from '../tokens.ts'
import type { ClientContext } from './context.ts'
import { tokensOf } from './outcome.ts'
import { type SavedFlow, saveFlow, type UnresumableFlow } from './saved-flow.ts'

/** A flow that waits for a person, who is sent to `url` and brings back what `authorize` takes. */
export interface Pending<Result> {
  readonly url: string
  /** The OAuth `state` that the redirect must carry. */
  readonly state: string
  authorize(input: string): Result
  /** For `Authorize.resume`, here or elsewhere. Keep it like a password: it holds the `state`. */
  toJSON(): SavedFlow | UnresumableFlow
}

/** A flow whose code or PIN is exchanged for tokens. */
export function pendingExchange<W extends Waiting, I>(
  context: ClientContext,
  machine: Machine<ExchangeState<W>, ExchangeEvent, Send, I>,
  waiting: W,
): Pending<Promise<Tokens>> {
  let now: ExchangeState<W> = waiting
  return {
    url: waiting.url,
    state: waiting.state,
    async authorize(input) {
      checkType('what authorize() is given', input, 'string')
      const ports = { transport: context.transport(), clock: context.clock }
      const step = machine.step(now, { type: 'returned', input, credentials: context.credentials() })
      now = step.state
      now = await drive(machine, step, ports)
      const tokens = tokensOf(now)
      context.keeper.signIn({ tokens, obtainedAtMs: context.clock.nowMs() })
      await context.keeper.storedOrLate()
      return tokens
    },
    toJSON: () => saveFlow(now),
  }
}

/** A flow whose tokens come in the redirect itself: nothing of it is asynchronous but the write to the store. */
export function pendingToken<I>(
  context: ClientContext,
  machine: Machine<ImplicitState, TokenReturned, never, I>,
  waiting: ImplicitState & Waiting,
): Pending<Tokens> {
  let now: ImplicitState = waiting
  return {
    url: waiting.url,
    state: waiting.state,
    authorize(input) {
      checkType('what authorize() is given', input, 'string')
      const { requireState, clock, logger, keeper } = context
      now = machine.step(now, { type: 'returned', input, nowMs: clock.nowMs(), requireState }).state
      const tokens = tokensOf(now)
      if ('stateMissing' in now)
        logger.warn(
          'Latchkey: the redirect carried no state, so its origin is not proven (requireState: true refuses it)',
        )
      keeper.signIn({ tokens, obtainedAtMs: clock.nowMs() })
      return tokens
    },
    toJSON: () => saveFlow(now),
  }
}
