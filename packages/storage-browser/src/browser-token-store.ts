import type { LatchkeyError, TokenStore } from '@latchkey/core'
import type { Clock, Json, Locks, Stored, SwapResult, Version } from '@latchkey/core/ports'
import { MemoryTokenStore } from '@latchkey/core'
import { checkOptionNames, systemClock } from '@latchkey/core/ports'
import { isBlocked, toLatchkeyError } from './errors.ts'
import { ChangeHints } from './change-hints.ts'
import { IndexedDbTokenStore } from './indexeddb-token-store.ts'
import { watchLifecycle } from './page-lifecycle.ts'
import { webLocks } from './web-locks.ts'

/** Options of a `BrowserTokenStore`. */
export interface BrowserTokenStoreOptions {
  /**
   * The name of the IndexedDB database. Stores with the same name share their tokens in all tabs and workers of an
   * origin. Default `'latchkey'`.
   */
  readonly name?: string | undefined
  /** The clock for expiry and lock timeouts. Default: the system's. */
  readonly clock?: Clock | undefined
}

/** Where tokens are: in IndexedDB, or (`none`) only in this page's or worker's memory; `unknown` before first use. */
export type Persistence = 'unknown' | 'indexeddb' | 'none'

/** The pauses between attempts to open the database double from the first to the last, in ms: 2 s together. */
const FIRST_PAUSE_MS = 30
const LAST_PAUSE_MS = 1_000

/** The methods of IndexedDB and memory stores. */
type StorageMedium = Required<Pick<TokenStore, 'read' | 'compareAndSwap' | 'remove' | 'keys' | 'close'>> &
  Pick<TokenStore, 'locks'>

/**
 * A `TokenStore` in IndexedDB, shared by the tabs and workers of an origin. A swap is one transaction, with strict
 * durability if the browser supports it. If the browser blocks storage, tokens are kept in memory and `persistence` is
 * `none`. An error is never treated as an empty store.
 *
 * Every method rejects with `StoreError` when the database fails or its quota is used up, with `StoreNewerError` when
 * a newer version of this package wrote the record, and with `StoreCorruptError` when other code wrote it.
 */
export class BrowserTokenStore implements TokenStore {
  /** Web Locks; absent on insecure origins and in old browsers. */
  readonly locks?: Locks
  readonly #name: string
  readonly #clock: Clock
  readonly #hints: ChangeHints
  #medium: Promise<StorageMedium> | undefined
  #persistence: Persistence = 'unknown'
  #blockedBy: LatchkeyError | undefined
  #closed = false
  #stopLifecycle: () => void = () => {}

  /** Does not access storage. @throws {TypeError} when an option is unknown, or `name` is not a non-empty string. */
  constructor(options: BrowserTokenStoreOptions = {}) {
    checkOptionNames('BrowserTokenStore', options, ['name', 'clock'])
    const { name = 'latchkey', clock = systemClock } = options
    if (typeof name !== 'string' || name === '') throw new TypeError('name must be a non-empty string')
    this.#name = name
    this.#clock = clock
    this.#hints = new ChangeHints(name)
    const manager = globalThis.navigator?.locks as LockManager | undefined
    if (manager && globalThis.location) this.locks = this.#deferLocks(webLocks(manager, name, clock))
  }

  /** `origin`, because a swap is one transaction; `process` if tokens are in memory only. */
  get atomicity(): 'origin' | 'process' {
    return this.#persistence === 'none' ? 'process' : 'origin'
  }

  /** Where tokens are kept; `unknown` before the first use. */
  get persistence(): Persistence {
    return this.#persistence
  }

  /** The reason why tokens are in memory only. */
  get blockedBy(): LatchkeyError | undefined {
    return this.#blockedBy
  }

  /**
   * Checks once, by writing, reading and deleting, where tokens can be kept. Otherwise the first use does it. Rejects
   * with `StoreError` if the database still fails after 2 s; the next call checks again.
   */
  async ready(): Promise<'indexeddb' | 'none'> {
    await this.#openMedium()
    return this.#persistence as 'indexeddb' | 'none'
  }

  async read(key: string): Promise<Stored | undefined> {
    return (await this.#openMedium()).read(key)
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    options?: { readonly expiresAtMs?: number },
  ): Promise<SwapResult> {
    const copy = JSON.parse(JSON.stringify(value)) as Json // a copy, because the caller may change it meanwhile
    const result = await (await this.#openMedium()).compareAndSwap(key, expected, copy, options)
    if (result.swapped) this.#hints.announce(key)
    return result
  }

  async remove(key: string): Promise<void> {
    await (await this.#openMedium()).remove(key)
    this.#hints.announce(key)
  }

  /** Notifies of changes in all tabs and workers, and of every key when a frozen page resumes. */
  watch(key: string, listener: () => void): () => void {
    void this.#openMedium().catch(() => {}) // Notifications need it open; reads report errors.
    return this.#hints.watch(key, listener)
  }

  async *keys(): AsyncIterable<string> {
    yield* (await this.#openMedium()).keys()
  }

  /**
   * Closes the connection and stops notifications from other tabs. Held locks stay held, and later reads and writes
   * still work, so that a running refresh is not lost.
   */
  async close(): Promise<void> {
    this.#closed = true
    const medium = await this.#medium?.catch(() => undefined)
    this.#stopLifecycle()
    this.#hints.close()
    await medium?.close()
  }

  #deferLocks(shared: Locks): Locks {
    return {
      scope: shared.scope,
      acquire: async (key, options) => ((await this.#openMedium()).locks ?? shared).acquire(key, options),
    }
  }

  /** Chooses the medium at the first call; after a failure, the next call tries again. */
  #openMedium(): Promise<StorageMedium> {
    return (this.#medium ??= this.#chooseMedium().catch((error: unknown) => {
      this.#medium = undefined
      throw error
    }))
  }

  async #chooseMedium(): Promise<StorageMedium> {
    const store = new IndexedDbTokenStore(this.#name, () => this.#clock.nowMs())
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      const problem = await store.probe().then(
        () => undefined,
        (error: unknown) => error as Error,
      )
      if (!problem) break
      if (isBlocked(problem)) {
        this.#persistence = 'none'
        this.#blockedBy = toLatchkeyError('tokens are kept in memory only', problem)
        return new MemoryTokenStore({ clock: this.#clock })
      }
      const hasTimedOut = problem.name === 'TimeoutError'
      // Existing values can be read, even if none can be written.
      if (!hasTimedOut && (await store.hasValues().catch(() => false))) break
      if (hasTimedOut || pauseMs > LAST_PAUSE_MS)
        throw toLatchkeyError(`the token store '${this.#name}' could not be opened`, problem)
      await this.#clock.sleep(pauseMs)
    }
    this.#persistence = 'indexeddb'
    // Cleanup only: expired values already read as absent.
    await store.removeExpired().catch(() => {})
    if (!this.#closed) {
      this.#hints.connect()
      this.#stopLifecycle = watchLifecycle({
        onFreeze: () => void store.close(),
        onResume: () => this.#hints.notifyAll(),
      })
    }
    return store
  }
}
