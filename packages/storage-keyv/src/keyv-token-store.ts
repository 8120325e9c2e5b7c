import { StoreCorruptError, StoreError, type TokenStore } from '@latchkey/core'
import {
  checkOptionNames,
  type Json,
  type Logger,
  type Stored,
  type SwapResult,
  type Version,
} from '@latchkey/core/ports'
import type { Keyv } from 'keyv'
import { keyOf, nameOf } from './names.ts'
import { inTurn } from './turns.ts'

/** Options of a `KeyvTokenStore`. */
export interface KeyvTokenStoreOptions {
  /** Any Keyv with `throwOnErrors: true`. The store does not close its connection. */
  readonly keyv: Keyv
  /** Receives a warning if other processes may use the same medium. Default: `console`. */
  readonly logger?: Logger
}

/**
 * A `TokenStore` over any Keyv. Keyv has no compare-and-swap, so a swap is a read and a write in one turn of a queue. It
 * is atomic only in this process, among stores with the same Keyv object. The value is stored as JSON text, and that
 * text is its version.
 *
 * @throws {TypeError} when `keyv` is not a Keyv with `throwOnErrors: true`: others report an error as an absent value;
 *   or when an option is unknown
 */
export class KeyvTokenStore implements TokenStore {
  readonly atomicity = 'process'
  readonly keys?: () => AsyncIterable<string>
  readonly #keyv: Keyv

  constructor(options: KeyvTokenStoreOptions) {
    checkOptionNames('KeyvTokenStore', options, ['keyv', 'logger'])
    const { keyv, logger = console } = Object(options) as KeyvTokenStoreOptions
    if (keyv?.throwOnErrors !== true) throw new TypeError('keyv must be a Keyv with throwOnErrors: true')
    if (!(keyv.store instanceof Map))
      logger.warn(
        'KeyvTokenStore: other processes that use this Keyv are not kept from writing at the same time',
      )
    this.#keyv = keyv
    const { iterator, namespace, useKeyPrefix } = keyv
    // Without a namespace Keyv's iterator loses the keys.
    if (iterator && (namespace || !useKeyPrefix))
      this.keys = async function* () {
        for await (const [name] of iterator(undefined)) yield keyOf(name)
      }
  }

  // A read takes its turn too: Keyv removes what it finds expired, which may be a new value by then.
  read(key: string): Promise<Stored | undefined> {
    return inTurn(this.#keyv, key, () => this.#stored(key))
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs = Infinity }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    if (Number.isNaN(expiresAtMs)) throw new TypeError('expiresAtMs must be a Unix time in ms')
    const version = JSON.stringify(value)
    return inTurn(this.#keyv, key, async () => {
      const current = await this.#stored(key)
      if (current?.version !== expected) return { swapped: false, current }
      // Redis takes only whole times.
      const ttl = expiresAtMs < MAX_EXPIRY_MS ? Math.ceil(expiresAtMs) - Date.now() : Infinity
      if (ttl <= 0) await this.#remove(key)
      else await this.#keyv.set(nameOf(key), version, ttl === Infinity ? 0 : ttl) // 0: whatever Keyv's default
      // Some of Keyv's adapters swallow errors; what expires within a second may rightly be gone.
      if (ttl > 1_000 && (await this.#stored(key))?.version !== version)
        throw new StoreError('keyv did not keep the value')
      return { swapped: true, version }
    })
  }

  remove(key: string): Promise<void> {
    return inTurn(this.#keyv, key, () => this.#remove(key))
  }

  async #remove(key: string): Promise<void> {
    await this.#keyv.delete(nameOf(key))
    if ((await this.#keyv.get(nameOf(key))) !== undefined)
      throw new StoreError('keyv did not remove the value')
  }

  async #stored(key: string): Promise<Stored | undefined> {
    const text = await this.#keyv.get<string>(nameOf(key))
    if (text === undefined) return undefined
    try {
      return { value: JSON.parse(text) as Json, version: text }
    } catch {
      throw new StoreCorruptError('keyv holds a value that is not of this store')
    }
  }
}

// The largest time of a Date: a later expiry counts as none.
const MAX_EXPIRY_MS = 8.64e15
