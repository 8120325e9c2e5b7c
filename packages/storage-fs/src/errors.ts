import { LatchkeyError, StoreError } from '@latchkey/core'

/** A newer version of this package wrote the file. The file is not changed. */
export class StoreNewerError extends LatchkeyError {
  override readonly name = 'StoreNewerError'
  readonly code = 'store_newer'
}

/** A file or folder is unsafe: a link, owned by another user, or accessible to others. */
export class StoreUnsafeError extends LatchkeyError {
  override readonly name = 'StoreUnsafeError'
  readonly code = 'store_unsafe'
}

/** Encryption keys are missing, not 32 bytes each, or in a file that others can read. The message contains no key. */
export class KeysError extends LatchkeyError {
  override readonly name = 'KeysError'
  readonly code = 'keys_invalid'
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: give this user access, or choose another directory',
  EPERM: 'not permitted (a file system without hard links cannot hold a store)',
  EROFS: 'the file system is read-only: choose another directory',
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  EMFILE: 'this process has too many files open: raise its limit (ulimit -n)',
  ENFILE: 'this machine has too many files open',
  EIO: 'the disk reports an I/O error',
  ENOENT: "the store's folder does not exist",
  ENOTSUP: 'the file system does not support it',
  EOPNOTSUPP: 'the file system does not support it',
}

/** Errors that do not pass by themselves. */
const PERMANENT = ['EACCES', 'EPERM', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP']

/** Returns `error` if it is a `LatchkeyError`, else a `StoreError` that names the failed `action` and the path. */
export function toLatchkeyError(action: string, error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error
  const code = codeOf(error)
  const { path } = Object(error) as { readonly path?: unknown }
  const where = typeof path === 'string' ? ` ${path}` : ''
  const reason = REASONS[code] ?? 'file system error'
  return new StoreError(`cannot ${action}: ${reason} (${code}${where})`, error, {
    isPermanent: PERMANENT.includes(code),
  })
}

/** Returns the system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'no code'
}

/** Returns the system's error for a folder that does not exist. */
export function missing(path: string): Error {
  return Object.assign(new Error(`${path} does not exist`), { code: 'ENOENT', path })
}

/** Resolves to the result of `work`, or to `fallback` when it fails with one of `codes`. */
export async function recover<T, I>(codes: readonly string[], work: Promise<T>, fallback: I): Promise<T | I> {
  try {
    return await work
  } catch (error) {
    if (codes.includes(codeOf(error))) return fallback
    throw error
  }
}

/** Waits for `work`, ignores its error, and returns whether it succeeded. */
export async function attempt(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
