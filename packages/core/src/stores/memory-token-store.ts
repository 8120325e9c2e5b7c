import type { Clock } from '../ports/clock.ts'
import type { Json, Locks, Stored, SwapResult, TokenStore, Version } from '../ports/token-store.ts'
import { checkOptionNames } from '../util/check-type.ts'
import { systemClock } from '../platform.ts'
import { memoryLocks } from './memory-locks.ts'

interface Entry {
  readonly text: string
  readonly version: number
  readonly expiresAtMs: number
}

/**
 * A `TokenStore` in this process's memory, with every capability. Its values end with the process. It stores values as
 * text, so that changing an object does not change a stored value.
 */
export class MemoryTokenStore implements TokenStore {
  readonly atomicity = 'process'
  /** Locks among the callers in this process. */
  readonly locks: Locks
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Map<string, Set<() => void>>()
  #writes = 0

  /** @throws {TypeError} when an option is unknown. */
  constructor(options: { readonly clock?: Clock } = {}) {
    checkOptionNames('MemoryTokenStore', options, ['clock'])
    const { clock = systemClock } = options
    this.#clock = clock
    this.locks = memoryLocks(clock)
  }

  async read(key: string): Promise<Stored | undefined> {
    const entry = this.#readUnexpired(key)
    return entry && { value: JSON.parse(entry.text) as Json, version: entry.version }
  }

  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs = Infinity }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    if (this.#readUnexpired(key)?.version !== expected)
      return { swapped: false, current: await this.read(key) }
    const version = ++this.#writes
    this.#entries.set(key, { text: JSON.stringify(value), version, expiresAtMs })
    this.#notify(key)
    return { swapped: true, version }
  }

  async remove(key: string): Promise<void> {
    if (this.#entries.delete(key)) this.#notify(key)
  }

  async confirm(): Promise<boolean> {
    return true
  }

  watch(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(listener))
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(key)
    }
  }

  async *keys(): AsyncIterable<string> {
    for (const key of [...this.#entries.keys()]) if (this.#readUnexpired(key)) yield key
  }

  async close(): Promise<void> {
    this.#listeners.clear()
  }

  #readUnexpired(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry && entry.expiresAtMs <= this.#clock.nowMs()) this.#entries.delete(key)
    return this.#entries.get(key)
  }

  #notify(key: string): void {
    for (const listener of this.#listeners.get(key) ?? [])
      try {
        listener()
      } catch {
        // The write has succeeded, and a listener's error must not make it look failed.
      }
  }
}
