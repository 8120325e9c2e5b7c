import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '@latchkey/core'
import type { Connection } from './connection.ts'
import { NoResponseError, PermanentError, type Fault, faultOf } from './faults.ts'
import type { ConnectionSource } from './connection-source.ts'
import { withTimeout } from './with-timeout.ts'

/** Options of one call. */
export interface RunOptions {
  /** Whether to send it again if it is unknown whether it was executed. Default `true`. */
  readonly repeatable?: boolean
  /** Additional time, in ms. */
  readonly extraMs?: number
}

/** A connection that breaks sooner after it was opened is not replaced. */
const MIN_AGE_MS = 250

/**
 * Opens a connection to Redis on demand, replaces it when it breaks, and retries calls until they succeed or time out.
 * Nothing runs in the background.
 */
export class RedisLink {
  readonly #source: ConnectionSource
  readonly #timeoutMs: number
  readonly #attemptMs: number
  /** The connection that calls use or wait for. */
  #opening: Promise<Connection> | undefined
  #open: { readonly connection: Connection; readonly sinceMs: number } | undefined
  #closed = false

  constructor(source: ConnectionSource, timeoutMs: number, attemptMs: number) {
    this.#source = source
    this.#timeoutMs = timeoutMs
    this.#attemptMs = attemptMs
  }

  /**
   * Resolves to the result of `work`, and retries it after transient faults.
   *
   * @throws {StoreError} when the fault is permanent or the time is up
   */
  async run<T>(
    work: (connection: Connection, signal: AbortSignal) => Promise<T>,
    { repeatable = true, extraMs = 0 }: RunOptions = {},
  ): Promise<T> {
    const fullMs = this.#attemptMs + extraMs
    let remainingMs = this.#timeoutMs + extraMs
    let reported: Fault | undefined
    for (let attempt = 0; ; attempt += 1) {
      let connection: Connection | undefined
      const startMs = performance.now()
      const attemptMs = Math.max(Math.min(fullMs, remainingMs), 1)
      try {
        return await withTimeout(attemptMs, async signal => {
          connection = await this.#connection()
          return work(connection, signal)
        })
      } catch (error) {
        const fault = faultOf(error, connection !== undefined)
        // The end of the call cut this attempt short: the one before tells more.
        const isCut = error instanceof NoResponseError && attemptMs < fullMs
        reported = (isCut && reported) || fault
        if (connection && fault.remedy === 'reconnect') this.#replace(connection)
        const pauseMs = Math.min(10 * 2 ** attempt, 200)
        const canRetry = fault.remedy !== 'none' && (repeatable || fault.applied === 'no')
        // If the process stood still, the attempt took longer than its own time, which must not end the call.
        remainingMs -= Math.min(performance.now() - startMs, attemptMs) + pauseMs
        if (!canRetry || remainingMs <= 0) throw this.#error(reported)
        await sleep(pauseMs)
      }
    }
  }

  /** Opens another connection. The caller must close it. */
  open(): Promise<Connection> {
    return this.#source.open()
  }

  /** Closes the connection, unless the caller passed it. Every later call rejects. */
  async close(): Promise<void> {
    this.#closed = true
    const connection = await this.#opening?.catch(() => undefined)
    await connection?.close(this.#attemptMs)
  }

  #error({ reason, code, remedy }: Fault): StoreError {
    const cause = code === undefined ? undefined : { name: 'RedisError', code }
    const message = `${this.#source.name}: ${reason}${code === undefined ? '' : ` (${code})`}`
    return new StoreError(message, cause, { isPermanent: remedy === 'none' })
  }

  async #connection(): Promise<Connection> {
    if (this.#closed) throw new PermanentError('the store is closed')
    if (this.#source.shared) return this.#source.shared()
    const opening = (this.#opening ??= this.#source.open())
    try {
      const connection = await opening
      if (this.#open?.connection !== connection && this.#opening === opening)
        this.#open = { connection, sinceMs: performance.now() }
      return connection
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    }
  }

  /** Makes the next attempt open another connection, unless this one was replaced or is too young. */
  #replace(broken: Connection): void {
    if (this.#open?.connection !== broken || performance.now() - this.#open.sinceMs < MIN_AGE_MS) return
    this.#opening = this.#open = undefined
    void broken.close(this.#attemptMs)
  }
}
