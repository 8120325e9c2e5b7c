// The real file system calls. A function is called before each and may let it fail, shorten it or kill the process.
import { promises } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { FileSystem } from '../src/index.ts'

const CALLS = [
  ...['open', 'link', 'rename', 'unlink', 'mkdir', 'rmdir'],
  ...['chmod', 'readdir', 'opendir', 'lstat', 'realpath'],
] as (keyof FileSystem)[]
const HANDLE_CALLS = ['chmod', 'stat', 'read', 'write', 'sync', 'close'] as const

/** A call: its name, its path, and for a write, the number of bytes. */
export interface Call {
  readonly name: string
  readonly path: string
  readonly bytes?: number
}

type Method = (...args: unknown[]) => Promise<unknown>

/**
 * The outcome of a call: it is made, writes at most so many bytes, waits, never ends, is made and reports EIO, or is made and
 * reports what its repetition finds, as NFS does after a lost response.
 */
export type Fate = void | number | Promise<void> | 'never' | 'response lost' | 'repeated'

/** What a call finds that was already made. */
const REPEATED: Readonly<Record<string, string>> = {
  ...{ link: 'EEXIST', mkdir: 'EEXIST' },
  ...{ rename: 'ENOENT', unlink: 'ENOENT', rmdir: 'ENOENT' },
}

/** `intercept` decides on each call, and may throw instead. `unclosed` holds the open files. */
export function interceptFiles(
  intercept: (call: Call) => Fate,
  unclosed = new Set<() => Promise<unknown>>(),
): FileSystem {
  const decide = async (call: Call): Promise<Fate> => {
    const fate = intercept(call)
    if (fate === 'never') await new Promise(() => undefined)
    return fate
  }
  const wrapHandle = (handle: FileHandle, path: string): FileHandle => {
    const close = handle.close.bind(handle)
    unclosed.add(close)
    for (const name of HANDLE_CALLS) {
      const original = (handle[name] as unknown as Method).bind(handle)
      const method: Method = async (...args) => {
        // A descriptor is gone even where closing it failed.
        if (name === 'close' && unclosed.delete(close)) await close()
        if (name !== 'write') {
          await decide({ name, path })
          return name === 'close' ? undefined : original(...args)
        }
        const [buffer, offset, length, position] = args as [Buffer, number, number, number]
        const fate = await decide({ name, path, bytes: length })
        return original(buffer, offset, typeof fate === 'number' ? fate : length, position)
      }
      Object.defineProperty(handle, name, { value: method })
    }
    return handle
  }
  return Object.fromEntries(
    CALLS.map(name => {
      const call: Method = async (...args) => {
        const made = { name, path: String(args[0]) }
        const fate = await decide(made)
        const result = await (promises[name] as unknown as Method)(...args)
        const code = fate === 'response lost' ? 'EIO' : fate === 'repeated' && REPEATED[name]
        if (code) throw systemError(code, made)
        return name === 'open' ? wrapHandle(result as FileHandle, String(args[0])) : result
      }
      return [name, call]
    }),
  ) as unknown as FileSystem
}

/** An error like the system's. */
export function systemError(code: string, { name, path }: Call): Error {
  return Object.assign(new Error(`${code}: ${name} '${path}'`), { code, syscall: name, path })
}

/** A call waits before it until it is opened. `reached` resolves when a call waits. */
export function gate(): { wait(): Promise<void>; readonly reached: Promise<void>; open(): void } {
  let [open, reach] = [(): void => undefined, (): void => undefined]
  const opened = new Promise<void>(resolve => (open = resolve))
  const reached = new Promise<void>(resolve => (reach = resolve))
  const wait = (): Promise<void> => {
    reach()
    return opened
  }
  return { wait, reached, open: () => open() }
}
