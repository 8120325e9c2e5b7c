import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@latchkey/core/ports'
import type { Connection } from './connection.ts'
import { faultOf } from './faults.ts'

/**
 * Notifies listeners of changes, over its own connection. It opens the connection for the first listener, and
 * subscribes again after a loss. Each subscription notifies at once, because the value may have changed before. The
 * connection does not keep the process alive.
 */
export class Watchers {
  readonly #open: () => Promise<Connection>
  readonly #logger: Logger
  readonly #listeners = new Map<string, Set<() => void>>()
  #connection: Connection | undefined
  #running: Promise<void> | undefined
  readonly #closing = new AbortController()
  #wake = (): void => {}
  /** Whether it has warned since it was last subscribed. */
  #hasWarned = false

  constructor(open: () => Promise<Connection>, logger: Logger) {
    this.#open = open
    this.#logger = logger
  }

  watch(channel: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(channel)
    // Wrapped, so that a listener that was added twice is called twice and removed one at a time.
    const wrapped = (): void => {
      try {
        listener()
      } catch {
        // Ignored, because it would break node-redis's reader.
      }
    }
    if (listeners) listeners.add(wrapped)
    else {
      this.#listeners.set(channel, new Set([wrapped]))
      if (this.#connection) this.#subscribe(this.#connection, channel).catch(() => this.#wake())
      else if (!this.#closed) this.#running ??= this.#keepConnected()
    }
    return () => {
      const current = this.#listeners.get(channel)
      if (!current?.delete(wrapped) || current.size > 0) return
      this.#listeners.delete(channel)
      this.#connection?.unsubscribe(channel).catch(() => this.#wake())
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#listeners.clear()
    this.#wake()
    await this.#running
  }

  async #keepConnected(): Promise<void> {
    for (let failures = 0; !this.#closed && this.#listeners.size > 0; failures += 1) {
      let connection: Connection | undefined
      let [firstMs, maxMs] = [20, 1_000]
      try {
        connection = await this.#open()
        const lost = new Promise<void>(resolve => (this.#wake = resolve))
        if (this.#closed) this.#wake()
        connection.onLost(this.#wake)
        connection.unref()
        const opened = (this.#connection = connection) // from here on, `watch` subscribes
        const subscribed = Promise.all(
          [...this.#listeners.keys()].map(channel => this.#subscribe(opened, channel)),
        ).then(() => true)
        // `close` must not wait for a server that hangs.
        if (await Promise.race([subscribed, lost])) {
          failures = 0
          this.#hasWarned = false
        }
        await lost
      } catch (error) {
        const { remedy, reason, code } = faultOf(error, true)
        if (remedy === 'none') {
          if (!this.#hasWarned)
            this.#logger.warn(`latchkey: cannot watch for changes in Redis: ${reason} (${code})`)
          this.#hasWarned = true
          // Rarely, because only an administrator can correct it.
          ;[firstMs, maxMs] = [1_000, 60_000]
        }
      }
      this.#connection = undefined
      await connection?.close(0)
      await this.#pause(Math.min(firstMs * 2 ** failures, maxMs))
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

  async #subscribe(connection: Connection, channel: string): Promise<void> {
    await connection.subscribe(channel, () => this.#notify(channel))
    this.#notify(channel)
  }

  #notify(channel: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener()
  }
}
