import { LatchkeyError, StoreError } from '../errors.ts'
import { platform } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'

/** How long a call of the store may take, in ms. Versions make a write that arrives later harmless. */
export const STORE_TIMEOUT_MS = 5_000

/** Settles as `work` does, or rejects after `ms`. */
export async function withTimeout<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const ended = new platform.AbortController()
  const timeout = new Promise<never>((_, reject) => {
    void clock.sleep(ms, { signal: ended.signal }).then(() => {
      if (!ended.signal.aborted) reject(new Error('the store did not respond in time'))
    })
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    ended.abort('responded')
  }
}

/** Returns the error of a store that could not be `doing`: `read`, `written` or `locked`. */
export function storeError(doing: string, cause: unknown): StoreError {
  // Only errors of Latchkey are safe to show; others may quote the value.
  const reason = cause instanceof LatchkeyError ? `: ${cause.message}` : ''
  return new StoreError(`the token store could not be ${doing}${reason}`, cause)
}
