import { LatchkeyError, StoreError } from '@latchkey/core'

/** What is stored under a key is none of this package's records; it is left as it is. */
export class StoreCorruptError extends LatchkeyError {
  override readonly name = 'StoreCorruptError'
  readonly code = 'store_corrupt'
}

/** A newer version of this package wrote the record; it is left as it is. */
export class StoreNewerError extends LatchkeyError {
  override readonly name = 'StoreNewerError'
  readonly code = 'store_newer'
}

/** `error` as a typed one: ours stay as they are, what the browser throws becomes a `StoreError` that says its name. */
export function typed(what: string, error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error
  return new StoreError(`${what}: ${(error as Error).name}`, error)
}
