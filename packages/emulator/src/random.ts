import { randomBytes } from 'node:crypto'

/** Random lower-case hex characters, the shape of every identifier and token of Imgur's. */
export function randomHex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length)
}
