import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@latchkey/core/ports'
import type { Connection } from './connection.ts'
import { faultOf } from './faults.ts'

/**
 * Who wants to be told of changes, over a connection of its own that is opened for the first of them and
 * subscribes again after a loss. Whoever subscribes is told at once: something may have changed until then.
 */
export class Watchers {
  readonly #open: () => Promise<Connection>
  readonly #logger: Logger
  readonly #listeners = new Map<string, Set<() => void>>()
  #connection: Connection | undefined
  #running: Promise<void> | undefined
  readonly #end = new AbortController()
  #wake = (): void => {}

  constructor(open: () => Promise<Connection>, logger: Logger) {
    this.#open = open
    this.#logger = logger
  }

  watch(channel: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(channel)
    // A function of its own, so that a listener given twice is told twice and ends one at a time.
    const own = (): void => {
      try {
        listener()
      } catch {
        // What it throws is its own affair; node-redis's reader would stumble over it.
      }
    }
    if (listeners) listeners.add(own)
    else {
      this.#listeners.set(channel, new Set([own]))
      if (this.#connection) this.#subscribe(this.#connection, channel).catch(() => this.#wake())
      else if (!this.#closed) this.#running ??= this.#keepConnected()
    }
    return () => {
      const current = this.#listeners.get(channel)
      if (!current?.delete(own) || current.size > 0) return
      this.#listeners.delete(channel)
      this.#connection?.unsubscribe(channel).catch(() => this.#wake())
    }
  }

  async close(): Promise<void> {
    this.#end.abort()
    this.#listeners.clear()
    this.#wake()
    await this.#running
  }

  async #keepConnected(): Promise<void> {
    for (let failures = 0; !this.#closed && this.#listeners.size > 0; failures += 1) {
      let connection: Connection | undefined
      try {
        connection = await this.#open()
        const lost = new Promise<void>(resolve => (this.#wake = resolve))
        connection.onLost(this.#wake)
        for (const channel of this.#listeners.keys()) await this.#subscribe(connection, channel)
        this.#connection = connection
        failures = 0
        if (!this.#closed) await lost
      } catch (error) {
        const { remedy, words, code } = faultOf(error, true)
        if (remedy === 'none') {
          this.#logger.warn(`latchkey: cannot watch for changes in Redis: ${words} (${code})`)
          this.#end.abort()
        }
      }
      this.#connection = undefined
      await connection?.retire(0)
      await this.#pause(Math.min(20 * 2 ** failures, 1_000))
    }
    this.#running = undefined
  }

  get #closed(): boolean {
    return this.#end.signal.aborted
  }

  /** Nobody waits for it: it does not hold the process. */
  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { ref: false, signal: this.#end.signal }).catch(() => {})
  }

  async #subscribe(connection: Connection, channel: string): Promise<void> {
    await connection.subscribe(channel, () => this.#tell(channel))
    this.#tell(channel)
  }

  #tell(channel: string): void {
    for (const tell of this.#listeners.get(channel) ?? []) tell()
  }
}
