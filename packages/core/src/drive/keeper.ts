import { errorOf, type LatchkeyError, RecordError, StoreError, SignedOutError } from '../errors.ts'
import { accountWriteMachine, type AccountWrite } from '../keeper/account-write.ts'
import type { KeeperEvent } from '../keeper/events.ts'
import type { Result, RefreshRequest } from '../keeper/flight.ts'
import { earlyRefreshMs, remainingMs, requiredMs } from '../keeper/lifetime.ts'
import type { Memory } from '../keeper/memory.ts'
import { hasScope, keyOf, type TokenRecord } from '../keeper/record.ts'
import { type Grant, signedOut } from '../keeper/record-writes.ts'
import { refreshMachine } from '../keeper/refresh.ts'
import { isUsable, mayRefreshEarly, stillWorks } from '../keeper/rules.ts'
import { statusOf, type StatusOf } from '../keeper/status.ts'
import { signedOutFailure } from '../keeper/failures.ts'
import { platform } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { AbortSignalLike } from '../ports/transport.ts'
import { randomText } from '../util/random-text.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import { run } from './drive.ts'
import { instantOf, type KeeperPorts, performer } from './keeper-effects.ts'
import type { AccessTokenOptions, KeeperOptions } from './keeper-options.ts'
import { Listeners } from './listeners.ts'
import { storeErrorOf } from './store-call.ts'
import { untilAborted } from './until-aborted.ts'

/** How long callers wait for a sign-in to be stored, in ms; then its tokens are returned unsaved. */
const PERSIST_TIMEOUT_MS = 5_000

/** How many flights a caller joins until one meets its request. */
const MAX_ROUNDS = 4

