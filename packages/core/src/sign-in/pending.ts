import { completing } from '../wire/complete-response.ts'
import { checkOptionNames, checkType } from '../util/check-type.ts'
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
import {
  type Flow,
  type RedirectOptions,
  type SavedFlow,
  saveFlow,
  type UnresumableFlow,
} from './saved-flow.ts'
import { otherParameters } from './other-parameters.ts'
import { signIn } from './sign-in.ts'
import { type SaveOptions, saveToStore } from './stored-flow.ts'

/** A pending sign-in: the user opens `url`, and `authorize` accepts what the user returns with. */
export interface Pending<Result> {
  /** The URL to send the user to (RFC 6749 section 4.1.1). */
  readonly url: string
  /** The OAuth `state` that the redirect must have. */
  readonly state: string
  /**
   * Obtains the tokens and signs the account in. `input` is the redirect's URL, or the bare code or PIN. It may be pasted:
   * quotes or angle brackets around it, line breaks inside, a missing scheme or a percent-encoded code do not matter.
   *
   * @throws {AuthorizationError} after which it may be called again, unless the user declined.
   * @throws {FlowStateError} when it is under way already, or the flow is over.
   * @throws {TypeError} when `input` is not a string, or an option is unknown.
   */
  authorize(input: string, options?: RedirectOptions): Result
  /**
   * Saves the flow in the client's store, for `Authorize.complete` in the process that receives the redirect.
   *
   * `binding` is a secret between the server and this browser: set it as a cookie,
   * `__Host-login=...; Path=/; Secure; HttpOnly; SameSite=Lax`, and pass it to `complete`. If the request already has that
   * cookie, pass its value as `options.binding`, so that several tabs can sign in at a time. `complete` returns
   * `appState`: JSON, at most 4,096 bytes.
   *
   * @throws {TypeError} when `by*` was given a state, which may be guessable, and for wrong arguments.
   * @throws {FlowStateError} when the flow is saved already, or no longer waits for the user.
   * @throws {StoreError} when the store fails.
   */
  save(appState?: Json, options?: SaveOptions): Promise<{ readonly binding: string }>
  /** For `Authorize.resume`, in this or another process. Keep it like a password: it holds the `state`. */
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
    async obtain(input, options) {
      checkInput(input, options)
      if (!isWaiting(now.type)) throw notWaitingError(now.type === 'exchanging')
      context.transport() // throws before the flow is used up
      const credentials = context.credentials()
      const scope = context.scope()
      const step = machine.step(now, { type: 'returned', input, credentials, scope, ...options })
      now = step.state
      const dpop =
        waiting.dpop ??
        (await context.dpop?.createKey().catch((error: unknown) => {
          now = waiting
          throw error
        }))
      const ports = { ...context, transport: completing(context.transport(dpop)) }
      now = await drive(machine, step, ports)
      return dpop ? { ...now, dpop } : now
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
    obtain(input, options) {
      checkInput(input, options)
      if (!isWaiting(now.type)) throw notWaitingError(false)
      const { requireState, clock, logger } = context
      now = machine.step(now, {
        type: 'returned',
        input,
        nowMs: clock.nowMs(),
        requireState,
        ...options,
      }).state
      if ('stateMissing' in now)
        logger.warn(
          'Latchkey: the redirect has no state, so it may belong to another sign-in: requireState: true rejects it',
        )
      return now
    },
    toJSON: () => saveFlow(now),
  }
}

function checkInput(input: unknown, options: RedirectOptions | undefined): void {
  checkType('what authorize() is given', input, 'string')
  checkOptionNames('authorize()', options, ['redirectUriIsOwn'])
}

/** The start of a flow. */
interface StartedFlow {
  readonly url: string
  readonly state: string
  /** The state is random, not the caller's. */
  readonly isGenerated: boolean
}

/** A flow that signs in asynchronously, and resolves when the tokens are stored. */
export function pendingExchange(
  context: ClientContext,
  flow: Flow<Promise<Outcome>>,
  started: StartedFlow,
): Pending<Promise<Tokens>> {
  return {
    ...sharedMembers(context, flow, started),
    async authorize(input, options) {
      const outcome = await flow.obtain(input, options)
      const facts = { redirect: otherParameters(context, input), dpop: outcome.dpop }
      const { tokens, stored } = signIn(context, tokensOf(outcome), undefined, facts)
      await stored
      return tokens
    },
  }
}

/** A flow that signs in synchronously; only the write to the store is asynchronous. */
export function pendingToken(
  context: ClientContext,
  flow: Flow<Outcome>,
  started: StartedFlow,
): Pending<Tokens> {
  return {
    ...sharedMembers(context, flow, started),
    authorize(input, options) {
      return signIn(context, tokensOf(flow.obtain(input, options))).tokens
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
          'save() needs a random state, since yours may be guessable: pass no state to by*, but appState to save()',
        )
      return saveToStore(context, flow.toJSON(), appState, options)
    },
    toJSON: () => flow.toJSON(),
  }
}
