// The session cookie: sealed, so that no browser can read or change it.
import { EncryptJWT, jwtDecrypt } from 'jose'
import type { Session } from './options.ts'

/** How long a session lasts, in s; it is not extended. */
export const SESSION_S: number = 7 * 86_400
const MIN_SECRET = 32
const USE = 'latchkey session'

/** A session as its cookie holds it. */
export interface SealedSession extends Session {
  /** The `sid` after the sign-in that it began with; connections, which change the `sid`, keep it. */
  readonly root: string
  /** When it began and when it ends, as Unix time in s. */
  readonly iat: number
  readonly exp: number
}

/** Seals and opens sessions. */
export interface Seal {
  seal(session: SealedSession): Promise<string>
  /** Returns `undefined` for a cookie that is missing, was changed, or has expired. */
  open(cookie: string | undefined): Promise<SealedSession | undefined>
}

/** @throws {TypeError} when a secret is too short. */
export function sealWith(secret: string | readonly string[]): Seal {
  const secrets = [secret].flat()
  if (secrets.length === 0 || !secrets.every(one => typeof one === 'string' && one.length >= MIN_SECRET))
    throw new TypeError(
      `secret must have at least ${MIN_SECRET} random characters, such as those of: openssl rand -hex 32`,
    )
  let keys: Promise<readonly Uint8Array[]> | undefined
  const keysOf = (): Promise<readonly Uint8Array[]> => (keys ??= Promise.all(secrets.map(keyOf)))
  return {
    async seal({ sid, root, accounts, iat, exp }) {
      const [key] = await keysOf()
      return new EncryptJWT({ sid, root, accounts })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: USE })
        .setIssuedAt(iat)
        .setExpirationTime(exp)
        .encrypt(key!)
    },
    async open(cookie) {
      if (cookie === undefined) return undefined
      for (const key of await keysOf())
        try {
          const options = {
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
            typ: USE,
          }
          const { payload } = await jwtDecrypt<SealedSession>(cookie, key, options)
          return { ...payload, root: payload.root ?? payload.sid } // 0.1.0 sealed no root
        } catch {
          // Sealed with another secret, changed, or expired.
        }
      return undefined
    },
  }
}

/** Derives a key from a secret (RFC 5869). */
async function keyOf(secret: string): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  const base = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(USE) }
  return new Uint8Array(await crypto.subtle.deriveBits(derivation, base, 256))
}
