export { BrowserTokenStore, type BrowserTokenStoreOptions, type Persistence } from './browser-token-store.ts'
export { StoreCorruptError, StoreNewerError } from './errors.ts'
