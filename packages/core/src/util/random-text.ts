import type { Crypto } from '../ports/crypto.ts'

/** Returns `length` random bytes as hexadecimal digits. The default is 128 bits. */
export function randomText(crypto: Crypto, length = 16): string {
  return Array.from(crypto.randomBytes(length), byte => byte.toString(16).padStart(2, '0')).join('')
}
