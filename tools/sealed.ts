import { encrypted, type TokenStore } from '@latchkey/core'

const KEY = new Uint8Array(32).fill(7)

/** `store`, encrypted where a test of it asks for that. */
export const sealed = (store: TokenStore, isEncrypted: boolean): TokenStore =>
  isEncrypted ? encrypted(store, { keys: async () => [KEY] }) : store
