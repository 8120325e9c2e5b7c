import type { Crypto } from './ports/crypto.ts'

/** 128 random bits as 32 hexadecimal digits. */
export function randomText(crypto: Crypto): string {
  return Array.from(crypto.randomBytes(16), byte => byte.toString(16).padStart(2, '0')).join('')
}
