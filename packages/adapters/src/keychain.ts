// A key for `encrypted`, kept in the keychain of the operating system. Tokens stay in the store: an item of Windows'
// Credential Manager has at most 2,560 bytes, and no keychain has a compare-and-swap. docs/decisions/0011-keychain.md explains the choices.
import { randomBytes, randomUUID } from 'node:crypto'
import { StoreError, type TokenStore } from '@latchkey/core'
import { checkOptionNames, type Json, type Version } from '@latchkey/core/ports'
import type { AsyncEntry } from '@napi-rs/keyring'

/** Options of `keychainKeys` and `replaceKeychainKey`. */
export interface KeychainOptions {
  /** The name that the keychain shows for the key. Default `latchkey`. */
  readonly service?: string | undefined
  /**
   * Loads `@napi-rs/keyring`. Default: `() => import('@napi-rs/keyring')`. Pass that function yourself if the library is installed
   * where only your program finds it.
   */
  readonly keyring?: (() => Promise<Keyring>) | undefined
}

/** What is used of `@napi-rs/keyring`. */
interface Keyring {
  readonly AsyncEntry: typeof AsyncEntry
}

/** A keychain, checked. */
interface Keychain {
  readonly service: string
  readonly keyring: () => Promise<Keyring>
}

/** The store key of the value that names the key of this store in the keychain. It is no secret. */
export const KEY_NAME = 'keychain/key'

const KEY_BYTES = 32

/**
 * Returns the option `keys` of `encrypted`: a key of 32 random bytes in the keychain of the operating system (macOS Keychain,
 * Windows Credential Manager, or the Secret Service of Linux). The first call creates it. `store` names it under `KEY_NAME`,
 * by a compare-and-swap, so that processes that start at once use one key; pass the store that `encrypted` wraps.
 *
 * A keychain may ask the user to unlock it. Call the function once before the client, which waits 5 s for its store.
 *
 * The function rejects with a permanent `StoreError` when the keychain cannot be reached or read, when it has lost the key, and
 * when `@napi-rs/keyring` is not installed. There is no fallback.
 *
 * @throws {TypeError} when `store` is no store, or an option is wrong.
 */
export function keychainKeys(
  store: TokenStore,
  options: KeychainOptions = {},
): () => Promise<readonly Uint8Array[]> {
  const keychain = check('keychainKeys()', store, options)
  let keys: Promise<readonly Uint8Array[]> | undefined
  const load = async (): Promise<readonly Uint8Array[]> => {
    const stored = await store.read(KEY_NAME)
    return [await (stored ? readKey(keychain, stored.value) : createKey(keychain, store, undefined))]
  }
  return () =>
    (keys ??= load().catch((error: unknown) => {
      keys = undefined
      throw error
    }))
}

/**
 * Gives a store another key, for a key that the keychain has lost. What the lost key encrypted stays unreadable: those
 * users must sign in again.
 *
 * @throws {TypeError} when `store` is no store, or an option is wrong.
 * @throws {StoreError} when the keychain cannot be reached or written, or the store fails.
 */
export async function replaceKeychainKey(store: TokenStore, options: KeychainOptions = {}): Promise<void> {
  const keychain = check('replaceKeychainKey()', store, options)
  await createKey(keychain, store, (await store.read(KEY_NAME))?.version)
}

function check(name: string, store: TokenStore, options: KeychainOptions): Keychain {
  checkOptionNames(name, options, ['service', 'keyring'])
  if (typeof store?.compareAndSwap !== 'function') throw new TypeError('store must be a TokenStore')
  const { service = 'latchkey', keyring = () => import('@napi-rs/keyring') } = options
  if (typeof service !== 'string' || service === '') throw new TypeError('service must be a non-empty string')
  if (typeof keyring !== 'function')
    throw new TypeError('keyring must be a function that loads @napi-rs/keyring')
  return { service, keyring }
}

/** Creates a key, and makes it the key of the store. If another process was first, returns that one's. */
async function createKey(
  keychain: Keychain,
  store: TokenStore,
  expected: Version | undefined,
): Promise<Uint8Array> {
  const id = randomUUID()
  const key = new Uint8Array(randomBytes(KEY_BYTES))
  await use(keychain, id, entry => entry.setSecret(key))
  // Before the store names it: from then on, tokens depend on it.
  await readKey(keychain, { id })
  const result = await store.compareAndSwap(KEY_NAME, expected, { id })
  // A store can report a failure of a swap that it made.
  if (result.swapped || idOf(result.current?.value) === id) return key
  await use(keychain, id, entry => entry.deleteCredential())
  return readKey(keychain, result.current?.value ?? null)
}

async function readKey(keychain: Keychain, name: Json): Promise<Uint8Array> {
  const id = idOf(name)
  if (typeof id !== 'string') throw failure(`the value of ${KEY_NAME} in the store is damaged`)
  const secret = await use(keychain, id, entry => entry.getSecret())
  if (secret?.length !== KEY_BYTES)
    throw failure(
      `the keychain of this user has no key ${id} of ${keychain.service}, which the tokens in the store are encrypted with: restore it, or give the tokens up with replaceKeychainKey()`,
    )
  return new Uint8Array(secret)
}

const idOf = (name: Json | undefined): unknown => (Object(name) as { readonly id?: unknown }).id

/** Without this, the library falls back to the kernel's keyring, which a restart of the machine empties. */
const LINUX = { store: 'secret-service' } as const

async function use<T>(
  { service, keyring }: Keychain,
  id: string,
  work: (entry: AsyncEntry) => Promise<T>,
): Promise<T> {
  const { AsyncEntry } = await load(keyring)
  try {
    return await work(new AsyncEntry(service, id, { linux: LINUX }))
  } catch (error) {
    throw failure(`the keychain cannot be used: ${adviceFor(process.platform)} (${wordsOf(error)})`)
  }
}

/** Loads the library when it is needed: it is an optional peer, and has no binary for some platforms. */
async function load(keyring: Keychain['keyring']): Promise<Keyring> {
  try {
    return await keyring()
  } catch (error) {
    throw failure(`the keychain needs @napi-rs/keyring: npm install @napi-rs/keyring (${wordsOf(error)})`)
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  darwin: 'unlock it with: security unlock-keychain',
  linux: 'start a Secret Service in this session, such as gnome-keyring or KeePassXC, and unlock it',
}

const adviceFor = (platform: string): string => ADVICE[platform] ?? 'unlock it'

/** Returns the first line of what another library says. */
const wordsOf = (error: unknown): string => (error as Error).message.split('\n')[0]!

/** Returns an error that is not retried: the user has to do something. */
const failure = (message: string): StoreError => new StoreError(message, undefined, { isPermanent: true })
