import type { Json, Stored, SwapResult, Version } from '@latchkey/core/ports'
import { type Update, type Database, openDatabase } from './driver.ts'
import { type Envelope, createEnvelope, parseEnvelope } from './envelope.ts'
import { toLatchkeyError } from './errors.ts'

const toStored = ({ text, version }: Envelope): Stored => ({ value: JSON.parse(text) as Json, version })

/** Keeps tokens in an IndexedDB database, which all tabs and workers of an origin share. */
export class IndexedDbTokenStore {
  readonly #name: string
  readonly #nowMs: () => number
  readonly #database: Database

  constructor(name: string, nowMs: () => number) {
    this.#name = name
    this.#nowMs = nowMs
    this.#database = openDatabase(name)
  }

  /** Writes, reads and deletes a value; rejects with the browser's error. Must be called first. */
  async probe(): Promise<void> {
    await this.#database.ready()
    await this.#database.probe()
  }

  /** Resolves to whether there are values; rejects with the browser's error. */
  async hasValues(): Promise<boolean> {
    return (await this.#database.length()) > 0
  }

  async read(key: string): Promise<Stored | undefined> {
    return this.#convertErrors('read', async () => {
      const found = parseEnvelope(await this.#database.getItem(key), this.#nowMs())
      return found && toStored(found)
    })
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    const next = createEnvelope(JSON.stringify(value), expiresAtMs)
    const swapped: SwapResult = { swapped: true, version: next.version }
    return this.#update<SwapResult>(key, found => {
      // This is the second run, after the connection was lost and the first was committed.
      if (found?.version === next.version) return { result: swapped }
      if (found?.version !== expected)
        return { result: { swapped: false, current: found && toStored(found) } }
      return { put: next, result: swapped }
    })
  }

  async remove(key: string): Promise<void> {
    return this.#update(key, () => ({ remove: true, result: undefined }))
  }

  async *keys(): AsyncIterable<string> {
    yield* await this.#list(value => !isExpired(value, this.#nowMs()))
  }

  /** Removes expired values. */
  async removeExpired(): Promise<void> {
    const hasExpired = (value: unknown): boolean => isExpired(value, this.#nowMs())
    for (const key of await this.#list(hasExpired))
      await this.#convertErrors('written', () =>
        this.#database.update(key, found =>
          hasExpired(found) ? { remove: true, result: 0 } : { result: 0 },
        ),
      )
  }

  /** Closes the connection until the next call. */
  async close(): Promise<void> {
    this.#database.release()
  }

  async #list(accepts: (value: unknown) => boolean): Promise<string[]> {
    return this.#convertErrors('read', async () => {
      const keys: string[] = []
      await this.#database.iterate<unknown, void>((value, key) => {
        if (typeof key === 'string' && accepts(value)) keys.push(key)
      })
      return keys
    })
  }

  async #update<T>(key: string, decide: (found: Envelope | undefined) => Update<T>): Promise<T> {
    return this.#convertErrors('written', async () => {
      const outcome = await this.#database.update<{ done: T } | { failed: unknown }>(key, found => {
        try {
          const { result, ...change } = decide(parseEnvelope(found, this.#nowMs()))
          return { ...change, result: { done: result } }
        } catch (failed) {
          return { result: { failed } }
        }
      })
      if ('failed' in outcome) throw outcome.failed
      return outcome.done
    })
  }

  /** Settles like `work`, but converts its errors to `LatchkeyError`s that name the failed `action`. */
  async #convertErrors<T>(action: 'read' | 'written', work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw toLatchkeyError(`the token store '${this.#name}' could not be ${action}`, error)
    }
  }
}

function isExpired(value: unknown, nowMs: number): boolean {
  try {
    return parseEnvelope(value, nowMs) === undefined
  } catch {
    return false // An unknown record: it is listed, and reading it reports the error.
  }
}
