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
 * Reads a value from the directory of a `FileTokenStore`, for programs that start only to print it. It is
 * synchronous, loads few modules, and creates, locks and syncs nothing. Returns `undefined` if there is no value or
 * anything is wrong; the store's own methods then report the error.
 */
export function readValueSync(directory: string, key: string): Json | undefined {
  try {
    const real = realpathSync(directory)
    const folder = `${real}/accounts/${folderName(key)}`
    if (!isSafe(lstatSync(real), 0o022) || !isSafe(lstatSync(`${real}/accounts`), 0o077)) return undefined
    if (!isSafe(lstatSync(folder), 0o077)) return undefined
    const seq = listingOf(readdirSync(folder)).seqs.at(-1)
    if (seq === undefined) return undefined
    const path = `${folder}/${generationName(seq)}`
    const generation = decode(textOf(path), path, digestOf)
    const isCurrent = generation?.key === key && (generation.expiresAtMs ?? Infinity) > Date.now()
    return isCurrent ? generation.value : undefined
  } catch {
    return undefined
  }
}

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

function textOf(path: string): string {
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    const text = stats.isFile() && isSafe(stats, 0o177) ? readFileSync(descriptor, 'utf8') : ''
    lstatSync(path) // throws if the name was removed: the file may hold a text that is not written yet
    return text
  } finally {
    closeSync(descriptor)
  }
}

function isSafe({ uid, mode }: { readonly uid: number; readonly mode: number }, forbidden: number): boolean {
  return process.geteuid === undefined || (uid === process.geteuid() && (mode & forbidden) === 0)
}

/** Does without `node:crypto`, which takes longer to load than all the rest. */
function digestOf(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString('hex')
}
