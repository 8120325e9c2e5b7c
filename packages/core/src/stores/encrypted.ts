import { base64url, fromBase64url } from '../util/base64url.ts'
import { DecryptionError, StoreError } from '../errors.ts'
import { own } from '../util/own.ts'
import { sha256 } from '../pkce/sha256.ts'
import { platform, type SubtleCrypto, systemCrypto } from '../platform.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Json, Stored, TokenStore } from '../ports/token-store.ts'

const ALGORITHM = 'A256GCM'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const KID_LENGTH = 12

/** What `encrypted` can be told. */
export interface EncryptedOptions {
  /**
   * Resolves to keys of 32 random bytes each; asked before every operation, so that a key can be rotated while
   * the program runs. The first one encrypts; all of them decrypt.
   */
  readonly keys: () => Promise<readonly Uint8Array[]>
  /** Where nonces come from. Default: the runtime's. */
  readonly crypto?: Crypto
}

interface Key {
  /** Tells which key encrypted a value: the beginning of its SHA-256. */
  readonly kid: string
  readonly key: object
}

/**
 * `store` with every value encrypted by AES-256-GCM (Web Crypto), its other capabilities as they are. What is
 * stored is JSON, `{ v: 1, alg: 'A256GCM', kid, iv, data }`; the key it is stored under is authenticated with
 * it, so that no value can be moved to another. Neither that key nor the expiry is secret, and somebody who can
 * write to the medium can bring an older value of the same key back.
 *
 * A value goes over to the first key when it is next written. Nonces are random: one key is good for 2^32
 * writes (NIST SP 800-38D section 8.3).
 *
 * Beside what `store` rejects with, `read` and a refused `compareAndSwap` reject with a `DecryptionError` when
 * what is stored is not encrypted, or by none of the keys, or was tampered with; nothing is changed then. Each
 * method rejects with a `TypeError` when `keys` does not resolve to at least one key of 32 bytes.
 *
 * @throws {TypeError} when `keys` is not a function
 * @throws {StoreError} where there is no Web Crypto: a page needs https, or localhost
 */
export function encrypted(store: TokenStore, { keys, crypto = systemCrypto }: EncryptedOptions): TokenStore {
  if (typeof keys !== 'function') throw new TypeError('keys must be a function that resolves to keys')
  const { subtle } = platform.crypto
  if (!subtle) throw new StoreError('encryption needs Web Crypto, which a page has over https only')
  const keyring = keyringOf(keys, subtle)

  const encrypt = async (storeKey: string, text: string): Promise<Json> => {
    const { kid, key } = (await keyring())[0]!
    const iv = crypto.randomBytes(NONCE_BYTES)
    const data = await subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: context(kid, storeKey) },
      key,
      new platform.TextEncoder().encode(text),
    )
    return { v: 1, alg: ALGORITHM, kid, iv: base64url(iv), data: base64url(new Uint8Array(data)) }
  }

  const decrypt = async (storeKey: string, stored: Stored | undefined): Promise<Stored | undefined> => {
    if (!stored) return undefined
    const { kid, iv, data } = parsed(stored.value)
    const key = (await keyring()).find(one => one.kid === kid)?.key
    if (!key) throw new DecryptionError(`no key at hand is the one that encrypted the stored value (${kid})`)
    const text = await subtle
      .decrypt({ name: 'AES-GCM', iv, additionalData: context(kid, storeKey) }, key, data)
      .catch(() => {
        throw new DecryptionError(
          'the stored value was changed, or moved from another key, since it was written',
        )
      })
    return { value: JSON.parse(new platform.TextDecoder().decode(text)) as Json, version: stored.version }
  }

  return {
    ...capabilities(store),
    atomicity: store.atomicity,
    read: async key => decrypt(key, await store.read(key)),
    async compareAndSwap(key, expected, value, options) {
      const text = JSON.stringify(value) // now: the caller may change it while we wait
      const result = await store.compareAndSwap(key, expected, await encrypt(key, text), options)
      return result.swapped ? result : { swapped: false, current: await decrypt(key, result.current) }
    },
    remove: key => store.remove(key),
  }
}

/** What is there of `store` beyond its three methods. */
function capabilities(store: TokenStore): Partial<TokenStore> {
  const { locks, confirm, watch, keys, close } = store
  return {
    ...(locks && { locks }),
    ...(confirm && { confirm: key => confirm.call(store, key) }),
    ...(watch && { watch: (key, listener) => watch.call(store, key, listener) }),
    ...(keys && { keys: () => keys.call(store) }),
    ...(close && { close: () => close.call(store) }),
  }
}

/** The keys as they are now. What was imported is kept by its digest, for as long as it is among them. */
function keyringOf(keys: EncryptedOptions['keys'], subtle: SubtleCrypto): () => Promise<Key[]> {
  let known: ReadonlyMap<string, object> = new Map()
  return async () => {
    // All at once, since the caller may wipe the bytes.
    const importing = sound(await keys()).map(async bytes => {
      const digest = base64url(sha256(bytes))
      const key =
        known.get(digest) ?? subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
      return [digest, await key] as const
    })
    const imported = await Promise.all(importing)
    known = new Map(imported)
    return imported.map(([digest, key]) => ({ kid: digest.slice(0, KID_LENGTH), key }))
  }
}

function sound(keys: readonly Uint8Array[]): readonly Uint8Array[] {
  const all =
    Array.isArray(keys) && keys.every(key => ArrayBuffer.isView(key) && key.byteLength === KEY_BYTES)
  if (!all || keys.length === 0)
    throw new TypeError(`keys must resolve to at least one Uint8Array, each of ${KEY_BYTES} bytes`)
  return keys.map(({ buffer, byteOffset }) => new Uint8Array(buffer, byteOffset, KEY_BYTES)) // whatever view it was
}

/** The envelope that `value` is, its texts as bytes. */
function parsed(value: Json): { kid: string; iv: Uint8Array; data: Uint8Array } {
  const [kid, iv, data] = ['kid', 'iv', 'data'].map(name => own(value, name))
  if (own(value, 'v') === 1 && own(value, 'alg') === ALGORITHM && typeof kid === 'string') {
    const bytes = [iv, data].map(text => (typeof text === 'string' ? fromBase64url(text) : undefined))
    if (bytes[0]?.length === NONCE_BYTES && bytes[1]) return { kid, iv: bytes[0], data: bytes[1] }
  }
  throw new DecryptionError('the stored value is not encrypted, or not in a way that is known here')
}

/** What is authenticated with a value: how it was encrypted, and under which key of the store it belongs. */
function context(kid: string, storeKey: string): Uint8Array {
  return new platform.TextEncoder().encode(JSON.stringify([1, ALGORITHM, kid, storeKey]))
}
