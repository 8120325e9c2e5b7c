import type { LatchkeyError, TokenStore } from '@latchkey/core'
import type { Clock, Json, Locks, Stored, SwapResult, Version } from '@latchkey/core/ports'
import { MemoryTokenStore } from '@latchkey/core'
import { systemClock } from '@latchkey/core/ports'
import { typed } from './errors.ts'
import { Hints } from './hints.ts'
import { IndexedDbTokenStore } from './indexeddb-token-store.ts'
import { onSleep } from './page-lifecycle.ts'
import { webLocks } from './web-locks.ts'

/** What a `BrowserTokenStore` is made of. */
export interface BrowserTokenStoreOptions {
  /**
   * Names the IndexedDB database: stores of one name on one origin share their tokens, in whatever tab or worker.
   * Default `'latchkey'`.
   */
  readonly name?: string | undefined
  /** Values expire, and who waits for a lock gives up, by this. Default the system's. */
  readonly clock?: Clock | undefined
}

/** Where tokens are: in IndexedDB, or in the memory of this page or worker alone; `unknown` before the first use. */
export type Persistence = 'unknown' | 'indexeddb' | 'none'

/** What either medium does. */
type Medium = Required<Pick<TokenStore, 'read' | 'compareAndSwap' | 'remove' | 'keys' | 'close'>> &
  Pick<TokenStore, 'locks'>

/**
 * A `TokenStore` in IndexedDB, shared by the tabs and workers of an origin. A swap is one transaction, written with
 * strict durability where the browser knows it. Where storage is blocked, tokens are kept in memory, and
 * `persistence` says so.
 *
 * Every method rejects with `StoreError` when the database fails or its quota is used up, with `StoreNewerError`
 * or `StoreCorruptError` when a record is from a newer version of this package or not from it at all.
 */
export class BrowserTokenStore implements TokenStore {
  /** Web Locks; absent where there are none (insecure origins, old browsers). */
  readonly locks?: Locks
  readonly #name: string
  readonly #clock: Clock
  readonly #hints: Hints
  #medium: Promise<Medium> | undefined
  #persistence: Persistence = 'unknown'
  #blockedBy: LatchkeyError | undefined
  #closed = false
  #wake: () => void = () => {}

  /** Touches no storage yet. @throws {TypeError} when `name` is no string or empty. */
  constructor({ name = 'latchkey', clock = systemClock }: BrowserTokenStoreOptions = {}) {
    if (typeof name !== 'string' || name === '')
      throw new TypeError('name must be a string that is not empty')
    this.#name = name
    this.#clock = clock
    this.#hints = new Hints(name)
    const manager = globalThis.navigator?.locks as LockManager | undefined
    if (manager && globalThis.location) this.locks = this.#locks(webLocks(manager, name, clock))
  }

  /** `origin`, since a swap is one transaction; `process` once it is known that tokens are in memory only. */
  get atomicity(): 'origin' | 'process' {
    return this.#persistence === 'none' ? 'process' : 'origin'
  }

  get persistence(): Persistence {
    return this.#persistence
  }

  /** Why tokens are in memory only, where they are. */
  get blockedBy(): LatchkeyError | undefined {
    return this.#blockedBy
  }

  /** Finds out, once, where tokens can be kept: by writing, reading and deleting. The first use does it otherwise. */
  async ready(): Promise<'indexeddb' | 'none'> {
    await this.#open()
    return this.#persistence as 'indexeddb' | 'none'
  }

  async read(key: string): Promise<Stored | undefined> {
    return (await this.#open()).read(key)
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    options?: { readonly expiresAtMs?: number },
  ): Promise<SwapResult> {
    const taken = JSON.parse(JSON.stringify(value)) as Json // as it is now: opening takes a while
    const result = await (await this.#open()).compareAndSwap(key, expected, taken, options)
    if (result.swapped) this.#hints.changed(key)
    return result
  }

  async remove(key: string): Promise<void> {
    await (await this.#open()).remove(key)
    this.#hints.changed(key)
  }

  /** Hints come from other tabs and workers too, and once more for every key when a page was frozen and runs again. */
  watch(key: string, listener: () => void): () => void {
    void this.#open().catch(() => {}) // Hints from elsewhere come once it is open; who reads is told what is wrong.
    return this.#hints.watch(key, listener)
  }

  async *keys(): AsyncIterable<string> {
    yield* (await this.#open()).keys()
  }

  /**
   * Gives up the connection, and hears nothing of other tabs any more. Locks that are held stay with their holders,
   * and what is read or written later is, so that a refresh on its way is not lost.
   */
  async close(): Promise<void> {
    this.#closed = true
    const medium = await this.#medium?.catch(() => undefined)
    this.#wake()
    this.#hints.close()
    await medium?.close()
  }

  #locks(shared: Locks): Locks {
    return {
      scope: shared.scope,
      acquire: async (key, options) => ((await this.#open()).locks ?? shared).acquire(key, options),
    }
  }

  /** The medium, chosen at the first call; a choice that could not be made is made by the next. */
  #open(): Promise<Medium> {
    return (this.#medium ??= this.#choose().catch((error: unknown) => {
      this.#medium = undefined
      throw error
    }))
  }

  async #choose(): Promise<Medium> {
    const store = new IndexedDbTokenStore(this.#name, () => this.#clock.nowMs())
    const problem = await store.probe().then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    if (problem?.name === 'TimeoutError')
      throw typed(`the token store '${this.#name}' could not be opened in time`, problem)
    // What can be read must not look absent because nothing can be written now.
    if (problem && !(await store.holdsAnything())) {
      this.#persistence = 'none'
      this.#blockedBy = typed('tokens are kept in memory only', problem)
      return new MemoryTokenStore({ clock: this.#clock })
    }
    this.#persistence = 'indexeddb'
    // Housekeeping: what has expired reads as absent in any case.
    await store.sweep().catch(() => {})
    if (!this.#closed) {
      this.#hints.connect()
      this.#wake = onSleep({ asleep: () => void store.close(), awake: () => this.#hints.missedSome() })
    }
    return store
  }
}
