import { LatchkeyError, StoreError } from '../errors.ts'
import { platform } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'

/** A store that says nothing for so long, in ms, counts as failing; what it may still do is settled by versions. */
export const STORE_TIMEOUT_MS = 5_000

/** The outcome of `work`, or a rejection after `ms`. */
export async function withTimeout<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const over = new platform.AbortController()
  const fromEarlierFlight = new Promise<never>((_, reject) => {
    void clock.sleep(ms, { signal: over.signal }).then(() => {
      if (!over.signal.aborted) reject(new Error('no answer in time'))
    })
  })
  try {
    return await Promise.race([work, fromEarlierFlight])
  } finally {
    over.abort('answered')
  }
}

/** The error for a store that could not be `doing` (`read`, `written`). */
export function storeError(doing: string, cause: unknown): StoreError {
  // Our own errors are fit to be shown; another's may quote what it was given.
  const why = cause instanceof LatchkeyError ? `: ${cause.message}` : ''
  return new StoreError(`the token store could not be ${doing}${why}`, cause)
}
