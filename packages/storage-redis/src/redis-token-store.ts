import { StoreCorruptError, type TokenStore } from '@latchkey/core'
import type { Json, Logger, Stored, SwapResult, Version } from '@latchkey/core/ports'
import type KeyvRedis from '@keyv/redis'
import type Keyv from 'keyv'
import { Confirmations } from './confirmations.ts'
import { warnOfEviction } from './eviction.ts'
import { RedisLink } from './redis-link.ts'
import { type RedisTokenStoreOptions, validate } from './options.ts'
import { scanKeys } from './scan.ts'
import { remove, swap } from './script.ts'
import { createSource } from './connection-source.ts'
import { ForeignValueError, createKeyv, serialize } from './values.ts'
import { Watchers } from './watchers.ts'

/** The largest time of a `Date`; a later expiry counts as none. */
const MAX_EXPIRY_MS = 8.64e15

/** How many connections one call can try: a connection that hangs costs only a part of the time. */
const ATTEMPTS = 3

/**
 * A `TokenStore` in Redis 6.2 or later, standalone, under Sentinel or in a Cluster. Each account is one key. The store
 * reads it through Keyv, and swaps it with a script that compares the whole stored string, which is the version.
 *
 * Every call ends within `timeoutMs`, and retries transient failures until then: a lost connection, a failover, a slot
 * that moves, a server that loads. A retried swap detects its own earlier write.
 *
 * Every method rejects with a `StoreError` when Redis cannot be used, and with a `StoreCorruptError` when other code
 * wrote the value. Its message contains no password and no value.
 */
export class RedisTokenStore implements TokenStore {
  readonly atomicity = 'cluster'
  readonly confirm?: (key: string) => Promise<boolean>

  readonly #link: RedisLink
  readonly #keyv: Keyv<Stored>
  readonly #watchers: Watchers
  readonly #logger: Logger
  readonly #namespace: string
  readonly #confirmations: Confirmations | undefined
  #hasCheckedEviction = false

  /** @throws {TypeError} when an option is missing or wrong */
  constructor(options: RedisTokenStoreOptions) {
    const { namespace, timeoutMs, confirm, logger, ...target } = validate(options)
    const attemptMs = timeoutMs / ATTEMPTS
    this.#namespace = namespace
    this.#logger = logger
    this.#link = new RedisLink(createSource(target, attemptMs), timeoutMs, attemptMs)
    this.#keyv = createKeyv(this.#link, namespace)
    this.#watchers = new Watchers(() => this.#link.open(), logger)
    if (confirm) {
      const confirmations = new Confirmations(this.#link, confirm)
      this.#confirmations = confirmations
      this.confirm = key => confirmations.confirm(this.#redisKey(key))
    }
  }

  async read(key: string): Promise<Stored | undefined> {
    const stored = await this.#convertErrors(() => this.#keyv.get(escapeKey(key)))
    this.#checkEviction()
    return stored
  }

  /**
   * See the port. After a `StoreError` the value may have been written: read again. If our write succeeded, its response
   * was lost, and another process then swapped, this returns `swapped: false` with that process's value. If our write
   * of an absent value succeeded, its response was lost, and another process then removed it, the retry writes it again
   * and returns `swapped: true`.
   *
   * @throws {TypeError} when `expiresAtMs` is NaN
   */
  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs = Infinity }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    if (Number.isNaN(expiresAtMs)) throw new TypeError('expiresAtMs must be a Unix time in ms')
    const version = serialize(value, expiresAtMs)
    const redisKey = this.#redisKey(key)
    const until = expiresAtMs < MAX_EXPIRY_MS ? String(Math.max(1, Math.ceil(expiresAtMs))) : ''
    const expectedText = expected === undefined ? [] : [String(expected)]
    const reply = await this.#link.run((connection, signal) =>
      swap(connection, redisKey, [version, until, connection.publish, ...expectedText], signal),
    )
    this.#checkEviction()
    if (reply !== 1) return { swapped: false, current: await this.#parseStored(reply as string | null) }
    this.#confirmations?.rememberWrite(redisKey, version)
    return { swapped: true, version }
  }

  /** See the port. It is not retried when its response is lost, because it could remove a newer value. */
  async remove(key: string): Promise<void> {
    const redisKey = this.#redisKey(key)
    await this.#link.run((connection, signal) => remove(connection, redisKey, [connection.publish], signal), {
      repeatable: false,
    })
  }

  watch(key: string, listener: () => void): () => void {
    return this.#watchers.watch(this.#redisKey(key), listener)
  }

  async *keys(): AsyncIterable<string> {
    const prefix = this.#prefixed('')
    for await (const redisKey of scanKeys(this.#link, prefix)) {
      const key = unescapeKey(redisKey.slice(prefix.length))
      if (key !== undefined) yield key
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#watchers.close(), this.#link.close()])
  }

  #redisKey(key: string): string {
    return this.#prefixed(escapeKey(key))
  }

  #prefixed(key: string): string {
    return (this.#keyv.store as KeyvRedis<string>).createKeyPrefix(key, this.#namespace)
  }

  async #parseStored(text: string | null): Promise<Stored | undefined> {
    if (text === null) return undefined
    return this.#convertErrors(async () => (await this.#keyv.deserializeData<Stored>(text))?.value)
  }

  async #convertErrors(read: () => Promise<Stored | undefined>): Promise<Stored | undefined> {
    try {
      return await read()
    } catch (error) {
      throw error instanceof ForeignValueError ? new StoreCorruptError(`Redis: ${error.message}`) : error
    }
  }

  /** Checks once, after the first response, without waiting for the result. */
  #checkEviction(): void {
    if (this.#hasCheckedEviction) return
    this.#hasCheckedEviction = true
    void warnOfEviction(this.#link, this.#logger)
  }
}

/**
 * Escapes a key like JSON, because UTF-8 cannot represent every string, and so that no namespace can produce the keys of
 * another, which a longer one with `::` in it could. Latchkey's keys stay unchanged.
 */
function escapeKey(key: string): string {
  return JSON.stringify(key)
    .slice(1, -1)
    .replace(/^:|::/g, found => found.replace(/:$/, '\\u003a'))
}

/** Returns the key, or `undefined` if `escapeKey` did not produce it. */
function unescapeKey(key: string): string | undefined {
  try {
    const parsed = JSON.parse(`"${key}"`) as string
    return escapeKey(parsed) === key ? parsed : undefined
  } catch {
    return undefined
  }
}