/** The tokens of one account in one process, and the one flight that refreshes them. */
export class Keeper {
  readonly events: Listeners = new Listeners()
  readonly #options: KeeperOptions
  readonly #id: string
  #key = ''
  #memory: Memory
  /** A sign-in or sign-out that is not stored yet, and why storing it has failed. */
  #pendingWrite: AccountWrite | undefined
  #writeError: LatchkeyError | undefined
  /** The message of the store that last did not accept tokens. */
  #whyUnsaved = ''
  #writing: Promise<void> | undefined
  #flight: Promise<Result> | undefined
  /** A rejection that is being written to the record. */
  #notingRejection: Promise<void> | undefined
  /** The last access token that an API is known to have rejected. */
  #rejectedToken: string | undefined
  /** The fast path: `#cached` may be returned from `#fromMs` until `#untilMs`, by the wall clock. */
  #cached: Promise<string> | undefined
  #fromMs = 0
  #untilMs = 0

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#id = randomText(options.crypto)
    this.#memory = { startedAt: instantOf(options.clock) }
    const { imported } = options
    if (imported) this.#pendingWrite = { ...this.#signIn(imported), ifNew: true }
  }

  /** The tokens in memory, stored or not; the store is not read. */
  get tokens(): Partial<Tokens> {
    const grant = this.#pendingWrite?.type === 'sign-in' ? this.#pendingWrite.grant : undefined
    const { tokens = {}, renewal } = (this.#pendingWrite ? grant : this.#memory.record) ?? {}
    const isUsable = tokens.access_token !== this.#rejectedToken && this.hasScope({ renewal })
    if (tokens.access_token === undefined || isUsable) return tokens
    const { access_token: _, ...rest } = tokens
    return rest
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
    const { signal, minValidityMs } = options ?? {}
    return this.#obtainAccessToken(signal, { minValidityMs })
  }

  /** Returns an access token other than `rejectedToken`, which an API rejected. */
  rejected(rejectedToken: string, { signal }: Pick<AccessTokenOptions, 'signal'> = {}): Promise<string> {
    this.#markRejected(rejectedToken)
    return this.#obtainAccessToken(signal, { rejected: rejectedToken })
  }

  /** Notes that an API rejected the access token; the next caller refreshes it. */
  reject(): void {
    const { access_token: rejectedToken } = this.tokens
    if (rejectedToken === undefined) return
    this.#markRejected(rejectedToken)
    this.#notingRejection = this.#waitForWrite()
      .then(() => this.#join({ readOnly: true, rejected: rejectedToken }))
      .then(
        () => {},
        (error: Error) => this.#options.logger.warn(`Latchkey: ${error.message}`),
      )
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
      if (this.#flight) await this.#flight
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
    return this.#keepAlive(undefined, () => this.#write())
  }

  /** Resolves when the last sign-in is stored, when storing it has failed, or after 5 s. */
  async waitUntilStored(): Promise<void> {
    const stored = new platform.AbortController()
    const end = (): void => stored.abort('stored')
    this.#write().then(end, end)
    await this.#keepAlive(undefined, () =>
      this.#options.clock.sleep(PERSIST_TIMEOUT_MS, { signal: stored.signal }),
    )
  }

  /**
   * Resolves when everything is in the store; retries what failed before.
   *
   * @throws {StoreError} when something cannot be stored. The tokens stay in memory.
   */
  async settled(): Promise<void> {
    await this.#keepAlive(undefined, async () => {
      await this.#write()
      await this.#notingRejection
      if (this.#memory.unsaved) await this.#join({ readOnly: true })
    })
    if (this.#memory.unsaved) throw new StoreError(`${UNSAVED}: ${this.#whyUnsaved}`)
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
      await this.#writing?.catch(() => {})
      await this.#flight
      this.events.clear()
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

  #obtainAccessToken(signal: AbortSignalLike | undefined, request: RefreshRequest): Promise<string> {
    return this.#keepAlive(signal, async () => {
      const { tokens } = await this.#obtainRecord(request)
      return tokens.access_token as string
    })
  }

  /** Returns a record that meets `request`: from memory, from the store, or refreshed. */
  async #obtainRecord(request: RefreshRequest): Promise<TokenRecord> {
    const unsaved = await this.#waitForWrite()
    if (unsaved) return unsaved
    for (let round = 1; ; round++) {
      const known = this.#recordInMemory(request)
      if (known) return known
      const result = await this.#join(request)
      if (result.type === 'failed') {
        // A caller with a stricter request may have started the flight.
        const known = this.#recordInMemory(request)
        if (known) return known
        throw storeErrorOf(result.failure)
      }
      const { record, refreshed } = result
      if (record.tokens.access_token === request.rejected || !this.hasScope(record)) continue
      if (refreshed || round >= MAX_ROUNDS || this.#stillWorks(request, record)) return record
    }
  }

  /** Returns the record in memory if it meets `request`. One that soon will not is refreshed in the background. */
  #recordInMemory(request: RefreshRequest): TokenRecord | undefined {
    const { record, unsaved } = this.#memory
    if (!record || !this.#stillWorks(request, record)) return undefined
    const early = { early: true, leewayMs: this.#options.leewayMs }
    const isDue = !isUsable({ request: early, memory: this.#memory }, record, this.#now())
    if (unsaved || (isDue && mayRefreshEarly(record, this.#memory, this.#now()))) this.#startFlight(early)
    return record
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
    return this.#flight ?? this.#startFlight(request)
  }

  /** Starts a flight, unless one is under way. */
  #startFlight(request: RefreshRequest): Promise<Result> {
    this.#flight ??= this.#runFlight(request).finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  async #runFlight(request: RefreshRequest): Promise<Result> {
    const { crypto, leewayMs } = this.#options
    const ports = this.#ports()
    const { locks, confirm } = ports.store
    const memory = this.#memory
    const machine = refreshMachine()
    const plan = {
      request: { ...request, leewayMs, scope: this.#options.scope?.() },
      id: randomText(crypto),
      owner: this.#id,
      capabilities: {
        ...(locks && { lockScope: locks.scope }),
        confirm: !!confirm,
        revoke: !!ports.revoke,
      },
      memory,
    }
    const ended = await run(machine, machine.start(plan), performer(ports))
    if (ended.type !== 'done') throw new TypeError(`a refresh stopped in the state '${ended.type}'`)
    // A sign-in or sign-out meanwhile overrides the flight, in memory as in the store.
    if (this.#memory === memory) this.#remember(ended.memory)
    return ended.result
  }

  /** Waits for a sign-in or sign-out that is not stored yet; not if storing it has failed before. */
  async #waitForWrite(): Promise<TokenRecord | undefined> {
    const write = this.#pendingWrite
    if (!write) return undefined
    const hasFailed = this.#writeError !== undefined
    const writing = this.#write()
    if (!hasFailed)
      try {
        await writing
        return undefined
      } catch (error) {
        if (error instanceof RecordError || error !== this.#writeError) throw error
      }
    else writing.catch(() => {})
    if (write.type === 'sign-out') throw errorOf(signedOutFailure(undefined))
    const { tokens, renewal } = write.grant
    const isCurrent = (tokens.expires_at ?? Infinity) > this.#now().nowMs
    const works = tokens.access_token !== undefined && isCurrent && this.hasScope({ renewal })
    if (works) return { ...this.#memory.record, tokens } as TokenRecord
    throw this.#writeError ?? new StoreError(UNSAVED)
  }

  #startWrite(write: AccountWrite): void {
    this.#pendingWrite = write
    this.#writeError = undefined
    // A new object, so that a flight under way does not replace it.
    this.#remember({ ...this.#memory })
    this.#write().catch((error: Error) => this.#options.logger.warn(`Latchkey: ${error.message}`))
  }

  /** Writes what is not stored yet, one write at a time. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    for (let write = this.#pendingWrite; write; write = this.#pendingWrite) {
      const ports = this.#ports()
      const machine = accountWriteMachine()
      const plan = { owner: ports.owner, write, memory: this.#memory, revoke: !!ports.revoke }
      const replacesDamaged = write.type === 'sign-out' || !write.ifNew
      const ended = await run(machine, machine.start(plan), performer({ ...ports, replacesDamaged }))
      if (ended.type !== 'written') throw new TypeError(`a write stopped in the state '${ended.type}'`)
      if (this.#pendingWrite !== write) continue
      if (ended.failure) {
        this.#writeError = storeErrorOf(ended.failure)
        this.#emit({ type: 'persist-failed', message: ended.failure.message })
        throw this.#writeError
      }
      this.#pendingWrite = undefined
      this.#remember(ended.memory)
    }
  }

  /** Returns the ports of a run. When the owner has changed, the memory starts empty. */
  #ports(): KeeperPorts {
    const { store, clock, renew, revoke } = this.#options
    const owner = this.#options.owner()
    const key = this.#options.key?.(owner) ?? keyOf(owner)
    if (key !== this.#key) this.#remember({ startedAt: instantOf(clock) })
    this.#key = key
    return { store, clock, key, owner, renew, revoke, emit: event => this.#emit(event) }
  }

  #emit(event: KeeperEvent): void {
    if (event.type === 'persist-failed') this.#whyUnsaved = event.message
    this.events.emit(event, this.#options.logger)
  }

  #now(): ReturnType<typeof instantOf> {
    return instantOf(this.#options.clock)
  }

  #remember(memory: Memory): void {
    this.#memory = memory
    const { record, unsaved } = memory
    this.#cached = undefined
    if (!record || unsaved || this.#pendingWrite || !this.#stillWorks({}, record)) return
    const at = this.#now()
    const marginMs = Math.max(earlyRefreshMs(record, this.#options.leewayMs), requiredMs(record))
    this.#fromMs = at.nowMs
    this.#untilMs = at.nowMs + remainingMs(record, memory, at) - marginMs
    this.#cached = Promise.resolve(record.tokens.access_token as string)
  }
}

const UNSAVED = 'the tokens could not be stored: they stay in memory, and settled() tries again'
