import type { Json, Stored, SwapResult, Version } from '@latchkey/core/ports'
import { type Change, type Database, openDatabase } from './driver.ts'
import { type Envelope, envelope, opened } from './envelope.ts'
import { typed } from './errors.ts'

const stored = ({ text, version }: Envelope): Stored => ({ value: JSON.parse(text) as Json, version })

/** Tokens in an IndexedDB database, which all tabs and workers of an origin share. */
export class IndexedDbTokenStore {
  readonly #name: string
  readonly #nowMs: () => number
  readonly #database: Database

  constructor(name: string, nowMs: () => number) {
    this.#name = name
    this.#nowMs = nowMs
    this.#database = openDatabase(name)
  }

  /** Writes, reads and deletes; rejects with what the browser said where one cannot. The first call must be this. */
  async probe(): Promise<void> {
    await this.#database.ready()
    await this.#database.probe()
  }

  /** Whether there is anything to read, as far as one can read at all. */
  async holdsAnything(): Promise<boolean> {
    return this.#database.length().then(
      count => count > 0,
      () => false,
    )
  }

  async read(key: string): Promise<Stored | undefined> {
    return this.#say('read', async () => {
      const found = opened(await this.#database.getItem(key), this.#nowMs())
      return found && stored(found)
    })
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    const next = envelope(JSON.stringify(value), expiresAtMs)
    const done: SwapResult = { swapped: true, version: next.version }
    return this.#update<SwapResult>(key, found => {
      // The connection was lost after the commit, and this is the second run.
      if (found?.version === next.version) return { result: done }
      if (found?.version !== expected) return { result: { swapped: false, current: found && stored(found) } }
      return { put: next, result: done }
    })
  }

  async remove(key: string): Promise<void> {
    return this.#update(key, () => ({ remove: true, result: undefined }))
  }

  async *keys(): AsyncIterable<string> {
    yield* await this.#list(value => !isExpired(value, this.#nowMs()))
  }

  /** Takes away what has expired. */
  async sweep(): Promise<void> {
    const expired = (value: unknown): boolean => isExpired(value, this.#nowMs())
    for (const key of await this.#list(expired))
      await this.#say('written', () =>
        this.#database.update(key, found => (expired(found) ? { remove: true, result: 0 } : { result: 0 })),
      )
  }

  /** Lets the connection go until it is needed again. */
  async close(): Promise<void> {
    this.#database.rest()
  }

  async #list(wanted: (value: unknown) => boolean): Promise<string[]> {
    return this.#say('read', async () => {
      const keys: string[] = []
      await this.#database.iterate<unknown, void>((value, key) => {
        if (typeof key === 'string' && wanted(value)) keys.push(key)
      })
      return keys
    })
  }

  async #update<T>(key: string, decide: (found: Envelope | undefined) => Change<T>): Promise<T> {
    return this.#say('written', async () => {
      const outcome = await this.#database.update<{ done: T } | { failed: unknown }>(key, found => {
        try {
          const { result, ...change } = decide(opened(found, this.#nowMs()))
          return { ...change, result: { done: result } }
        } catch (failed) {
          return { result: { failed } }
        }
      })
      if ('failed' in outcome) throw outcome.failed
      return outcome.done
    })
  }

  /** What `work` comes to, or a typed error that says what could not be done. */
  async #say<T>(done: 'read' | 'written', work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw typed(`the token store '${this.#name}' could not be ${done}`, error)
    }
  }
}

function isExpired(value: unknown, nowMs: number): boolean {
  try {
    return opened(value, nowMs) === undefined
  } catch {
    return false // Not ours to judge: it is listed, and reading it says what is wrong.
  }
}
