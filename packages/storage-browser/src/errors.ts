import { LatchkeyError, StoreError } from '@latchkey/core'

/** A newer version of this package wrote the record. It is not changed. */
export class StoreNewerError extends LatchkeyError {
  override readonly name = 'StoreNewerError'
  readonly code = 'store_newer'
}

/** Returns `error` if it is a `LatchkeyError`, else a `StoreError` with `message` and the error's name. */
export function toLatchkeyError(message: string, error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error
  return new StoreError(`${message}: ${(error as Error).name}`, error)
}
