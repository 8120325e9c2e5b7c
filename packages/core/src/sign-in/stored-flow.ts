// Flows that wait in a store: any process can complete one, once, for the browser that it was started in.
import { checkJson, checkOptionNames, checkType } from '../util/check-type.ts'
import { sameText } from '../util/constant-time.ts'
import { STORE_TIMEOUT_MS, storeErrorOf, storeFailure, withTimeout } from '../drive/store-call.ts'
import {
  BindingMismatchError,
  CallbackReplayedError,
  errorOf,
  FlowExpiredError,
  FlowStateError,
  MisconfiguredError,
  SavedFlowError,
} from '../errors.ts'
import { checkRedirect, missingState, readRedirect } from '../flows/redirect-check.ts'
import { isFinal } from '../flows/waiting.ts'
import { own } from '../util/own.ts'
import { platform } from '../platform.ts'
import type { Failure } from '../failure.ts'
import type { Json, Version } from '../ports/token-store.ts'
import type { RedirectParameters } from '../provider/provider.ts'
import { randomText } from '../util/random-text.ts'
import type { Tokens } from '../tokens.ts'
import { webSha256 } from '../util/web-sha256.ts'
import { parseJson } from '../wire/json.ts'
import type { ClientContext } from '../client/context.ts'
import { type Outcome, tokensOf } from './flow-outcome.ts'
import { otherParameters } from './other-parameters.ts'
import type { Flow, RedirectOptions, SavedFlow, UnresumableFlow } from './saved-flow.ts'
import { signIn } from './sign-in.ts'
import { nameAccount, type NameOf, namingOf } from './whose-account.ts'

/** The options of `save`. */
export interface SaveOptions {
  /** How long the user has, in ms. Default 600,000. */
  readonly lifetimeMs?: number | undefined
  /** The binding that this browser has already; an invalid one counts as absent. */
  readonly binding?: string | undefined
}

/** The options of `complete`. */
export interface CompleteOptions extends RedirectOptions {
  /** The binding from the cookie of the request; `undefined` if there is none. */
  readonly binding: string | undefined
  /**
   * Returns what identifies the user, such as the id that an API returns: a string, or a safe integer. Default: the account
   * that was passed to the client, or else the provider's `identity`.
   */
  readonly account?: NameOf | undefined
  /** Do not compare the path with that of the `redirect_uri`: a proxy strips or adds a prefix. Default false. */
  readonly ignorePath?: boolean | undefined
}

/** A flow that is complete. */
export interface Completed {
  /** The tokens of the sign-in. */
  readonly tokens: Tokens
  /** The account that was signed in. */
  readonly account: string
  /** The `appState` that was passed to `save`. */
  readonly appState: Json | undefined
  /** Other parameters of the redirect, as `client.redirect()` returns them. Anybody can change them. */
  readonly redirect: RedirectParameters
}

/** A flow that waits in the store, under `pending/` and the hash of its state; no account has such a key. */
interface StoredFlow {
  readonly v: 1
  readonly type: 'pending'
  /** The hash of the binding. */
  readonly binding: string
  readonly expiresAtMs: number
  readonly flow: SavedFlow
  readonly appState?: Json
  /** How often it was restored because its code had not been used. */
  readonly restored?: number
}

/** A flow that was used, kept to detect a replay. */
interface UsedFlow {
  readonly v: 1
  readonly type: 'used'
  readonly binding: string
}

const LIFETIME_MS = 600_000
/** How long a replay is detected, in ms. */
const USED_MS = 600_000
const MAX_RESTORED = 3
const MAX_APP_STATE_BYTES = 4_096
const BINDING = /^[0-9a-f]{32}$/

/** The parameter of a redirect that completes a flow, by the state in which it waits. */
const RESULTS = { awaitingRedirect: 'code', awaitingPin: 'pin', awaitingToken: 'access_token' } as const

