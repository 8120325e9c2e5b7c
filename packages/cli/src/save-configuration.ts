import { randomUUID } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { basename, dirname } from 'node:path'
import { type Configuration, readConfiguration } from './configuration.ts'
import { UsageError } from './usage-error.ts'

/**
 * Replaces the configuration file by `change` of its contents, atomically and with mode 0600. `change` is called again when
 * another process saves meanwhile. It is synchronous, so Ctrl+C does not interrupt it. The next save removes what a killed one
 * has left.
 *
 * @throws {UsageError} when the file cannot be read or written.
 */
export function saveConfiguration(file: string, change: (now: Configuration) => Configuration): void {
  const nextText = (): string | undefined => {
    const now = readConfiguration(file)
    const next = change(now)
    return isDeepStrictEqual(next, now) ? undefined : `${JSON.stringify(next, null, 2)}\n`
  }
  while (nextText() !== undefined) {
    try {
      makeFolder(dirname(file))
      if (replaceFile(targetOf(file), nextText)) return
    } catch (error) {
      if (error instanceof UsageError) throw error
      throw new UsageError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
    }
  }
}

/** Creates a folder and its parents. Node's recursive `mkdirSync` never ends in /proc and its like. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!existsSync(folder)) throw error // another process may have created it
  }
}

/**
 * Checks whether the configuration file can be written, without a change.
 *
 * @throws {UsageError} when it cannot.
 */
export function checkWritable(file: string): void {
  let folder = dirname(targetOf(file))
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  try {
    accessSync(`${folder}/.`, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new UsageError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Returns the file that a link names, which the save replaces. */
const targetOf = (file: string): string => (existsSync(file) ? realpathSync(file) : file)

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/**
 * Replaces the file by the text that `nextText` returns. Returns `false` if it returns none, or if another save may have come between:
 * each save creates its temporary file, removes those of others, and only then reads. So of two saves that run at once, the
 * later one to read has removed the file of the other, which begins again.
 */
function replaceFile(file: string, nextText: () => string | undefined): boolean {
  const temporary = `${file}.${randomUUID()}`
  try {
    const descriptor = openSync(temporary, 'wx', 0o600)
    try {
      removeOthers(file, temporary)
      const text = nextText()
      if (text === undefined) return false
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(dirname(file))) return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Removes the temporary files of other saves, which were killed or begin again. */
function removeOthers(file: string, own: string): void {
  const prefix = `${basename(file)}.`
  for (const name of readdirSync(dirname(file)))
    if (name !== basename(own) && name.startsWith(prefix) && UUID.test(name.slice(prefix.length)))
      rmSync(`${dirname(file)}/${name}`, { force: true })
}
