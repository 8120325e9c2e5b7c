// `@latchkey/core/ports`: the interfaces that adapters implement.
export { checkJson, checkOptionNames } from '../util/check-type.ts'
export { systemClock } from '../platform.ts'
export { startRunTimer } from '../util/run-time.ts'
export type { Clock } from './clock.ts'
export type { Crypto } from './crypto.ts'
export type { Logger } from './logger.ts'
export type { Json, LockHold, Locks, Stored, SwapResult, TokenStore, Version } from './token-store.ts'
export type { AbortSignalLike, HttpRequest, HttpResponse, Transport } from './transport.ts'