/** Saves a flow in the store, for `completeFromStore`. */
export async function saveToStore(
  context: ClientContext,
  flow: SavedFlow | UnresumableFlow,
  appState: Json | undefined,
  options: SaveOptions = {},
): Promise<{ readonly binding: string }> {
  checkOptionNames('save()', options, ['lifetimeMs', 'binding'])
  const { lifetimeMs = LIFETIME_MS, binding: givenBinding } = options
  checkAppState(appState)
  if (!(typeof lifetimeMs === 'number' && lifetimeMs > 0 && lifetimeMs < Infinity))
    throw new TypeError('lifetimeMs must be a number above 0')
  if (!('state' in flow))
    throw new FlowStateError(
      'this flow is over, or its code or PIN has been sent: call save() before authorize()',
    )

  const binding =
    typeof givenBinding === 'string' && BINDING.test(givenBinding) ? givenBinding : randomText(context.crypto)
  const expiresAtMs = context.clock.nowMs() + lifetimeMs
  const stored: StoredFlow = {
    v: 1,
    type: 'pending',
    binding: await hashOf(binding),
    expiresAtMs,
    flow,
    ...(appState !== undefined && { appState }),
  }
  const key = await pendingKey(flow.state)
  const { swapped } = await callStore(context, 'written', () =>
    context.store.compareAndSwap(key, undefined, stored as unknown as Json, { expiresAtMs }),
  )
  if (!swapped) throw new FlowStateError('this flow is saved already: start a new one')
  return { binding }
}

