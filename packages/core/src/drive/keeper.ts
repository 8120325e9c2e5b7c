import { MisconfiguredError, StoreError, SignedOutError } from '../errors.ts'
import type { AccountWrite } from '../keeper/account-write.ts'
import { type Failure, kindOf } from '../failure.ts'
import type { KeeperEvent } from '../keeper/events.ts'
import type { Result, RefreshRequest } from '../keeper/flight.ts'
import { earlyRefreshMs, remainingMs, requiredMs } from '../keeper/lifetime.ts'
import type { Memory } from '../keeper/memory.ts'
import { BOUND, type DpopKey, hasScope, keyInUse, keyOf, type TokenRecord } from '../keeper/record.ts'
import { type Grant, signedOut } from '../keeper/record-writes.ts'
import { refreshMachine } from '../keeper/refresh.ts'
import { isUsable, mayRefreshEarly, stillWorks } from '../keeper/rules.ts'
import { statusOf, type StatusOf } from '../keeper/status.ts'
import { transientFailure } from '../keeper/failures.ts'
import type { Clock } from '../ports/clock.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import { Ending } from '../util/ending.ts'
import { randomText } from '../util/random-text.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import { AccountWriter, UNSAVED } from './account-writer.ts'
import { runTo } from './drive.ts'
import { instantOf, type KeeperPorts, performer } from './keeper-effects.ts'
import type { AccessTokenOptions, KeeperOptions } from './keeper-options.ts'
import { addListener, callListeners, Listeners } from './listeners.ts'
import { unwatchFor, watchFor } from './news.ts'
import { notifyObservers } from './observers.ts'
import type { Rank } from './queue.ts'
import { NO_SNAPSHOT, type Snapshot, snapshotOf } from './snapshot.ts'
import { within } from '../util/within.ts'
import { storeErrorOf } from './store-call.ts'
import { track, untilIdle } from './under-way.ts'
import { untilAborted } from './until-aborted.ts'

/** All flights run the same machine. */
const machine = refreshMachine()

/** How long callers wait for a sign-in to be stored, in ms; then its tokens are returned unsaved. */
const PERSIST_TIMEOUT_MS = 5_000

/** How many flights a caller joins until one meets its request. */
const MAX_ROUNDS = 4

/** How long callers wait for retries by default, in ms. */
const MAX_WAIT_MS = 5_000

/** The record is read this often while tokens are returned from memory, in ms, since another process may change it. */
const CHECK_MS = 5_000
/** A caller waits for that if the last time was longer ago, in ms, */
const OUTDATED_MS = 10_000
/** but not longer than this, in ms. */
const CHECK_TIMEOUT_MS = 500
/** Nobody has called for so long, in ms: a change is not worth a read. */
const IDLE_MS = 60_000

/** What callers get when the server takes longer than 10 s. */
const SLOW: Result = {
  type: 'failed',
  failure: transientFailure(
    'the authorization server has not responded for 10 s: its response will still be stored, so call again',
  ),
}

