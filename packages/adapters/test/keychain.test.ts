// Without a keychain. test/system has a real one.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { MemoryTokenStore } from '@latchkey/core'
import { keychainKeys, replaceKeychainKey } from '../src/keychain.ts'
import { runProgram } from './run-program.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'latchkey-keychain-'))
})
afterEach(() => rmSync(home, { recursive: true }))

test('without a Secret Service it is a permanent error that says what to do, and nothing is stored', async () => {
  const env = { PATH: process.env['PATH']!, HOME: home }
  expect(await runProgram(env, join(home, 'store'), 'write', 'key')).toEqual({
    code: 'store_unavailable',
    isPermanent: true,
    message: expect.stringMatching(
      /^the keychain cannot be used: start a Secret Service in this session, such as gnome-keyring or KeePassXC, and unlock it \(.+\)$/,
    ),
  })
  expect(readdirSync(join(home, 'store/accounts'))).toEqual([])
})

test.each([
  [() => keychainKeys(undefined as never), 'store must be a TokenStore'],
  [() => keychainKeys(new MemoryTokenStore(), { keyring: {} as never }), 'keyring must be a function'],
  [() => keychainKeys(new MemoryTokenStore(), { service: '' }), 'service must be a non-empty string'],
  [
    () => keychainKeys(new MemoryTokenStore(), { name: 'x' } as never),
    "'name' is not an option of keychainKeys()",
  ],
])('%s is a TypeError', (call, words) => {
  expect(call).toThrow(TypeError)
  expect(call).toThrow(words)
})

test('a wrong option of replaceKeychainKey changes nothing', async () => {
  const store = new MemoryTokenStore()
  await expect(replaceKeychainKey(store, { service: 1 as never })).rejects.toThrow(TypeError)
  expect(await store.read('keychain/key')).toBeUndefined()
})

test('a damaged name of the key is an error, and no other key is created', async () => {
  const store = new MemoryTokenStore()
  await store.compareAndSwap('keychain/key', undefined, { id: 7 })
  await expect(keychainKeys(store)()).rejects.toThrow('the value of keychain/key in the store is damaged')
})

test('a key whose name was stored, although the store says that another was first, is kept', async () => {
  const secrets = new Map<string, Uint8Array>()
  class AsyncEntry {
    readonly #id: string
    constructor(_: string, id: string) {
      this.#id = id
    }
    setSecret = async (secret: Uint8Array): Promise<void> => void secrets.set(this.#id, secret)
    getSecret = async (): Promise<Uint8Array | undefined> => secrets.get(this.#id)
    deleteCredential = async (): Promise<boolean> => secrets.delete(this.#id)
  }
  const keyring = async () => ({ AsyncEntry }) as never
  const store = new MemoryTokenStore()
  const forgetful = new (class extends MemoryTokenStore {
    override async compareAndSwap(...call: Parameters<MemoryTokenStore['compareAndSwap']>) {
      await store.compareAndSwap(...call)
      return { swapped: false, current: await store.read(call[0]) } as const
    }
  })()
  const [key] = await keychainKeys(forgetful, { keyring })()
  expect([...secrets.values()]).toEqual([key])
  expect(await keychainKeys(store, { keyring })()).toEqual([key])
})
