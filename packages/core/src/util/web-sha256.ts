import { platform } from '../platform.ts'
import { base64url } from './base64url.ts'

/** Returns the SHA-256 of `text` in base64url, or `undefined` without Web Crypto, which adds no code to the bundle. */
export async function webSha256(text: string): Promise<string | undefined> {
  const digest = await platform.crypto.subtle?.digest('SHA-256', new platform.TextEncoder().encode(text))
  return digest && base64url(new Uint8Array(digest))
}
