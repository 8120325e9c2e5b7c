import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'
import { StoreUnsafeError } from '../errors.ts'
import type { SafeFiles } from './safe-files.ts'

interface Machine {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/**
 * Where the platform keeps what a program stores for its user: `$XDG_DATA_HOME` or `~/.local/share`,
 * `~/Library/Application Support`, `%APPDATA%`; in it, `latchkey`.
 */
export function defaultDirectory(
  { platform, env, home }: Machine = { platform: process.platform, env: process.env, home: homedir() },
): string {
  const { join, isAbsolute } = platform === 'win32' ? win32 : posix
  const absolute = (path: string | undefined): string | undefined =>
    path !== undefined && isAbsolute(path) ? path : undefined
  if (platform === 'win32')
    return join(absolute(env['APPDATA']) ?? join(home, 'AppData', 'Roaming'), 'latchkey')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'latchkey')
  // A relative path there is to be ignored (XDG Base Directory Specification).
  return join(absolute(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), 'latchkey')
}

/** The folders of a store. */
export interface Folders {
  readonly accounts: string
  readonly workshop: string
  readonly locks: string
}

/**
 * Opens the directory of a store, and makes what is missing. Links on the way to it are followed, nothing below.
 * @throws {StoreUnsafeError} when others could change what is in it.
 */
export async function openDirectory(files: SafeFiles, directory: string): Promise<Folders> {
  const { fs } = files
  const made = await fs.mkdir(directory, { recursive: true, mode: 0o700 })
  if (made !== undefined) await fs.chmod(directory, 0o700)
  const real = await fs.realpath(directory)
  const { mode, uid } = await fs.lstat(real)
  const strange = process.geteuid !== undefined && uid !== process.geteuid() && uid !== 0
  if (strange) throw new StoreUnsafeError(`${real} belongs to user ${uid}, who could change what is in it`)
  const sticky = (mode & 0o1000) !== 0
  if (process.geteuid !== undefined && (mode & 0o022) !== 0 && !sticky)
    throw new StoreUnsafeError(
      `${real} can be written to by others: its mode is ${(mode & 0o777).toString(8)}`,
    )

  const folders = { accounts: `${real}/accounts`, workshop: `${real}/new`, locks: `${real}/locks` }
  for (const folder of Object.values(folders)) await files.needFolder(folder)
  await files.syncFolder(real)
  return folders
}
