// The path of a socket is short: a longer one goes through a link in the folder for temporary files. There is one link for
// each folder, and it stays, so that a process that is killed leaves nothing else.
import { lstat, readlink, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { recover, StoreUnsafeError } from '../errors.ts'
import { sha256Hex } from '../files/digest.ts'

/** The longest path of a socket, in bytes: macOS allows 103, Linux 107. */
const LONGEST_PATH = 103

/** Returns a path of the socket `name` in `folder`; creates the link that it needs. */
export async function socketPath(folder: string, name: string): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\latchkey-${name}`
  const path = `${folder}/${name}`
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path
  const uid = process.geteuid?.()
  const link = `${tmpdir()}/lk-${sha256Hex(`${uid} ${folder}`).slice(0, 16)}`
  await recover(['EEXIST'], symlink(folder, link), undefined)
  if ((await lstat(link)).uid !== uid || (await readlink(link)) !== folder)
    throw new StoreUnsafeError(`${link} is not this user's link to ${folder}: remove it, or set TMPDIR`)
  return `${link}/${name}`
}
