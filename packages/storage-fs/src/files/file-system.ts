import { promises } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../errors.ts'

/** The calls of `node:fs/promises` that the store makes. A test can pass its own, to make some of them fail. */
export type FileSystem = Pick<
  typeof promises,
  | 'open'
  | 'link'
  | 'rename'
  | 'unlink'
  | 'mkdir'
  | 'rmdir'
  | 'chmod'
  | 'readdir'
  | 'opendir'
  | 'lstat'
  | 'realpath'
>

const CALLS = [
  ...['open', 'link', 'rename', 'unlink', 'mkdir', 'rmdir'],
  ...['chmod', 'readdir', 'opendir', 'lstat', 'realpath'],
] as readonly (keyof FileSystem)[]

/** Waits before each retry, in ms; after the last, the error is thrown. */
const RETRY_DELAYS_MS = [5, 10, 20, 40, 80, 160]

/** Retries calls that fail with EPERM or EBUSY: on Windows, virus scanners block files for a moment. */
export function retryBusy(fs: FileSystem): FileSystem {
  const withRetries =
    (call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      for (const ms of RETRY_DELAYS_MS) {
        try {
          return await call(...args)
        } catch (error) {
          if (!['EPERM', 'EBUSY'].includes(codeOf(error))) throw error
          await sleep(ms)
        }
      }
      return call(...args)
    }
  return Object.fromEntries(
    CALLS.map(name => [name, withRetries(fs[name] as (...args: unknown[]) => Promise<unknown>)]),
  ) as unknown as FileSystem
}

export const systemFiles: FileSystem = process.platform === 'win32' ? retryBusy(promises) : promises
