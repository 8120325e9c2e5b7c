import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '@latchkey/core'
import { type Connector, PermanentError, type Result } from './connector.ts'
import { DIALECTS } from './dialects.ts'
import { type Fault, faultOf, NoResponseError } from './faults.ts'
import { bind, type Parameters, type Statement } from './statement.ts'
import { withTimeout } from './with-timeout.ts'

/** Sends a statement of a call. */
export type Send = (statement: Statement, parameters?: Partial<Parameters>) => Promise<Result>

/** What a call does, for its retries and its error. */
export interface CallOptions {
  /** The end of the error's message if a statement may have been carried out, and if none was. */
  readonly outcomes?: { readonly unknown: string; readonly none: string }
  /** Whether to repeat it when it is unknown whether it was carried out. Default `true`. */
  readonly repeatable?: boolean
}

/** How many times one call can be tried at least: a connection that hangs costs only a part of the time. */
const ATTEMPTS = 3

/** Runs calls, and retries them until they succeed or time out. Nothing runs in the background. */
export class Calls {
  readonly #connector: Connector
  readonly #timeoutMs: number
  #closed = false

  constructor(connector: Connector, timeoutMs: number) {
    this.#connector = connector
    this.#timeoutMs = timeoutMs
  }

  /**
   * Resolves to the result of `work`, and repeats it after failures that may pass.
   *
   * @throws {StoreError} when the failure is permanent or the time is up
   */
  async run<T>(
    work: (send: Send) => Promise<T>,
    { outcomes, repeatable = true }: CallOptions = {},
  ): Promise<T> {
    const fullMs = this.#timeoutMs / ATTEMPTS
    let remainingMs = this.#timeoutMs
    let mayBeWritten = false
    let reported: Fault | undefined
    for (let attempt = 0; ; attempt += 1) {
      const startMs = performance.now()
      const attemptMs = Math.min(fullMs, remainingMs)
      try {
        return await withTimeout(attemptMs, async signal => work(this.#sender(signal)))
      } catch (error) {
        const fault = this.#faultOf(error)
        mayBeWritten ||= fault.kind === 'lost'
        // The end of the call cut this attempt short: the one before tells more.
        const isCut = error instanceof NoResponseError && attemptMs < fullMs
        reported = (isCut && reported) || fault
        const pauseMs = Math.min(10 * 2 ** attempt, 200)
        // If the process stood still, the attempt took longer than its own time, which must not end the call.
        remainingMs -= Math.min(performance.now() - startMs, attemptMs) + pauseMs
        const canRetry = fault.kind === 'retry' || (fault.kind === 'lost' && repeatable)
        // An attempt with too little time would only make the outcome unknown.
        if (!canRetry || remainingMs < fullMs / 2)
          throw this.#error(reported, outcomes?.[mayBeWritten ? 'unknown' : 'none'])
        await sleep(pauseMs)
      }
    }
  }

  /**
   * Tries `work` once, as a part of the call that began at `startMs`. Does nothing if that call has no time left for it.
   *
   * @throws the connector's error, or `NoResponseError`
   */
  async runOnce(startMs: number, work: (send: Send) => Promise<unknown>): Promise<void> {
    const attemptMs = this.#timeoutMs / ATTEMPTS
    if (performance.now() - startMs + attemptMs > this.#timeoutMs) return
    await withTimeout(attemptMs, async signal => work(this.#sender(signal)))
  }

  /** Makes every later call reject. */
  close(): void {
    this.#closed = true
  }

  #sender(signal: AbortSignal): Send {
    return async (statement, parameters = {}) => {
      if (this.#closed) throw new PermanentError('the store is closed')
      return this.#connector.query(statement.text, bind(statement, parameters), signal)
    }
  }

  #faultOf(error: unknown): Fault {
    return error instanceof ServerProblem ? error.fault : faultOf(this.#connector.dialect, error)
  }

  #error({ reason, code, kind }: Fault, outcome: string | undefined): StoreError {
    const { title } = DIALECTS[this.#connector.dialect]
    const end = outcome === undefined ? '' : `; ${outcome}`
    const message = `${title}: ${reason}${code === undefined ? '' : ` (${code})`}${end}`
    const cause = code === undefined ? undefined : { name: 'SqlError', code }
    return new StoreError(message, cause, { isPermanent: kind === 'none' })
  }
}

/** The server responded, and cannot be used. */
export class ServerProblem extends Error {
  readonly fault: Fault
  constructor(reason: string, isPermanent: boolean) {
    super(reason)
    this.fault = { kind: isPermanent ? 'none' : 'retry', reason, code: undefined }
  }
}
