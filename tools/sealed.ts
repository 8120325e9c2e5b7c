import { encrypted, type TokenStore } from '@latchkey/core'

const KEY = new Uint8Array(32).fill(7)

/** Returns `store`, encrypted if `isEncrypted`. */
export const sealed = (store: TokenStore, isEncrypted: boolean): TokenStore =>
  isEncrypted ? encrypted(store, { keys: async () => [KEY] }) : store