/** Completes a flow that is in the store; `resume` resumes the stored flow. */
export async function completeFromStore(
  context: ClientContext,
  redirectUrl: string,
  options: CompleteOptions,
  resume: (stored: unknown) => {
    readonly waiting: SavedFlow
    readonly flow: Flow<Outcome | Promise<Outcome>>
  },
): Promise<Completed> {
  checkOptionNames('complete()', options, ['binding', 'account', 'ignorePath', 'redirectUriIsOwn'])
  const { binding, account: nameOf, ignorePath, redirectUriIsOwn } = Object(options) as CompleteOptions
  checkType('redirectUrl', redirectUrl, 'string')
  if (binding !== undefined) checkType('binding', binding, 'string')
  if (nameOf !== undefined && typeof nameOf !== 'function') throw new TypeError('account must be a function')
  const { store, provider, clock } = context

  const redirect = ignorePath ? redirectUrl.replace(/^[^?#]*(?=[?#])/, '') : redirectUrl
  const parameters = readRedirect(provider, redirect)
  if (typeof parameters === 'string')
    throw errorOf({
      code: 'redirect_invalid',
      message: `the redirect carries ${parameters}`,
      stillWaits: true,
    })
  const { state } = parameters
  if (!state) throw errorOf({ ...missingState(parameters), stillWaits: true })

  const key = await pendingKey(state)
  const found = await callStore(context, 'read', () => store.read(key))
  if (!found) throw expiredError()
  const stored = readStored(found.value)
  if (binding === undefined || !sameText(await hashOf(binding), stored.binding))
    throw new BindingMismatchError({
      message:
        'the redirect came back in another browser than the flow was started in: sign in again in one browser',
    })
  if (stored.type === 'used') throw replayedError()
  if (stored.expiresAtMs <= clock.nowMs()) throw expiredError()

  const { waiting, flow } = resume(stored.flow)
  const { failure } = checkRedirect(provider, redirect, {
    result: RESULTS[waiting.type],
    state: waiting.state,
    redirect_uri: waiting.redirect_uri,
    redirectUriIsOwn,
    credentials: context.credentials(),
  })
  if (failure && !isFinal(failure)) throw errorOf({ ...failure, stillWaits: true })
  const hasResponse = waiting.type !== 'awaitingToken'
  const naming = namingOf(context, nameOf, hasResponse, waiting.nonce, stored.appState) // both throw before the flow is used up
  if (hasResponse) context.transport()

  const used: UsedFlow = { v: 1, type: 'used', binding: stored.binding }
  const expiresAtMs = clock.nowMs() + USED_MS
  const taken = await callStore(context, 'written', () =>
    store.compareAndSwap(key, found.version, used as unknown as Json, { expiresAtMs }),
  )
  if (!taken.swapped) throw replayedError()

  const outcome = await flow.obtain(redirect, { redirectUriIsOwn })
  const isRestored = isUnused(outcome.failure) && (await restore(context, key, taken.version, stored))
  // A flow that was not restored is used up, whatever state it rests in.
  const response = tokensOf(isRestored ? outcome : { ...outcome, type: used.type })
  const others = waiting.type === 'awaitingToken' ? {} : otherParameters(context, redirect)
  const facts = { redirect: others, dpop: outcome.dpop }
  const name = await nameAccount(context, response, naming, facts)
  const { account, tokens, stored: isStored } = signIn(context, response, name, facts)
  await isStored
  return { tokens, account, appState: stored.appState, redirect: others }
}

/** Whether the server cannot have used the code: the request was not sent, or not processed. */
function isUnused(failure: Failure | undefined): boolean {
  if (!failure || !/transient|misconfigured/.test(failure.code)) return false
  const { status, retryAtMs, body = '' } = failure
  if (status === undefined || [408, 425, 429].includes(status)) return true
  return status === 503 && retryAtMs !== undefined && !own(parseJson(body), 'error')
}

/** Restores a flow that this call used, at most three times; resolves to whether it waits again. */
async function restore(
  context: ClientContext,
  key: string,
  version: Version,
  { restored = 0, ...stored }: StoredFlow,
): Promise<boolean> {
  const { expiresAtMs } = stored
  if (restored >= MAX_RESTORED || expiresAtMs <= context.clock.nowMs()) return false
  const again: StoredFlow = { ...stored, restored: restored + 1 }
  const { swapped } = await callStore(context, 'written', () =>
    context.store.compareAndSwap(key, version, again as unknown as Json, { expiresAtMs }),
  )
  return swapped
}

function readStored(value: Json): StoredFlow | UsedFlow {
  if (own(value, 'v') !== 1)
    throw new SavedFlowError('this flow was saved by another version of Latchkey: start a new one')
  const stored = value as unknown as StoredFlow | UsedFlow
  const isWhole =
    typeof stored.binding === 'string' &&
    (stored.type === 'used' || (stored.type === 'pending' && typeof stored.expiresAtMs === 'number'))
  if (!isWhole) throw new SavedFlowError('this saved flow is damaged: start a new one')
  return stored
}

function checkAppState(appState: unknown): void {
  if (appState === undefined) return
  const text = checkJson('appState', appState)
  if (new platform.TextEncoder().encode(text).length > MAX_APP_STATE_BYTES)
    throw new TypeError(`appState must be at most ${MAX_APP_STATE_BYTES} bytes of JSON`)
}

async function pendingKey(state: string): Promise<string> {
  return `pending/${await hashOf(state)}`
}

/** @throws {MisconfiguredError} without Web Crypto. */
async function hashOf(text: string): Promise<string> {
  const hash = await webSha256(text)
  if (hash === undefined)
    throw new MisconfiguredError({
      message: 'save() and complete() need Web Crypto: load the page over https',
    })
  return hash
}

/** Calls the store. @throws {StoreError} when it fails or does not respond in time. */
async function callStore<T>({ clock }: ClientContext, doing: string, work: () => Promise<T>): Promise<T> {
  const release = clock.hold?.()
  try {
    return await withTimeout(clock, STORE_TIMEOUT_MS, work())
  } catch (cause) {
    throw storeErrorOf(storeFailure(doing, cause))
  } finally {
    release?.()
  }
}

function expiredError(): FlowExpiredError {
  return new FlowExpiredError({
    message: 'no flow with the state of this redirect waits: it expired or was never saved; start a new one',
  })
}

function replayedError(): CallbackReplayedError {
  return new CallbackReplayedError({ message: 'this redirect was used before: start a new flow' })
}
