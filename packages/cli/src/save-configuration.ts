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
 * Replaces the configuration file by `change` of its contents, atomically and with mode 0600. It is synchronous, so Ctrl+C does
 * not interrupt it. The next save removes what a killed one has left.
 *
 * @throws {UsageError} when the file cannot be read or written.
 */
export function saveConfiguration(file: string, change: (now: Configuration) => Configuration): void {
  for (;;) {
    const now = readConfiguration(file)
    const next = change(now)
    if (isDeepStrictEqual(next, now)) return
    try {
      makeFolder(dirname(file))
      const target = targetOf(file)
      removeLeftovers(target)
      if (replaceFile(target, `${JSON.stringify(next, null, 2)}\n`)) return
    } catch (error) {
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

/** Removes the temporary files of saves that were killed. One that still runs begins again. */
function removeLeftovers(file: string): void {
  const prefix = `${basename(file)}.`
  for (const name of readdirSync(dirname(file)))
    if (name.startsWith(prefix) && UUID.test(name.slice(prefix.length)))
      rmSync(`${dirname(file)}/${name}`, { force: true })
}

/** Returns whether the file was replaced: another save may have removed the temporary file. */
function replaceFile(file: string, text: string): boolean {
  const temporary = `${file}.${randomUUID()}`
  try {
    const descriptor = openSync(temporary, 'wx', 0o600)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
    return true
  } catch (error) {
    const isRemoved = (error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(dirname(file))
    rmSync(temporary, { force: true })
    if (isRemoved) return false
    throw error
  }
}
