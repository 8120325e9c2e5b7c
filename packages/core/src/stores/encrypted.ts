import { base64url, fromBase64url } from '../util/base64url.ts'
import { DecryptionError, StoreError } from '../errors.ts'
import { checkOptionNames } from '../util/check-type.ts'
import { own } from '../util/own.ts'
import { sha256 } from '../pkce/sha256.ts'
import { platform, type SubtleCrypto, systemCrypto } from '../platform.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Json, Stored, TokenStore } from '../ports/token-store.ts'

const ALGORITHM = 'A256GCM'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const KID_LENGTH = 12

/** Options of `encrypted`. */
export interface EncryptedOptions {
  /**
   * Resolves to keys of 32 random bytes each. It is called before every operation, so that you can rotate keys while
   * the program runs. The first key encrypts, and all of them decrypt.
   */
  readonly keys: () => Promise<readonly Uint8Array[]>
  /** The source of nonces. Default: the runtime's. */
  readonly crypto?: Crypto
}

interface Key {
  /** Identifies the key that encrypted a value: the beginning of its SHA-256 digest. */
  readonly kid: string
  readonly key: object
}

/**
 * Returns a store that encrypts every value with AES-256-GCM (Web Crypto) before it writes it to `store`. The other
 * capabilities stay as they are. A stored value is JSON: `{ v: 1, alg: 'A256GCM', kid, iv, data }`. The store key is
 * authenticated with the value, so that nobody can move the value to another key. Store keys and expiry times are not
 * secret. An attacker who can write to the medium can restore an older value of the same key.
 *
 * A value is encrypted with a new first key when it is next written. Nonces are random: use one key for at most 2^32
 * writes (NIST SP 800-38D section 8.3).
 *
 * `read`, and a `compareAndSwap` that does not write, also reject with a `DecryptionError` if the stored value is not
 * encrypted, was encrypted with none of the keys, or was changed. They do not change it. Each method rejects with a
 * `TypeError` if `keys` does not resolve to at least one key of 32 bytes.
 *
 * @throws {TypeError} when `keys` is not a function, or an option is unknown.
 * @throws {StoreError} when there is no Web Crypto. A page needs https or localhost.
 */
export function encrypted(store: TokenStore, options: EncryptedOptions): TokenStore {
  checkOptionNames('encrypted()', options, ['keys', 'crypto'])
  const { keys, crypto = systemCrypto } = Object(options) as EncryptedOptions
  if (typeof keys !== 'function') throw new TypeError('keys must be a function that resolves to keys')
  const { subtle } = platform.crypto
  if (!subtle)
    throw new StoreError('encryption needs Web Crypto: serve the page over https, or from localhost')
  const keyring = keyringOf(keys, subtle)

  const encrypt = async (storeKey: string, text: string): Promise<Json> => {
    const { kid, key } = (await keyring())[0]!
    const iv = crypto.randomBytes(NONCE_BYTES)
    const data = await subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: authenticatedData(kid, storeKey) },
      key,
      new platform.TextEncoder().encode(text),
    )
    return { v: 1, alg: ALGORITHM, kid, iv: base64url(iv), data: base64url(new Uint8Array(data)) }
  }

  const decrypt = async (storeKey: string, stored: Stored | undefined): Promise<Stored | undefined> => {
    if (!stored) return undefined
    const { kid, iv, data } = parseEnvelope(stored.value)
    const key = (await keyring()).find(candidate => candidate.kid === kid)?.key
    if (!key)
      throw new DecryptionError(
        `the key that encrypted the stored value is not in keys (${kid}): add it, or give the tokens up with signOut()`,
      )
    const text = await subtle
      .decrypt({ name: 'AES-GCM', iv, additionalData: authenticatedData(kid, storeKey) }, key, data)
      .catch(() => {
        throw new DecryptionError(
          'the stored value was changed, or moved from another store key, after it was written',
        )
      })
    return { value: JSON.parse(new platform.TextDecoder().decode(text)) as Json, version: stored.version }
  }

  return {
    ...capabilities(store),
    atomicity: store.atomicity,
    read: async key => decrypt(key, await store.read(key)),
    async compareAndSwap(key, expected, value, options) {
      const text = JSON.stringify(value) // before any wait, since the caller may change it
      const result = await store.compareAndSwap(key, expected, await encrypt(key, text), options)
      return result.swapped ? result : { swapped: false, current: await decrypt(key, result.current) }
    },
    remove: key => store.remove(key),
  }
}

/** Returns the optional capabilities of `store`, unchanged. */
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

/** Returns a function that imports the current keys. It caches each imported key as long as `keys` returns it. */
function keyringOf(keys: EncryptedOptions['keys'], subtle: SubtleCrypto): () => Promise<Key[]> {
  let cache: ReadonlyMap<string, object> = new Map()
  return async () => {
    // Read every key before any wait, since the caller may wipe the bytes.
    const importing = checkKeys(await keys()).map(async bytes => {
      const digest = base64url(sha256(bytes))
      const key =
        cache.get(digest) ?? subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
      return [digest, await key] as const
    })
    const imported = await Promise.all(importing)
    cache = new Map(imported)
    return imported.map(([digest, key]) => ({ kid: digest.slice(0, KID_LENGTH), key }))
  }
}

function checkKeys(keys: readonly Uint8Array[]): readonly Uint8Array[] {
  const valid =
    Array.isArray(keys) && keys.every(key => ArrayBuffer.isView(key) && key.byteLength === KEY_BYTES)
  if (!valid || keys.length === 0)
    throw new TypeError(`keys must resolve to at least one Uint8Array, each of ${KEY_BYTES} bytes`)
  return keys.map(({ buffer, byteOffset }) => new Uint8Array(buffer, byteOffset, KEY_BYTES)) // from any kind of view
}

/** Reads the envelope of an encrypted value, with its texts decoded to bytes. */
function parseEnvelope(value: Json): { kid: string; iv: Uint8Array; data: Uint8Array } {
  const [kid, iv, data] = ['kid', 'iv', 'data'].map(name => own(value, name))
  if (own(value, 'v') === 1 && own(value, 'alg') === ALGORITHM && typeof kid === 'string') {
    const bytes = [iv, data].map(text => (typeof text === 'string' ? fromBase64url(text) : undefined))
    if (bytes[0]?.length === NONCE_BYTES && bytes[1]) return { kid, iv: bytes[0], data: bytes[1] }
  }
  throw new DecryptionError('the stored value is not encrypted, or in an unknown format')
}

/** Returns the data that is authenticated with a value: how it was encrypted, and its store key. */
function authenticatedData(kid: string, storeKey: string): Uint8Array {
  return new platform.TextEncoder().encode(JSON.stringify([1, ALGORITHM, kid, storeKey]))
}
