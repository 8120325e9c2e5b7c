import { homedir, userInfo } from 'node:os'
import nativePath, { posix, win32 } from 'node:path'
import { StoreError } from '@latchkey/core'
import { codeOf, recover, StoreUnsafeError } from '../errors.ts'
import type { FileSystem } from './file-system.ts'
import type { SafeFiles } from './safe-files.ts'

interface Machine {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** Returns the home folder of this user: an empty `HOME` counts as unset. @throws {StoreError} when there is none. */
function homeFolder(): string {
  for (const find of [homedir, () => userInfo().homedir])
    try {
      const home = find()
      if (nativePath.isAbsolute(home)) return home
    } catch {
      // This user is unknown to the system.
    }
  throw new StoreError('this user has no home folder: pass { directory }, or set HOME', undefined, {
    isPermanent: true,
  })
}

const THIS_MACHINE: Machine = {
  platform: process.platform,
  env: process.env,
  get home() {
    return homeFolder()
  },
}

/**
 * Returns `latchkey` in the platform's folder for user data: `$XDG_DATA_HOME` or `~/.local/share`,
 * `~/Library/Application Support`, or `%APPDATA%`.
 */
export function defaultDirectory(machine: Machine = THIS_MACHINE): string {
  const { platform, env } = machine
  const { join, isAbsolute } = platform === 'win32' ? win32 : posix
  const absolute = (path: string | undefined): string | undefined =>
    path !== undefined && isAbsolute(path) ? path : undefined
  if (platform === 'win32')
    return join(absolute(env['APPDATA']) ?? join(machine.home, 'AppData', 'Roaming'), 'latchkey')
  if (platform === 'darwin') return join(machine.home, 'Library', 'Application Support', 'latchkey')
  // Relative paths are ignored (XDG Base Directory Specification).
  return join(absolute(env['XDG_DATA_HOME']) ?? join(machine.home, '.local', 'share'), 'latchkey')
}

/** The folders of a store. */
export interface Folders {
  readonly accounts: string
  readonly staging: string
  readonly locks: string
  /** The number of the file system that contains them. */
  readonly device: number
}

/**
 * Opens a store's directory and creates what is missing. Follows links in the path to it, but none below it.
 * @param device contained the directory before
 * @throws {StoreUnsafeError} when other users could change its contents.
 * @throws {StoreError} when the directory is missing, and so is the volume that contained it.
 */
export async function openDirectory(
  files: SafeFiles,
  directory: string,
  device: number | undefined,
): Promise<Folders> {
  const { fs } = files
  if (device !== undefined && (await isUnmounted(files, directory, device)))
    throw new StoreError(`${directory} is on another file system than before: is the volume mounted?`)
  if (await createFolder(fs, directory)) await fs.chmod(directory, 0o700)
  const real = await fs.realpath(directory)
  const { mode, uid, dev } = await fs.lstat(real)
  const isOthers = process.geteuid !== undefined && uid !== process.geteuid() && uid !== 0
  if (isOthers) throw new StoreUnsafeError(`${real} belongs to user ${uid}: choose another directory`)
  const sticky = (mode & 0o1000) !== 0
  if (process.geteuid !== undefined && (mode & 0o022) !== 0 && !sticky)
    throw new StoreUnsafeError(
      `${real} is writable by others (mode ${(mode & 0o777).toString(8)}): chmod go-w it`,
    )

  const folders = { accounts: `${real}/accounts`, staging: `${real}/new`, locks: `${real}/locks` }
  for (const folder of Object.values(folders)) await files.ensureFolder(folder)
  await files.syncFolder(real)
  return { ...folders, device: dev }
}

/**
 * Creates a folder and its parents; resolves to whether it was missing. Node's recursive `mkdir` never ends where an existing
 * folder cannot contain another one and the error is ENOENT, such as /proc or a /home that is mounted on demand.
 */
async function createFolder(fs: FileSystem, path: string, isRetry = false): Promise<boolean> {
  try {
    await fs.mkdir(path, { mode: 0o700 })
    return true
  } catch (error) {
    const parent = nativePath.dirname(path)
    if (codeOf(error) === 'ENOENT' && !isRetry && parent !== path) {
      await createFolder(fs, parent)
      return createFolder(fs, path, true)
    }
    if (await recover(['ENOENT'], fs.realpath(path), undefined)) return false
    throw error
  }
}

/** Resolves to whether the directory is empty or missing, and what exists of its path is on another device. */
async function isUnmounted(files: SafeFiles, directory: string, device: number): Promise<boolean> {
  const { fs } = files
  if (await files.checkFolder(`${directory}/accounts`)) return false
  for (let path = directory; ; path = nativePath.dirname(path)) {
    const real = await recover(['ENOENT'], fs.realpath(path), undefined)
    if (real !== undefined) return (await fs.lstat(real)).dev !== device
  }
}
