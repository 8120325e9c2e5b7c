import { LatchkeyError, StoreError } from '@latchkey/core'

/** No generation of an account's file can be read: damaged on the disk, cut short, or edited by hand. */
export class StoreCorruptError extends LatchkeyError {
  override readonly name = 'StoreCorruptError'
  readonly code = 'store_corrupt'
}

/** A newer version of this package wrote the file; it is left as it is. */
export class StoreNewerError extends LatchkeyError {
  override readonly name = 'StoreNewerError'
  readonly code = 'store_newer'
}

/** A file or folder is not what this package made: a link, somebody else's, or open to others. */
export class StoreUnsafeError extends LatchkeyError {
  override readonly name = 'StoreUnsafeError'
  readonly code = 'store_unsafe'
}

/** Encryption keys are missing, not 32 bytes each, or in a file that others can read; never says what they are. */
export class KeysError extends LatchkeyError {
  override readonly name = 'KeysError'
  readonly code = 'keys_invalid'
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted (a file system without hard links cannot hold a store)',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'this process has too many files open',
  ENFILE: 'this machine has too many files open',
  EIO: 'the disk fails',
  ENOENT: 'the folder of the store is gone',
  ENOTSUP: 'the file system does not offer it',
  EOPNOTSUPP: 'the file system does not offer it',
}

/** `error` as a typed one: ours stay as they are, whatever else the medium throws becomes a `StoreError`. */
export function typed(doing: string, error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error
  const code = codeOf(error)
  return new StoreError(`cannot ${doing}: ${REASONS[code] ?? 'the file system fails'} (${code})`, error)
}

/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'no code'
}

/** What `work` comes to, or `instead` when it fails with one of `codes`. */
export async function unless<T, I>(codes: readonly string[], work: Promise<T>, instead: I): Promise<T | I> {
  try {
    return await work
  } catch (error) {
    if (codes.includes(codeOf(error))) return instead
    throw error
  }
}

/** Waits for what may fail without harm; whether it did not. */
export async function quietly(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
