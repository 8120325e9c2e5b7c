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

/** The errors of browsers that do not let the page have a database, by name and message. Others may pass. */
const BLOCKED: readonly (readonly [name: string, message: RegExp])[] = [
  ['SecurityError', /^/], // an opaque origin; in Firefox and Safari also blocked cookies
  ['UnknownError', /denied permission/], // Chromium: blocked cookies
  ['InvalidStateError', /did not allow mutations/], // Firefox: private windows before 115, dom.indexedDB.enabled
]

/** Returns whether the error of a database means that there can be none. */
export function isBlocked({ name, message }: Error): boolean {
  return BLOCKED.some(([one, words]) => one === name && words.test(message)) || !globalThis.indexedDB
}
