import type { AbortSignalLike, Clock } from '@latchkey/core/ports'

/** Limits how long a caller waits. */
export interface Timeout {
  /** Returns whether the time has passed or the caller's signal was aborted. */
  readonly hasExpired: () => boolean
  readonly expired: Promise<void>
  /** Expires it now and clears its timer. */
  cancel(): void
}

export function startTimeout(clock: Clock, waitMs: number, signal: AbortSignalLike | undefined): Timeout {
  const end = new AbortController()
  const abort = (): void => end.abort('expired')
  signal?.addEventListener('abort', abort, { once: true })
  let hasExpired = !(waitMs > 0)
  const wait = hasExpired ? Promise.resolve() : clock.sleep(waitMs, { signal: end.signal })
  const expired = wait.then(() => {
    hasExpired = true
    signal?.removeEventListener('abort', abort)
  })
  return { hasExpired: () => hasExpired || end.signal.aborted, expired, cancel: abort }
}
