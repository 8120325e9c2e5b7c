// The files of the tokens, which `latchkey config keychain on` encrypts with a key in the keychain of the operating system.
import type { KeychainOptions } from '@latchkey/adapters/keychain'
import { encrypted, LatchkeyError, MemoryTokenStore, StoreError, type TokenStore } from '@latchkey/core'
import { ownerOf } from '@latchkey/core/keeper'
import type { Json, Stored, SwapResult, Version } from '@latchkey/core/ports'
import { FileTokenStore, type FileTokenStoreOptions } from '@latchkey/storage-fs'
import type { KeychainState } from './configuration.ts'

/** What a value in the store is; `encrypted` of core writes the sealed ones. */
type Kind = 'plain' | 'sealed'
type Keys = () => Promise<readonly Uint8Array[]>

/** What a store reads and writes. While the tokens are moved, it has values of both kinds, and works. */
const RULES: Readonly<
  Record<KeychainState | 'off', { readonly reads: readonly Kind[]; readonly seals: boolean }>
> = {
  off: { reads: ['plain'], seals: false },
  'turning-on': { reads: ['plain', 'sealed'], seals: true },
  on: { reads: ['sealed'], seals: true },
  'turning-off': { reads: ['plain', 'sealed'], seals: false },
}

const MISMATCHES: Readonly<Record<Kind, string>> = {
  plain: 'the tokens are not encrypted: a program that does not use the keychain wrote them',
  sealed: 'the tokens are encrypted with a key in the keychain, but the configuration file does not say so',
}

/**
 * Opens the files of the tokens. Unless `state` is `off`, reads the key from the keychain first.
 *
 * @throws {StoreError} when the keychain cannot be used, or has lost the key. There is no fallback to plain files.
 */
export async function openFiles(
  options: FileTokenStoreOptions,
  state: KeychainState | 'off',
): Promise<TokenStore> {
  const { keys } = state === 'off' ? NO_KEY : await readKey(options)
  return new KeychainFiles(options, state, keys)
}

/** The configuration file says something else of the keychain than the tokens show. A move corrects it. */
class KeychainMismatchError extends LatchkeyError {
  override readonly name = 'KeychainMismatchError'
  readonly code = 'keychain_mismatch'
}

/** The library is a dependency of this package, which @latchkey/adapters may not find beside itself. */
export const KEYCHAIN: KeychainOptions = { keyring: () => import('@napi-rs/keyring') }

const NO_KEY = { keys: (): Promise<readonly Uint8Array[]> => Promise.resolve([]) }

/** The files of a store as they are, and the key that encrypts them. */
interface Keyed {
  readonly files: FileTokenStore
  readonly keys: Keys
}

/**
 * Reads the key of a store from the keychain, or creates it there.
 *
 * @throws {StoreError} when the keychain cannot be used, or has lost the key.
 */
export async function readKey(options: FileTokenStoreOptions): Promise<Keyed> {
  const { keychainKeys } = await import('@latchkey/adapters/keychain')
  const files = new FileTokenStore(options)
  const keys = keychainKeys(files, KEYCHAIN)
  await keys()
  return { files, keys }
}

/** A `FileTokenStore` whose values are plain or sealed. */
export class KeychainFiles extends FileTokenStore {
  readonly #rules: (typeof RULES)['on']
  readonly #keys: Keys

  constructor(options: FileTokenStoreOptions, state: keyof typeof RULES, keys: Keys) {
    super(options)
    this.#rules = RULES[state]
    this.#keys = keys
  }

  override async read(key: string): Promise<Stored | undefined> {
    return this.#open(key, await super.read(key))
  }

  override async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    options?: { readonly expiresAtMs?: number },
  ): Promise<SwapResult> {
    const written = this.#rules.seals ? await seal(key, value, this.#keys) : value
    const result = await super.compareAndSwap(key, expected, written, options)
    return result.swapped ? result : { swapped: false, current: await this.#open(key, result.current) }
  }

  async #open(key: string, stored: Stored | undefined): Promise<Stored | undefined> {
    if (!stored) return undefined
    const kind = isSealed(stored.value) ? 'sealed' : 'plain'
    if (!this.#rules.reads.includes(kind)) {
      // Without a key in the keychain, a program encrypted it with a key of its own: to this one it is no record.
      if (kind === 'sealed' && !(await this.#hasKeychainKey())) return stored
      throw new KeychainMismatchError(MISMATCHES[kind])
    }
    return kind === 'sealed' ? await unseal(key, stored, this.#keys) : stored
  }

  async #hasKeychainKey(): Promise<boolean> {
    const { KEY_NAME } = await import('@latchkey/adapters/keychain')
    return (await super.read(KEY_NAME)) !== undefined
  }
}

/** Returns whether `encrypted` wrote a value. A token record has no `alg`. */
function isSealed(value: Json): boolean {
  return (Object(value) as { readonly alg?: unknown }).alg === 'A256GCM'
}

async function seal(key: string, value: Json, keys: Keys): Promise<Json> {
  const memory = new MemoryTokenStore()
  await encrypted(memory, { keys }).compareAndSwap(key, undefined, value)
  return (await memory.read(key))!.value
}

/** @throws {DecryptionError} when the value is not encrypted, or not with this key. */
async function unseal(key: string, { value, version }: Stored, keys: Keys): Promise<Stored> {
  const memory = new MemoryTokenStore()
  await memory.compareAndSwap(key, undefined, value)
  return { value: (await encrypted(memory, { keys }).read(key))!.value, version }
}

/** Whether a key holds a registration or a login of `@latchkey/mcp`, which belong to accounts. */
const isOfMcp = (key: string): boolean => key.startsWith('mcp-')

/** A refresh holds the lock for at most 60 s, and a store call for 5 s. */
const LONGEST_HOLD_MS = 70_000

/** A file store keeps the value before the last one, and the space of one more. The last write leaves none of the plain ones. */
const WRITES = { sealed: 3, plain: 1 } as const

/**
 * Encrypts or decrypts every account of the files, one after the other, under its lock: a refresh that runs finishes first.
 * Resolves to the number of accounts.
 *
 * @throws {StoreError} when the store fails, or an account is locked for too long.
 * @throws {DecryptionError} when an account that is to be decrypted was encrypted with another key.
 */
export async function moveAccounts(
  { files, keys }: Keyed,
  to: keyof typeof WRITES,
  signal: AbortSignal,
): Promise<number> {
  const convert = {
    sealed: (key: string, stored: Stored) =>
      isSealed(stored.value) ? stored.value : seal(key, stored.value, keys),
    plain: async (key: string, stored: Stored) =>
      isSealed(stored.value) ? (await unseal(key, stored, keys)).value : stored.value,
  }[to]
  let count = 0
  for await (const key of files.keys()) {
    const owner = ownerOf(key)
    if (!owner && !isOfMcp(key)) continue
    const hold = await files.locks?.acquire(key, { waitMs: LONGEST_HOLD_MS, signal })
    signal.throwIfAborted()
    const user = owner ? `account ${owner.account} of ${owner.provider}` : key
    if (!hold) throw new StoreError(`another program uses ${user}`)
    try {
      for (let written = 0; written < WRITES[to];) {
        const stored = await files.read(key)
        if (!stored) break
        // A sign-in, which takes no lock, may write meanwhile.
        const { swapped } = await files.compareAndSwap(key, stored.version, await convert(key, stored))
        if (swapped) written += 1
      }
    } finally {
      await hold.release()
    }
    if (owner) count += 1
  }
  return count
}
