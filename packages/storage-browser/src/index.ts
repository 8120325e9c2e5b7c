export { BrowserTokenStore, type BrowserTokenStoreOptions, type Persistence } from './browser-token-store.ts'
