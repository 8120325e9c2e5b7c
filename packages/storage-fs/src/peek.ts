import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs'
import type { Json } from '@latchkey/core/ports'
import { sha256 } from '@latchkey/core/provider'
import { generationName, listingOf } from './files/account-names.ts'
import { folderName } from './files/folder-name.ts'
import { decode } from './files/generation.ts'

/**
 * What the directory of a `FileTokenStore` has under a key, at one look: nothing is waited for, made, locked or
 * brought onto the disk, and little is loaded. `undefined` where there is nothing, and where anything is not as it
 * should be, of which the store itself says what it is. For programs that begin and end for one value.
 */
export function peek(directory: string, key: string): Json | undefined {
  try {
    const real = realpathSync(directory)
    const folder = `${real}/accounts/${folderName(key)}`
    if (!isOurs(lstatSync(real), 0o022) || !isOurs(lstatSync(`${real}/accounts`), 0o077)) return undefined
    if (!isOurs(lstatSync(folder), 0o077)) return undefined
    const seq = listingOf(readdirSync(folder)).seqs.at(-1)
    if (seq === undefined) return undefined
    const path = `${folder}/${generationName(seq)}`
    const generation = decode(textOf(path), path, digestOf)
    const isThere = generation?.key === key && (generation.expiresAtMs ?? Infinity) > Date.now()
    return isThere ? generation.value : undefined
  } catch {
    return undefined
  }
}

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

function textOf(path: string): string {
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    return stats.isFile() && isOurs(stats, 0o177) ? readFileSync(descriptor, 'utf8') : ''
  } finally {
    closeSync(descriptor)
  }
}

function isOurs({ uid, mode }: { readonly uid: number; readonly mode: number }, forbidden: number): boolean {
  return process.geteuid === undefined || (uid === process.geteuid() && (mode & forbidden) === 0)
}

/** `node:crypto` takes longer to load than all of the rest. */
function digestOf(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString('hex')
}
