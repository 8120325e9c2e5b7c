import { errorOf, LatchkeyError, StoreError } from '../errors.ts'
import type { Cause, Failure } from '../failure.ts'
import type { Clock } from '../ports/clock.ts'
import { LATE, within } from '../util/within.ts'

/** How long a call of the store may take, in ms. Versions make a write that arrives later harmless. */
export const STORE_TIMEOUT_MS = 5_000

/** Settles as `work` does, or rejects after `ms`; a result that comes later is passed to `discard`. */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  discard?: (late: T) => unknown,
): Promise<T> {
  const result = await within(clock, ms, work)
  if (result !== LATE) return result
  work.then(discard).catch(() => {})
  throw new StoreError(`the token store did not respond within ${ms / 1000} s`)
}

/** The errors that stores threw, by failure: states are JSON, but callers get the error itself. */
const thrown = new WeakMap<Failure, LatchkeyError>()

/**
 * Returns the failure of a store that could not be `doing`: `read`, `written` or `locked`. The message of a
 * `LatchkeyError` is shown. That of another error may quote a token: only its code, system call and path are shown.
 */
export function storeFailure(doing: string, cause: unknown): Failure {
  const error = cause instanceof LatchkeyError ? cause : new StoreError(describe(doing, cause), cause)
  const isPermanent = error instanceof StoreError ? error.isPermanent : true
  const failure: Failure = {
    code: 'store_unavailable',
    message: error.message,
    cause: error.cause as Cause | undefined,
    ...(isPermanent && { isPermanent }),
  }
  thrown.set(failure, error)
  return failure
}

/** Returns the error for a failure: the one that the store threw, if it did. */
export function storeErrorOf(failure: Failure): LatchkeyError {
  return thrown.get(failure) ?? errorOf(failure)
}

function describe(doing: string, cause: unknown): string {
  const { code, syscall, path } = Object(cause) as Readonly<Record<string, unknown>>
  const details = [code, syscall, path].filter(detail => typeof detail === 'string')
  return `the token store could not be ${doing}${details.length ? `: ${details.join(' ')}` : ''}`
}
