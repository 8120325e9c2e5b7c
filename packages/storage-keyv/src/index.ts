export { KeyvTokenStore, type KeyvTokenStoreOptions } from './keyv-token-store.ts'
