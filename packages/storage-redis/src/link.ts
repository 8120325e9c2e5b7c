import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '@latchkey/core'
import type { Connection } from './connection.ts'
import { Hopeless, type Fault, faultOf } from './faults.ts'
import type { Source } from './source.ts'
import { within } from './within.ts'

/** Where a call may take longer than others, or must not be repeated. */
export interface Terms {
  /** Whether it may be sent again when nobody knows if it was carried out. */
  readonly repeatable?: boolean
  /** What it needs beside the usual time, in ms. */
  readonly extraMs?: number
}

/** A connection that broke so soon after it was opened is not replaced at once. */
const YOUNG_MS = 250

/**
 * The way to Redis: a connection that is opened when it is needed, replaced when it breaks, and used until a
 * call is answered or its time is up. Nothing runs in the background.
 */
export class Link {
  readonly #source: Source
  readonly #timeoutMs: number
  readonly #attemptMs: number
  /** What calls use or wait for, and since when it is open. */
  #opening: Promise<Connection> | undefined
  #open: { readonly connection: Connection; readonly sinceMs: number } | undefined
  #closed = false

  constructor(source: Source, timeoutMs: number, attemptMs: number) {
    this.#source = source
    this.#timeoutMs = timeoutMs
    this.#attemptMs = attemptMs
  }

  /**
   * What `work` answers, tried again while the fault is one that passes.
   *
   * @throws {StoreError} when it does not pass, or not in time
   */
  async run<T>(
    work: (connection: Connection, signal: AbortSignal) => Promise<T>,
    { repeatable = true, extraMs = 0 }: Terms = {},
  ): Promise<T> {
    const endsAtMs = performance.now() + this.#timeoutMs + extraMs
    for (let attempt = 0; ; attempt += 1) {
      let connection: Connection | undefined
      try {
        const ms = Math.min(this.#attemptMs + extraMs, endsAtMs - performance.now())
        return await within(Math.max(ms, 1), async signal => {
          connection = await this.#connection()
          return work(connection, signal)
        })
      } catch (error) {
        const fault = faultOf(error, connection !== undefined)
        if (connection && fault.remedy === 'reconnect') this.#replace(connection)
        const pauseMs = Math.min(10 * 2 ** attempt, 200)
        const again = fault.remedy !== 'none' && (repeatable || fault.applied === 'no')
        if (!again || performance.now() + pauseMs >= endsAtMs) throw this.#error(fault)
        await sleep(pauseMs)
      }
    }
  }

  /** A further connection, which is the caller's to retire. */
  open(): Promise<Connection> {
    return this.#source.open()
  }

  /** Gives up the connection, if it is ours; every later call rejects. */
  async close(): Promise<void> {
    this.#closed = true
    const connection = await this.#opening?.catch(() => undefined)
    await connection?.retire(this.#attemptMs)
  }

  #error({ words, code }: Fault): StoreError {
    const cause = code === undefined ? undefined : { name: 'RedisError', code }
    return new StoreError(`${this.#source.name}: ${words}${code === undefined ? '' : ` (${code})`}`, cause)
  }

  async #connection(): Promise<Connection> {
    if (this.#closed) throw new Hopeless('the store is closed')
    if (this.#source.given) return this.#source.given()
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

  /** Has the next attempt open another connection, unless that has been done or this one is young. */
  #replace(broken: Connection): void {
    if (this.#open?.connection !== broken || performance.now() - this.#open.sinceMs < YOUNG_MS) return
    this.#opening = this.#open = undefined
    void broken.retire(this.#attemptMs)
  }
}
