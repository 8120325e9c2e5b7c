// The text of one generation's file: JSON for people, with a checksum as its last member.
//
//   {
//     "v": 1,
//     "key": "imgur/43652b743b5a7a0/default",
//     "value": { ... },
//     "sha256": "..."                          of every byte before the comma in front of it
//   }
//
// Spaces may follow: the file keeps the room that it was given.
import type { Json } from '@latchkey/core/ports'
import { StoreNewerError } from '../errors.ts'
import { systemDigest } from './digest.ts'

/** What one file holds. */
export interface Generation {
  readonly key: string
  /** Absent in the last generation of an account that was removed. */
  readonly value?: Json
  readonly expiresAtMs?: number
}

const FORMAT = 1
const WHOLE = /^([^]*),\n {2}"sha256": "([0-9a-f]{64})"\n\}\s*$/
const FORMAT_MEMBER = /^\{\s*"v":\s*(\d+)/

export function encode(generation: Generation): string {
  const json = JSON.stringify({ v: FORMAT, ...generation }, null, 2)
  const head = json.slice(0, json.lastIndexOf('\n'))
  return `${head},\n  "sha256": "${systemDigest(head)}"\n}\n`
}

/**
 * The generation in a file's text and the checksum, `undefined` when the text is not whole. `digestOf` is SHA-256
 * in hexadecimal.
 * @throws {StoreNewerError} when it is of a later format.
 */
export function decode(
  text: string,
  path: string,
  digestOf: (text: string) => string = systemDigest,
): (Generation & { readonly digest: string }) | undefined {
  const format = Number(FORMAT_MEMBER.exec(text)?.[1])
  if (format > FORMAT)
    throw new StoreNewerError(`${path} has format ${format}: a newer @latchkey/storage-fs wrote it`)
  const [, head, digest] = WHOLE.exec(text) ?? []
  if (head === undefined || digest === undefined || digestOf(head) !== digest) return undefined
  return { ...(JSON.parse(`${head}}`) as Generation), digest }
}
