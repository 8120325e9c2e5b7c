import { setTimeout as sleep } from 'node:timers/promises'
import type { Listening } from './connector.ts'

/** Opens a connection that listens, and reports escaped keys and its loss. */
type Listen = (onKey: (key: string) => void, onLost: () => void, signal: AbortSignal) => Promise<Listening>

/**
 * Notifies listeners of changes, over its own connection. It opens the connection for the first listener, and again after
 * a loss. Each time it notifies all listeners, because values may have changed before. The connection does not keep the
 * process alive.
 */
export class Watchers {
  readonly #listen: Listen
  readonly #listeners = new Map<string, Set<() => void>>()
  #isListening = false
  #running: Promise<void> | undefined
  readonly #closing = new AbortController()
  #wake = (): void => {}

  constructor(listen: Listen) {
    this.#listen = listen
  }

  watch(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners)
    // Wrapped, so that a listener that was added twice is called twice and removed one at a time.
    const wrapped = (): void => {
      try {
        listener()
      } catch {
        // Ignored, because it would break the driver's reader.
      }
    }
    listeners.add(wrapped)
    if (this.#isListening) queueMicrotask(() => listeners.has(wrapped) && wrapped())
    else if (!this.#closed) this.#running ??= this.#keepListening()
    return () => {
      listeners.delete(wrapped)
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    for (const listeners of this.#listeners.values()) listeners.clear()
    this.#listeners.clear()
    this.#wake()
    await this.#running
  }

  async #keepListening(): Promise<void> {
    for (let failures = 0; !this.#closed && this.#listeners.size > 0; failures += 1) {
      let listening: Listening | undefined
      try {
        const lost = new Promise<void>(resolve => (this.#wake = resolve))
        listening = await this.#listen(key => this.#notify(key), this.#wake, this.#closing.signal)
        this.#isListening = true
        for (const key of this.#listeners.keys()) this.#notify(key)
        failures = 0
        if (!this.#closed) await lost
      } catch {
        // Tried again. A process without hints reads from time to time.
      }
      this.#isListening = false
      await listening?.close()
      await this.#pause(Math.min(20 * 2 ** failures, 1_000))
    }
    this.#running = undefined
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Does not keep the process alive. */
  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {})
  }

  #notify(key: string): void {
    for (const listener of this.#listeners.get(key) ?? []) listener()
  }
}
