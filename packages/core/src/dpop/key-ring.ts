// The keys of a program: created, stored and loaded.
import { MisconfiguredError, TransportError } from '../errors.ts'
import type { DpopKey } from '../keeper/record.ts'
import type { DpopKeyPair, DpopKeys } from '../ports/dpop-keys.ts'
import { webCrypto } from '../signing/sign-jwt.ts'
import { webSha256 } from '../util/web-sha256.ts'

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const
/** How many keys are held in memory. */
const MAX_LOADED = 256

/** A key that can sign, and its public part (RFC 7517). */
export interface LoadedKey {
  readonly privateKey: object
  readonly publicJwk: Readonly<Record<string, string | undefined>>
}

/** The key of the account is not where it was stored: its tokens are lost. */
export class MissingKeyError extends TransportError {
  /** The code of the failure. */
  readonly failure = 'invalid_grant'

  constructor() {
    super('the key that the tokens are bound to is missing (DPoP): sign in again; nothing was sent', {
      sent: 'no',
    })
  }
}

/** The keys of a program. */
export class KeyRing {
  readonly #keys: DpopKeys | undefined
  /** Pairs that are not stored yet: no tokens are bound to them. */
  readonly #unsaved = new Map<string, DpopKeyPair>()
  readonly #loaded = new Map<string, LoadedKey>()

  constructor(keys: DpopKeys | undefined) {
    this.#keys = keys
  }

  /**
   * Returns a new key, as a record holds it.
   *
   * @throws {MisconfiguredError} when the runtime cannot create one.
   */
  async create(): Promise<DpopKey> {
    try {
      const pair = await webCrypto().generateKey(P256, !this.#keys, ['sign', 'verify'])
      const publicJwk = publicPartOf(await webCrypto().exportKey('jwk', pair.publicKey))
      const jkt = await thumbprint(publicJwk)
      this.#remember(jkt, { privateKey: pair.privateKey, publicJwk })
      if (!this.#keys) return { jkt, jwk: textsOf(await webCrypto().exportKey('jwk', pair.privateKey)) }
      this.#unsaved.set(jkt, pair)
      return { jkt }
    } catch {
      throw new MisconfiguredError({ message: 'DPoP needs Web Crypto with ES256: load the page over https' })
    }
  }

  /** Stores a new key, before anything is bound to it. */
  async save({ jkt }: DpopKey): Promise<void> {
    const pair = this.#unsaved.get(jkt)
    if (!pair) return
    await this.#keys?.set(jkt, pair)
    this.#unsaved.delete(jkt)
  }

  /** Destroys a key; it does not matter whether that fails. */
  destroy({ jkt }: DpopKey): void {
    this.#loaded.delete(jkt)
    this.#unsaved.delete(jkt)
    this.#keys?.delete(jkt).catch(() => {})
  }

  /** Returns a key that can sign. @throws {MissingKeyError} when there is none. */
  async load({ jkt, jwk }: DpopKey): Promise<LoadedKey> {
    const known = this.#loaded.get(jkt)
    if (known) return known
    if (jwk) {
      const privateKey = await webCrypto().importKey('jwk', jwk, P256, false, ['sign'])
      return this.#remember(jkt, { privateKey, publicJwk: publicPartOf(jwk) })
    }
    const pair = await this.#keys?.get(jkt)
    if (!pair) throw new MissingKeyError()
    const publicJwk = publicPartOf(await webCrypto().exportKey('jwk', pair.publicKey))
    return this.#remember(jkt, { privateKey: pair.privateKey, publicJwk })
  }

  #remember(jkt: string, key: LoadedKey): LoadedKey {
    this.#loaded.set(jkt, key)
    const [oldest = ''] = this.#loaded.keys()
    if (this.#loaded.size > MAX_LOADED) this.#loaded.delete(oldest)
    return key
  }
}

function publicPartOf({ kty, crv, x, y }: Readonly<Record<string, unknown>>): LoadedKey['publicJwk'] {
  return { kty, crv, x, y } as LoadedKey['publicJwk']
}

/** Returns the members of a private key that a record holds. */
function textsOf({ kty, crv, x, y, d }: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return { kty, crv, x, y, d } as Readonly<Record<string, string>>
}

/** Returns the SHA-256 thumbprint of a public key (RFC 7638). */
export async function thumbprint({ kty, crv, x, y }: LoadedKey['publicJwk']): Promise<string> {
  // A key exists, so Web Crypto does: there is a hash.
  return (await webSha256(JSON.stringify({ crv, kty, x, y }))) as string
}
