import { randomBytes } from 'node:crypto'

/** Returns random lower-case hex characters, the format of Imgur's identifiers and tokens. */
export function randomHex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length)
}
