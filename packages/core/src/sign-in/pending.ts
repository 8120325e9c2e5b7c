import { checkType } from '../util/check-type.ts'
import { drive } from '../drive/drive.ts'
import type { ExchangeEvent, ExchangeState } from '../flows/exchange.ts'
import type { ImplicitState, TokenReturned } from '../flows/implicit.ts'
import type { Send } from '../flows/step.ts'
import type { Waiting } from '../flows/waiting.ts'
import type { Machine } from '../machine/machine.ts'
import type { Json } from '../ports/token-store.ts'
import type { Tokens } from '../tokens.ts'
import type { ClientContext } from '../client/context.ts'
import { isWaiting, notWaitingError, type Outcome, tokensOf } from './flow-outcome.ts'
import { type Flow, type SavedFlow, saveFlow, type UnresumableFlow } from './saved-flow.ts'
import { type SaveOptions, saveToStore } from './stored-flow.ts'

/** A flow that waits for a person, who is sent to `url` and brings back what `authorize` takes. */
export interface Pending<Result> {
  /** Where the person is sent (RFC 6749 section 4.1.1). */
  readonly url: string
  /** The OAuth `state` that the redirect must carry. */
  readonly state: string
  /**
   * Makes tokens of what the person brings: the redirect's URL, or the bare code or PIN. They are the account's then.
   *
   * @throws {AuthorizationError} after which it may be called again, unless the person said no.
   * @throws {FlowStateError} when it is under way already, or the flow is over.
   * @throws {TypeError} when `input` is no string.
   */
  authorize(input: string): Result
  /**
   * Puts the flow into the client's store, for `Authorize.complete` on whichever process the redirect comes to.
   *
   * `binding` is a secret between the server and this user agent: set it as a cookie of the login,
   * `__Host-login=...; Path=/; Secure; HttpOnly; SameSite=Lax`, and hand it to `complete`. Its value in an earlier
   * cookie, if there is one, belongs in `options.binding`, so that several tabs can sign in at a time. `appState` is
   * what the application wants back: JSON, at most 4,096 bytes of it.
   *
   * @throws {TypeError} when `by*` was given a state, which may be guessable, and for wrong arguments.
   * @throws {FlowStateError} when the flow is saved already, or no longer waits for a person.
   * @throws {StoreError} when the store fails.
   */
  save(appState?: Json, options?: SaveOptions): Promise<{ readonly binding: string }>
  /** For `Authorize.resume`, here or elsewhere. Keep it like a password: it holds the `state`. */
  toJSON(): SavedFlow | UnresumableFlow
}

/** A flow whose code or PIN is exchanged for tokens. */
export function exchangeFlow<W extends Waiting, I>(
  context: ClientContext,
  machine: Machine<ExchangeState<W>, ExchangeEvent, Send, I>,
  waiting: W,
): Flow<Promise<Outcome>> {
  let now: ExchangeState<W> = waiting
  return {
    async obtain(input) {
      checkType('what authorize() is given', input, 'string')
      if (!isWaiting(now.type)) throw notWaitingError(now.type === 'exchanging')
      const ports = { transport: context.transport(), clock: context.clock }
      const step = machine.step(now, { type: 'returned', input, credentials: context.credentials() })
      now = step.state
      return (now = await drive(machine, step, ports))
    },
    toJSON: () => saveFlow(now),
  }
}

/** A flow whose tokens come in the redirect itself. */
export function tokenFlow<I>(
  context: ClientContext,
  machine: Machine<ImplicitState, TokenReturned, never, I>,
  waiting: ImplicitState & Waiting,
): Flow<Outcome> {
  let now: ImplicitState = waiting
  return {
    obtain(input) {
      checkType('what authorize() is given', input, 'string')
      if (!isWaiting(now.type)) throw notWaitingError(false)
      const { requireState, clock, logger } = context
      now = machine.step(now, { type: 'returned', input, nowMs: clock.nowMs(), requireState }).state
      if ('stateMissing' in now)
        logger.warn(
          'Latchkey: the redirect carried no state, so its origin is not proven (requireState: true refuses it)',
        )
      return now
    },
    toJSON: () => saveFlow(now),
  }
}

/** What a flow is begun with. */
interface StartedFlow {
  readonly url: string
  readonly state: string
  /** The state was made here, at random. */
  readonly isGenerated: boolean
}

/** A flow that signs in when its tokens are here, and waits for the store to have them. */
export function pendingExchange(
  context: ClientContext,
  flow: Flow<Promise<Outcome>>,
  started: StartedFlow,
): Pending<Promise<Tokens>> {
  return {
    ...sharedMembers(context, flow, started),
    async authorize(input) {
      const tokens = tokensOf(await flow.obtain(input))
      context.keeper.signIn({ tokens, obtainedAtMs: context.clock.nowMs() })
      await context.keeper.waitUntilStored()
      return tokens
    },
  }
}

/** A flow that signs in when its tokens are here: nothing of it is asynchronous but the write to the store. */
export function pendingToken(
  context: ClientContext,
  flow: Flow<Outcome>,
  started: StartedFlow,
): Pending<Tokens> {
  return {
    ...sharedMembers(context, flow, started),
    authorize(input) {
      const tokens = tokensOf(flow.obtain(input))
      context.keeper.signIn({ tokens, obtainedAtMs: context.clock.nowMs() })
      return tokens
    },
  }
}

function sharedMembers(
  context: ClientContext,
  flow: Flow<Outcome | Promise<Outcome>>,
  { url, state, isGenerated }: StartedFlow,
): Omit<Pending<never>, 'authorize'> {
  return {
    url,
    state,
    async save(appState, options) {
      if (!isGenerated)
        throw new TypeError(
          'save() takes a flow whose state was made at random: give by* none, and what is to be remembered to save()',
        )
      return saveToStore(context, flow.toJSON(), appState, options)
    },
    toJSON: () => flow.toJSON(),
  }
}
