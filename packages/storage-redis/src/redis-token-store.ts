import { StoreError, type TokenStore } from '@latchkey/core'
import type { Json, Logger, Stored, SwapResult, Version } from '@latchkey/core/ports'
import type KeyvRedis from '@keyv/redis'
import type Keyv from 'keyv'
import { Confirmations } from './confirmations.ts'
import { warnOfEviction } from './eviction.ts'
import { Link } from './link.ts'
import { type RedisTokenStoreOptions, validate } from './options.ts'
import { scanKeys } from './scan.ts'
import { remove, swap } from './script.ts'
import { sourceOf } from './source.ts'
import { ForeignValue, keyvOver, textOf } from './values.ts'
import { Watchers } from './watchers.ts'

/** As long as anything can last: an expiry beyond it is none. */
const LAST_MS = 8.64e15

/** In one call a second connection can be tried, and a third: one that hangs costs a part of the time. */
const ATTEMPTS = 3

/**
 * A `TokenStore` in Redis 6.2 or later, standalone, under Sentinel or in a Cluster: one key per account, read
 * through Keyv, swapped by a script on the whole stored string, which is the version.
 *
 * Every call ends within `timeoutMs`: what passes (a lost connection, a failover, a slot that moves, a server that
 * loads) is tried again until then. A swap that is sent again finds its own effect and says so.
 *
 * Every method rejects with a `StoreError` when Redis cannot be used; its message never holds a password or a value.
 */
export class RedisTokenStore implements TokenStore {
  readonly atomicity = 'cluster'
  readonly confirm?: (key: string) => Promise<boolean>

  readonly #link: Link
  readonly #keyv: Keyv<Stored>
  readonly #watchers: Watchers
  readonly #logger: Logger
  readonly #namespace: string
  readonly #confirmations: Confirmations | undefined
  #checked = false

  /** @throws {TypeError} when an option is missing or wrong */
  constructor(options: RedisTokenStoreOptions) {
    const { namespace, timeoutMs, confirm, logger, ...target } = validate(options)
    const attemptMs = timeoutMs / ATTEMPTS
    this.#namespace = namespace
    this.#logger = logger
    this.#link = new Link(sourceOf(target, attemptMs), timeoutMs, attemptMs)
    this.#keyv = keyvOver(this.#link, namespace)
    this.#watchers = new Watchers(() => this.#link.open(), logger)
    if (confirm) {
      const confirmations = new Confirmations(this.#link, confirm)
      this.#confirmations = confirmations
      this.confirm = key => confirmations.confirm(this.#redisKey(key))
    }
  }

  async read(key: string): Promise<Stored | undefined> {
    const stored = await this.#reading(() => this.#keyv.get(escaped(key)))
    this.#check()
    return stored
  }

  /**
   * See the port. After a `StoreError` the value may be written or not: read again. When our write was carried out,
   * its answer got lost, and somebody swapped on top of it, the answer is a refusal with what they wrote.
   *
   * @throws {TypeError} when `expiresAtMs` is no instant
   */
  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs = Infinity }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    if (Number.isNaN(expiresAtMs)) throw new TypeError('expiresAtMs must be a Unix time in ms')
    const version = textOf(value, expiresAtMs)
    const redisKey = this.#redisKey(key)
    const until = expiresAtMs < LAST_MS ? String(Math.max(1, Math.floor(expiresAtMs))) : ''
    const wanted = expected === undefined ? [] : [String(expected)]
    const reply = await this.#link.run((connection, signal) =>
      swap(connection, redisKey, [version, until, connection.publish, ...wanted], signal),
    )
    this.#check()
    if (reply !== 1) return { swapped: false, current: await this.#stored(reply as string | null) }
    this.#confirmations?.wrote(redisKey, version)
    return { swapped: true, version }
  }

  /** See the port. It is sent once: when its answer is lost it rejects, lest it remove what was written since. */
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
      const key = unescaped(redisKey.slice(prefix.length))
      if (key !== undefined) yield key
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#watchers.close(), this.#link.close()])
  }

  #redisKey(key: string): string {
    return this.#prefixed(escaped(key))
  }

  #prefixed(key: string): string {
    return (this.#keyv.store as KeyvRedis<string>).createKeyPrefix(key, this.#namespace)
  }

  async #stored(text: string | null): Promise<Stored | undefined> {
    if (text === null) return undefined
    return this.#reading(async () => (await this.#keyv.deserializeData<Stored>(text))?.value)
  }

  async #reading(read: () => Promise<Stored | undefined>): Promise<Stored | undefined> {
    try {
      return await read()
    } catch (error) {
      throw error instanceof ForeignValue ? new StoreError(`Redis: ${error.message}`) : error
    }
  }

  /** Once, after the first answer, and nobody waits for it. */
  #check(): void {
    if (this.#checked) return
    this.#checked = true
    void warnOfEviction(this.#link, this.#logger)
  }
}

/** Any string as one that UTF-8 can hold: as JSON writes it, which leaves Latchkey's own keys as they are. */
function escaped(key: string): string {
  return JSON.stringify(key).slice(1, -1)
}

/** Nothing, for what `escaped` did not make. */
function unescaped(key: string): string | undefined {
  try {
    return JSON.parse(`"${key}"`) as string
  } catch {
    return undefined
  }
}
