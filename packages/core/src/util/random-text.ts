import type { Crypto } from '../ports/crypto.ts'

/** `length` random bytes as hexadecimal digits; 128 random bits unless said otherwise. */
export function randomText(crypto: Crypto, length = 16): string {
  return Array.from(crypto.randomBytes(length), byte => byte.toString(16).padStart(2, '0')).join('')
}
