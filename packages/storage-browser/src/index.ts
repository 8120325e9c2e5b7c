export { BrowserDpopKeys, type BrowserDpopKeysOptions } from './browser-dpop-keys.ts'
export { BrowserTokenStore, type BrowserTokenStoreOptions, type Persistence } from './browser-token-store.ts'
export { StoreCorruptError } from '@latchkey/core'
export { StoreNewerError } from './errors.ts'
