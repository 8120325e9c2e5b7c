import { type AbortSignalLike, startRunTimer } from '@latchkey/core/ports'

/** A timeout, an abort or another error of our own. Unlike the errors of fetch, its message contains no secret. */
export class EndedError extends Error {
  constructor(name: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = name
  }
}

/** Ends a request early: after a timeout or when the caller aborts. */
export interface Deadline {
  /** Aborted at that moment, with an `EndedError` as its reason. */
  readonly signal: AbortSignal
  /** Settles like `work`, or rejects at that moment, even if `work` ignores the signal. */
  race<T>(work: Promise<T>): Promise<T>
  /** Clears the timer and stops listening to the caller's signal. */
  clear(): void
}

/** Starts the deadline of one request: `ms` of the time that the process runs. */
export function startDeadline(ms: number, caller: AbortSignalLike | undefined): Deadline {
  const controller = new AbortController()
  const { signal } = controller
  const abort = (name: string, message: string) => controller.abort(new EndedError(name, message))
  const onTimeout = () => abort('TimeoutError', `no complete response within ${ms} ms`)
  const onAbort = () => abort('AbortError', 'aborted by the caller')

  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => {}) // it may reject while no `race` is running

  const cancelTimeout = startRunTimer(ms, onTimeout)
  caller?.addEventListener('abort', onAbort, { once: true })
  if (caller?.aborted) onAbort()

  return {
    signal,
    race: work => Promise.race([work, aborted]),
    clear() {
      cancelTimeout()
      caller?.removeEventListener('abort', onAbort)
    },
  }
}