/** The tokens of one account in one process, and the one flight that refreshes them. */
export class Keeper {
  readonly events: Listeners = new Listeners()
  readonly #options: KeeperOptions
  readonly #id: string
  #key = ''
  #memory: Memory
  readonly #writer: AccountWriter
  /** The message of the store that last did not accept tokens. */
  #whyUnsaved = ''
  #flight: Promise<Result> | undefined
  #flights = 0
  /** A rejection that is being written to the record. */
  #notingRejection: Promise<void> | undefined
  /** The last access token that an API is known to have rejected. */
  #rejectedToken: string | undefined
  /** A key that no tokens are bound to yet. */
  #spareKey: DpopKey | undefined
  readonly #subscribers = new Set<() => void>()
  #snapshot = NO_SNAPSHOT
  /** The snapshot that the subscribers know of. */
  #told = NO_SNAPSHOT
  /** Ends the wait of each caller when the server is slow. */
  readonly #slowCallers = new Set<() => void>()
  /** When the record was last read or written, by the wall clock; 0: never. */
  #checkedAtMs = 0
  /** The fast path: `#cached` may be returned from `#fromMs` until `#untilMs`, by the wall clock. */
  #cached: Promise<string> | undefined
  #fromMs = 0
  #untilMs = 0

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#id = randomText(options.crypto)
    this.#memory = { startedAt: instantOf(options.clock) }
    const { imported } = options
    this.#writer = new AccountWriter(
      {
        store: options.store,
        ports: () => this.#ports(0),
        memory: () => this.#memory,
        remember: memory => this.#rememberRead(memory),
        warn: message => this.#warn(message),
      },
      imported && { ...this.#signIn(imported), ifNew: true },
    )
  }

  /** What this process holds: the sign-in that is not stored yet, or else the record, unless a sign-out is not stored. */
  get #held(): Grant | TokenRecord | undefined {
    const { pending } = this.#writer
    if (!pending) return this.#memory.record
    return pending.type === 'sign-in' ? pending.grant : undefined
  }

  /** The tokens in memory, stored or not; the store is not read. */
  get tokens(): Partial<Tokens> {
    const { tokens = {}, renewal } = this.#held ?? {}
    const isUsable = tokens.access_token !== this.#rejectedToken && this.hasScope({ renewal })
    if (tokens.access_token === undefined || isUsable) return tokens
    const { access_token: _, ...rest } = tokens
    return rest
  }

  /** The key that the access token in memory is bound to. */
  get keyInUse(): DpopKey | undefined {
    const { tokens, dpop } = this.#held ?? {}
    return keyInUse(tokens, dpop)
  }

  /**
   * Returns an access token that works now, from memory if possible. One that soon expires is refreshed in the background.
   * The fast path reads only the wall clock, which runs while a laptop sleeps; when it was set back, the slow path runs.
   */
  accessToken(options?: AccessTokenOptions): Promise<string> {
    const isUsual = options === undefined || (options.minValidityMs === undefined && !options.signal?.aborted)
    if (isUsual && this.#cached) {
      const nowMs = this.#options.clock.nowMs()
      if (nowMs >= this.#fromMs && nowMs < this.#untilMs && this.hasScope(this.#memory.record!)) {
        this.#fromMs = nowMs
        return this.#cached
      }
    }
    return this.#obtainAccessToken({ minValidityMs: options?.minValidityMs }, options)
  }

  /** Returns an access token other than `rejectedToken`, which an API rejected. */
  rejected(rejectedToken: string, options?: Omit<AccessTokenOptions, 'minValidityMs'>): Promise<string> {
    this.#markRejected(rejectedToken)
    return this.#obtainAccessToken({ rejected: rejectedToken }, options)
  }

  /** Notes that an API rejected the access token; the next caller refreshes it. */
  reject(): void {
    const { access_token: rejectedToken } = this.tokens
    if (rejectedToken === undefined) return
    this.#markRejected(rejectedToken)
    this.#notingRejection = this.#waitForWrite()
      .then(async () => {
        // A flight under way does not know of the rejection.
        while (this.#flight) await this.#flight
        await this.#startFlight({ readOnly: true, rejected: rejectedToken }, 1)
      })
      .catch((error: Error) => this.#warn(error.message))
  }

  /** Refreshes the tokens, whether or not it is due. */
  refresh(): Promise<Tokens> {
    return this.#keepAlive(undefined, async () => {
      await this.#waitForWrite()
      const { generation = 0 } = this.#memory.record ?? {}
      const joined = this.#flight ? await this.#join({ force: true }) : undefined
      const done = joined?.type === 'tokens' && joined.record.generation > generation
      const result = done ? joined : await this.#join({ force: true })
      if (result.type === 'failed') throw storeErrorOf(result.failure)
      return tokenSet(result.record.tokens as Tokens)
    })
  }

  /** Reads the record from the store, and heals the store if it lost writes. Refreshes nothing. */
  read(): Promise<TokenRecord | undefined> {
    return this.#keepAlive(undefined, async () => {
      try {
        await this.#waitForWrite()
      } catch (error) {
        // A sign-out that could not be stored holds in this process all the same.
        if (!(error instanceof SignedOutError)) throw error
        return signedOut(this.#memory.record, this.#options.owner(), '', this.#now().nowMs)
      }
      // While the server is slow, the record is what this process knows of it.
      if (this.#flight && (await this.#orSlow(this.#flight)) === SLOW) return this.#memory.record
      const result = await this.#join({ readOnly: true })
      if (result.type === 'failed' && result.failure.code !== 'signed_out') throw storeErrorOf(result.failure)
      return result.type === 'tokens' ? result.record : this.#memory.record
    })
  }

  /** Returns the status: `reauth` whenever `accessToken()` would reject because the user must sign in again. */
  async status(): Promise<(StatusOf & { readonly record: TokenRecord }) | undefined> {
    const record = await this.read()
    return record && { record, ...statusOf(record, this.#memory, this.#now()) }
  }

  /** Replaces all tokens by those of a new sign-in: at once in memory, later in the store. */
  signIn(grant: Grant): void {
    this.#startWrite(this.#signIn(grant))
  }

  /** Removes the tokens, leaves a tombstone in the store, and revokes them if the server can, except `revoked`. */
  signOut(revoked?: string): Promise<void> {
    this.#startWrite({ type: 'sign-out', family: randomText(this.#options.crypto), revoked })
    return this.#keepAlive(undefined, () => this.#writer.write())
  }

  /** Resolves when the last sign-in is stored, when storing it has failed, or after 5 s. */
  async waitUntilStored(): Promise<void> {
    const stored = new Ending()
    const end = (): void => stored.end()
    this.#writer.write().then(end, end)
    await this.#keepAlive(undefined, () => this.#options.clock.sleep(PERSIST_TIMEOUT_MS, { signal: stored }))
  }

  /**
   * Resolves when no refresh is under way and everything is in the store; retries what failed before.
   *
   * @throws {StoreError} when something cannot be stored. The tokens stay in memory.
   */
  async settled(): Promise<void> {
    await this.#keepAlive(undefined, async () => {
      await this.#writer.write()
      await this.#notingRejection
      await this.#flight
      if (this.#memory.unsaved) await this.#join({ readOnly: true })
    })
    if (this.#memory.unsaved) throw new StoreError(`${UNSAVED}: ${this.#whyUnsaved}`)
  }

  /** Returns what is known of the account, without a secret; the same object until it changes. */
  get snapshot(): Snapshot {
    const { account } = this.#options.owner()
    return (this.#snapshot = snapshotOf(this.#snapshot, this.#status, account, this.#held))
  }

  get #status(): Snapshot['status'] {
    const { pending } = this.#writer
    if (pending) return pending.type === 'sign-in' ? 'live' : 'signedOut'
    const { record } = this.#memory
    if (record) return statusOf(record, this.#memory, this.#now()).status
    return this.#checkedAtMs === 0 ? 'unknown' : 'signedOut'
  }

  /** Calls `listener` when the snapshot has changed, here or in another process. Returns a function that stops it. */
  subscribe(listener: () => void): () => void {
    if (this.#subscribers.size === 0) this.#told = this.snapshot
    const stop = addListener(this.#subscribers, listener)
    void this.#checkForNews()
    return stop
  }

  /** Returns whether the tokens of a record are of the client's scope. */
  hasScope(record: Parameters<typeof hasScope>[1]): boolean {
    return hasScope(this.#options.scope?.(), record)
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /** Waits for what is under way; then closes the store. */
  async close(): Promise<void> {
    await this.#keepAlive(undefined, async () => {
      await untilIdle(this.#options.store)
      unwatchFor(this, this.#options.store)
      this.events.clear()
      this.#subscribers.clear()
      await this.#options.store.close?.()
    })
  }

  #signIn(grant: Grant): Extract<AccountWrite, { type: 'sign-in' }> {
    return { type: 'sign-in', family: randomText(this.#options.crypto), grant }
  }

  /** Keeps the process alive while a caller waits. */
  async #keepAlive<T>(signal: AbortSignalLike | undefined, work: () => Promise<T>): Promise<T> {
    const release = this.#options.clock.hold?.()
    try {
      return await (signal ? untilAborted(signal, work) : work())
    } finally {
      release?.()
    }
  }

  /** No longer returns `token`: an API rejected it. */
  #markRejected(token: string): void {
    this.#rejectedToken = token
    this.#remember(this.#memory)
  }

  #obtainAccessToken(request: RefreshRequest, options: AccessTokenOptions = {}): Promise<string> {
    return this.#keepAlive(options.signal, async () => {
      const record = await this.#obtainRecord(request, options.maxWaitMs)
      if (this.#isForeign(record)) throw new MisconfiguredError({ message: BOUND })
      return record.tokens.access_token as string
    })
  }

  /** Returns a record that meets `request`: from memory, from the store, or refreshed. */
  async #obtainRecord(
    request: RefreshRequest,
    maxWaitMs = this.#options.maxWaitMs ?? MAX_WAIT_MS,
  ): Promise<TokenRecord> {
    if (!(typeof maxWaitMs === 'number' && maxWaitMs >= 0))
      throw new TypeError('maxWaitMs must be a number, at least 0')
    const unsaved = await this.#waitForWrite()
    if (unsaved) return unsaved
    let leftMs = maxWaitMs
    let retries = 0
    for (let round = 1; ; round++) {
      const { record: remembered } = this.#memory
      if (remembered && this.#sinceCheckMs() >= OUTDATED_MS && this.#stillWorks(request, remembered))
        await within(this.#options.clock, CHECK_TIMEOUT_MS, this.#checkForNews())
      const known = this.#recordInMemory(request)
      if (known) return known
      const result = await this.#join(request)
      if (result.type === 'failed') {
        // A caller with a stricter request may have started the flight.
        const known = this.#recordInMemory(request)
        if (known) return known
        const pauseMs = this.#pauseMs(result, retries++)
        if (pauseMs > leftMs) throw storeErrorOf(result.failure)
        leftMs -= pauseMs
        await this.#options.clock.sleep(pauseMs)
        round = 0
        continue
      }
      const { record, refreshed } = result
      if (record.tokens.access_token === request.rejected || !this.hasScope(record)) continue
      if (refreshed || round >= MAX_ROUNDS || this.#stillWorks(request, record)) return record
    }
  }

  /** Returns how long to wait for a retry, in ms: until 1, 2, 4 s after the first failure, or until the server allows it. */
  #pauseMs(result: Result & { readonly type: 'failed' }, retries: number): number {
    const { code, isPermanent, retryAtMs }: Failure = result.failure
    if (kindOf(code) !== 'transient' || isPermanent || result === SLOW) return Infinity
    if (retryAtMs === undefined) return 1_000 * 2 ** Math.max(retries - 1, 0)
    return Math.max(retryAtMs - this.#now().nowMs, 1)
  }

  /** Returns the record in memory if it meets `request`. One that soon will not is refreshed in the background. */
  #recordInMemory(request: RefreshRequest): TokenRecord | undefined {
    const { record, unsaved } = this.#memory
    if (!record || !this.#stillWorks(request, record)) return undefined
    const early = { early: true, leewayMs: this.#options.leewayMs }
    const isDue = !isUsable({ request: early, memory: this.#memory }, record, this.#now())
    if (unsaved || (isDue && mayRefreshEarly(record, this.#memory, this.#now())))
      void this.#startFlight(early, 2)
    else if (this.#sinceCheckMs() >= CHECK_MS) void this.#checkForNews()
    return record
  }

  /** Returns how long ago the record was last read or written, in ms; by the wall clock, which may be set back. */
  #sinceCheckMs(): number {
    const sinceMs = this.#options.clock.nowMs() - this.#checkedAtMs
    return sinceMs < 0 ? Infinity : sinceMs
  }

  /** Reads the record in the background: another process may have signed out or in. From now on the store tells that. */
  #checkForNews(): Promise<unknown> {
    const { store } = this.#options
    const { key } = this.#ports(2)
    if (this.#memory.record) this.#rememberRead(this.#memory)
    watchFor(this, store, key, () => {
      const hasListeners = this.#subscribers.size > 0 || !this.events.isEmpty
      if (this.#sinceCheckMs() > IDLE_MS && !hasListeners) unwatchFor(this, store)
      // A flight under way may have read the record before it changed.
      else if (this.#flight) void this.#flight.then(() => this.#checkForNews())
      else void this.#checkForNews()
    })
    return this.#startFlight({ readOnly: true }, 2)
  }

  #stillWorks(request: RefreshRequest, record: TokenRecord): boolean {
    const { rejected = this.#rejectedToken } = request
    const context = {
      request: { ...request, scope: this.#options.scope?.(), ...(rejected !== undefined && { rejected }) },
      memory: this.#memory,
    }
    return stillWorks(context, record, this.#now())
  }

  #join(request: RefreshRequest): Promise<Result> {
    if (this.#flight) this.#emit({ type: 'refresh-joined' })
    return this.#orSlow(this.#flight ?? this.#startFlight(request, 1))
  }

  /** Settles as `flight` does, or as `SLOW` when the server takes longer than callers wait. */
  #orSlow(flight: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const end = (): void => resolve(SLOW)
      this.#slowCallers.add(end)
      void flight.then(resolve, reject).finally(() => this.#slowCallers.delete(end))
    })
  }

  /** Starts a flight, unless one is under way. */
  #startFlight(request: RefreshRequest, rank: Rank): Promise<Result> {
    this.#flight ??= track(this.#options.store, this.#runFlight(request, rank)).finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  async #runFlight(request: RefreshRequest, rank: Rank): Promise<Result> {
    const { leewayMs, grants } = this.#options
    const ports = this.#ports(rank)
    const { locks, confirm } = ports.store
    const newKey = await this.#newKey()
    const memory = this.#memory
    const plan = {
      request: { ...request, leewayMs, scope: this.#options.scope?.() },
      id: `${this.#id}.${++this.#flights}`,
      owner: this.#id,
      capabilities: {
        ...(locks && { lockScope: locks.scope }),
        confirm: !!confirm,
        revoke: !!ports.revoke,
        grants,
      },
      memory,
      ...(newKey && { newKey }),
    }
    const { perform, end } = performer(ports)
    const ended = await runTo('done', machine, plan, perform).finally(end)
    // A sign-in or sign-out meanwhile overrides the flight, in memory as in the store.
    if (this.#memory === memory) {
      this.#rememberRead(ended.memory)
      this.#emitNews(memory.record, ended.memory.record)
    }
    return ended.result
  }

  /** Whether tokens are bound to a key that this client cannot use: an API rejects them without a proof. */
  #isForeign({ tokens, dpop }: TokenRecord): boolean {
    return !this.#options.dpop && !!keyInUse(tokens, dpop)
  }

  /** Returns a key for tokens that are not bound to one: the same until it is stored. */
  async #newKey(): Promise<DpopKey | undefined> {
    const { dpop } = this.#options
    if (this.#memory.record?.dpop) this.#spareKey = undefined
    else if (dpop) return (this.#spareKey ??= await dpop.createKey())
    return undefined
  }

  /** Emits that the account was signed in or out, by the server or by another process. */
  #emitNews(before: TokenRecord | undefined, after: TokenRecord | undefined): void {
    if (!before || !after || before === after) return
    const { status, because, generation, family } = after
    if (status !== 'live' && before.status === 'live') this.#emit({ type: 'signed-out', because })
    if (status === 'live' && family !== before.family) this.#emit({ type: 'signed-in', generation, because })
  }

  /** Waits for a sign-in or sign-out that is not stored yet; returns the tokens of one that could not be stored. */
  async #waitForWrite(): Promise<TokenRecord | undefined> {
    if (!this.#writer.pending) return undefined
    const grant = await this.#writer.wait()
    if (!grant) return undefined
    const { tokens, renewal } = grant
    const isCurrent = (tokens.expires_at ?? Infinity) > this.#now().nowMs
    const works = tokens.access_token !== undefined && isCurrent && this.hasScope({ renewal })
    if (works) return { ...this.#memory.record, tokens } as TokenRecord
    throw this.#writer.error
  }

  #startWrite(write: AccountWrite): void {
    this.#writer.start(write)
    // A new object, so that a flight under way does not replace it.
    this.#remember({ ...this.#memory })
  }

  /** Returns the ports of a run. When the owner has changed, the memory starts empty. */
  #ports(rank: Rank): KeeperPorts {
    const { store, clock, renew, revoke, dpop } = this.#options
    const owner = this.#options.owner()
    const key = this.#options.key?.(owner) ?? keyOf(owner)
    if (key !== this.#key) {
      unwatchFor(this, store)
      this.#remember({ startedAt: instantOf(clock) })
    }
    this.#key = key
    return { store, clock, key, owner, rank, renew, revoke, dpop, emit: event => this.#emit(event) }
  }

  #emit(event: KeeperEvent): void {
    if (event.type === 'persist-failed') this.#whyUnsaved = event.message
    if (event.type === 'refresh-slow') for (const end of this.#slowCallers) end()
    this.events.emit(event, this.#options.logger)
    notifyObservers(event, this.#options.owner(), this.#options.logger)
  }

  #warn(message: string): void {
    this.#options.logger.warn(`Latchkey: ${message}`)
  }

  #now(): ReturnType<typeof instantOf> {
    return instantOf(this.#options.clock)
  }

  /** Remembers the record that was just read or written. */
  #rememberRead(memory: Memory): void {
    this.#checkedAtMs = this.#options.clock.nowMs()
    this.#remember(memory)
  }

  #callSubscribers(): void {
    if (this.#subscribers.size === 0 || this.snapshot === this.#told) return
    this.#told = this.snapshot
    callListeners(this.#subscribers, () => this.#warn('a subscriber failed'))
  }

  #remember(memory: Memory): void {
    this.#memory = memory
    const { record, unsaved } = memory
    this.#cached = undefined
    this.#callSubscribers()
    if (
      !record ||
      unsaved ||
      this.#writer.pending ||
      this.#isForeign(record) ||
      !this.#stillWorks({}, record)
    )
      return
    const at = this.#now()
    const marginMs = Math.max(earlyRefreshMs(record, this.#options.leewayMs), requiredMs(record))
    this.#fromMs = at.nowMs
    const endsAtMs = at.nowMs + remainingMs(record, memory, at) - marginMs
    this.#untilMs = Math.min(endsAtMs, this.#checkedAtMs + CHECK_MS)
    this.#cached = Promise.resolve(record.tokens.access_token as string)
  }
}
