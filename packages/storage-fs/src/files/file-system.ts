import { promises } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf } from '../errors.ts'

/** The calls of `node:fs/promises` that the store makes; a test passes one of its own, to let some of them fail. */
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

/** How long each repetition waits, in ms; then the error is passed on. */
const PAUSES_MS = [5, 10, 20, 40, 80, 160]

/** On Windows a virus scanner that looks at a file makes calls fail for a moment: they are repeated. */
export function patient(fs: FileSystem): FileSystem {
  const repeated =
    (call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      for (const ms of PAUSES_MS) {
        try {
          return await call(...args)
        } catch (error) {
          if (!['EPERM', 'EBUSY'].includes(codeOf(error))) throw error
          await pause(ms)
        }
      }
      return call(...args)
    }
  return Object.fromEntries(
    CALLS.map(name => [name, repeated(fs[name] as (...args: unknown[]) => Promise<unknown>)]),
  ) as unknown as FileSystem
}

export const systemFiles: FileSystem = process.platform === 'win32' ? patient(promises) : promises
