// `@latchkey/core/keeper`: the machines of the refresh protocol, and what a store holds for an account.
export type { Cause, Failure, FailureCode, Reauth } from '../failure.ts'
export type { AccessTokenOptions } from '../drive/keeper-options.ts'
export type { RefreshIdleCounts, RefreshIdleOptions } from '../functions/refresh-idle.ts'
export type { EventOf } from '../drive/listeners.ts'
export {
  type AccountWrite,
  accountWriteMachine,
  type AccountWritePlan,
  type AccountWriteState,
} from './account-write.ts'
export type { KeeperEvent, RefreshReason } from './events.ts'
export type { FlightPlan, RefreshRequest } from './flight.ts'
export type { KeeperEffect, KeeperMessage, KeeperState } from './states.ts'
export { readRecord, type UnusableRecord } from './read-record.ts'
export {
  keyOf,
  type Owner,
  ownerOf,
  type StatusReason,
  type StoredRecord,
  type TokenRecord,
} from './record.ts'
export type { Block } from './refusals.ts'
export { refreshMachine } from './refresh.ts'
export { statusAt } from './status.ts'
export { ACCOUNT_WRITE, DECIDING, REFRESH, SENDING, STORING } from './transitions.ts'
export { usableAccessToken } from './usable-access-token.ts'
