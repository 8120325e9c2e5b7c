// Reads or writes a value of an encrypted file store, and prints the result as JSON.
import { findCredentialsAsync } from '@napi-rs/keyring'
import { encrypted } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { keychainKeys, replaceKeychainKey } from '../src/keychain.ts'

const [directory, action, text = ''] = process.argv.slice(2)
const files = new FileTokenStore({ directory: directory! })
const store = encrypted(files, { keys: keychainKeys(files) })

const actions: Readonly<Record<string, () => Promise<unknown>>> = {
  read: async () => (await store.read('key'))?.value ?? null,
  write: async () => (await store.compareAndSwap(text, (await store.read(text))?.version, text)).swapped,
  count: async () => (await findCredentialsAsync('latchkey')).length,
  replace: () => replaceKeychainKey(files),
}
try {
  process.stdout.write(JSON.stringify((await actions[action!]!()) ?? null))
} catch (error) {
  const { code, isPermanent, message } = error as { code?: string; isPermanent?: boolean; message: string }
  process.stdout.write(JSON.stringify({ code, isPermanent, message }))
}
