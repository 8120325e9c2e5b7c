// The text of one generation's file: readable JSON with a checksum as its last member.
//
//   {
//     "v": 1,
//     "key": "imgur/43652b743b5a7a0/default",
//     "value": { ... },
//     "sha256": "..."                          of every byte before the preceding comma
//   }
//
// Spaces may follow: the file keeps its size.
import type { Json } from '@latchkey/core/ports'
import { StoreNewerError } from '../errors.ts'
import { sha256Hex } from './digest.ts'

/** The contents of one file. */
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
  return `${head},\n  "sha256": "${sha256Hex(head)}"\n}\n`
}

/**
 * Returns the generation in a file's text and its checksum, or `undefined` when the text is damaged.
 * @param digestOf returns the SHA-256 of a text in hexadecimal
 * @throws {StoreNewerError} when the text has a later format.
 */
export function decode(
  text: string,
  path: string,
  digestOf: (text: string) => string = sha256Hex,
): (Generation & { readonly digest: string }) | undefined {
  const format = Number(FORMAT_MEMBER.exec(text)?.[1])
  if (format > FORMAT)
    throw new StoreNewerError(`${path} has format ${format}, which needs a newer @latchkey/storage-fs`)
  const [, head, digest] = WHOLE.exec(text) ?? []
  if (head === undefined || digest === undefined || digestOf(head) !== digest) return undefined
  return { ...(JSON.parse(`${head}}`) as Generation), digest }
}
