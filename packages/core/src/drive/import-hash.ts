// A salted hash of the tokens that a program passes to the constructor recognizes them without storing them. The machines
// are pure and synchronous, and Web Crypto is not: the driver computes it. The salt is the family, which is random.
import type { Tokens } from '../tokens.ts'
import { webSha256 } from '../util/web-sha256.ts'

/** Returns `salt.hash.hash` of the refresh token and the access token, or `undefined` without Web Crypto. */
export async function importHash(
  { refresh_token, access_token }: Partial<Tokens>,
  salt: string,
): Promise<string | undefined> {
  const parts: (string | undefined)[] = [salt]
  for (const token of [refresh_token, access_token]) parts.push(token ? await webSha256(salt + token) : '')
  return parts.includes(undefined) ? undefined : parts.join('.')
}

/** Returns whether `stored` is the hash of `tokens`; a refresh token alone is recognized too. */
export async function isImportHash(stored: unknown, tokens: Partial<Tokens>): Promise<boolean> {
  const text = String(stored)
  const hash = await importHash(tokens, text.split('.')[0]!)
  return !!hash && text.startsWith(hash)
}
