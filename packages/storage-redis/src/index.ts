export { RedisTokenStore } from './redis-token-store.ts'
export type { RedisTokenStoreOptions, Settings, Target } from './options.ts'
