import type { Failure } from '../failure.ts'
import type { Memory, Unsaved } from './memory.ts'
import type { Refused } from './outcome.ts'
import type { DpopKey, StoredRecord, TokenRecord } from './record.ts'

/** What a flight is started for. */
export interface RefreshRequest {
  /** The access token that an API rejected. */
  readonly rejected?: string
  /** Only tokens newer than the stored ones are accepted. */
  readonly force?: boolean
  /** Refresh an access token that still works, because it soon expires. */
  readonly early?: boolean
  /** Refresh nothing: only store what is unsaved, and heal the store. */
  readonly readOnly?: boolean
  /** How long the access token must still work, in ms; at most half its lifetime counts. Default 10,000. */
  readonly minValidityMs?: number | undefined
  /**
   * With `early`: how long before its end an access token is due, in ms. Default: a tenth of its lifetime, from 60 s to
   * 10 min.
   */
  readonly leewayMs?: number | undefined
  /** The client's scope: tokens of client credentials with another one are renewed. */
  readonly scope?: string | null | undefined
}

/** What the store and the server can do. */
export interface Capabilities {
  /** The scope of the store's locks; absent when it has none. */
  readonly lockScope?: string
  /** The store can tell whether a write lasts. */
  readonly confirm: boolean
  /** The server can revoke tokens (RFC 7009). */
  readonly revoke: boolean
  /** The names of the program's grants. */
  readonly grants?: readonly string[] | undefined
}

/** The input of the refresh machine. */
export interface FlightPlan {
  /** What the caller that starts the flight needs. Later callers join. */
  readonly request: RefreshRequest
  /** Unique: identifies the lease of this flight. */
  readonly id: string
  /** Random: identifies the keeper. */
  readonly owner: string
  /** Decide whether the flight locks, confirms and revokes. */
  readonly capabilities: Capabilities
  /** What this process remembers of the account. The state `done` has it as it is afterwards. */
  readonly memory: Memory
  /** The key for tokens that are not bound to one. */
  readonly newKey?: DpopKey
}

/** A refresh under way in one process, which all callers of the account join. Plain JSON. */
export interface Flight extends FlightPlan {
  /** The generation that this process knew when the flight began. */
  readonly firstGeneration?: number
  /** A forced refresh needs a generation above this one. */
  readonly aboveGeneration?: number
  /** This flight holds the lock, and releases it at its end. */
  readonly locked?: true
  /** When the lock was requested, by the monotonic clock. */
  readonly lockAskedAtMs?: number
  /** The lock could not be acquired: the record alone decides now. */
  readonly lockBusy?: true
  /** The lease of another process, and since when it has not changed, by this process's monotonic clock. */
  readonly watchedLease?: {
    readonly id: string
    readonly count: number
    readonly startedAtMs: number
    readonly sinceMonotonicMs: number
  }
  /** When the write of this flight's lease began, by the monotonic clock: the lease runs from then. */
  readonly leasedAtMs?: number
  /** The record with this flight's lease, as the store has it. */
  readonly leased?: StoredRecord
  /** A spare refresh token that is tried in place of the record's. */
  readonly spareInUse?: string
  /**
   * How often the refresh token was sent, when it was first sent by the monotonic clock, and for how many steps of 5 s
   * the last request has had no response; at most 2 are counted.
   */
  readonly sent?: { readonly times: number; readonly firstMonotonicMs: number; readonly waits: number }
  /** When a refresh token was last sent without a response. */
  readonly sentAtMs?: number
  /** Tokens that the server granted and that are not stored yet. */
  readonly granted?: Unsaved
  /** An earlier flight obtained them and could not store them. */
  readonly fromEarlierFlight?: true
  /** Since when the store fails to take them, by the monotonic clock. */
  readonly unsavedSinceMs?: number
  /** The server rejected the refresh token. */
  readonly invalidGrant?: InvalidGrant
  /** How the server refused, where it did not reject the refresh token. */
  readonly refused?: Refused | 'rejected'
  /** Why this flight failed: nothing more is sent. */
  readonly failure?: Failure
  /** How often another process's newer record was adopted; at most 3. */
  readonly adoptions?: number
  /** How often a response was cut off and only its refresh token was kept; at most 1 is repeated. */
  readonly salvages?: number
  /** How often the store could not make the lease durable; at most 3. */
  readonly unconfirmedLeases?: number
}

/** What a flight knows after the server has rejected a refresh token. */
export interface InvalidGrant {
  /** What the server sent. */
  readonly failure: Failure
  /** The refresh tokens that the server rejected. */
  readonly tried: readonly string[]
  /** When no response to an earlier lease can arrive any more, by the monotonic clock. */
  readonly predecessorsDoneAtMs: number
  /** The refresh token is recent and was sent once more after a pause. */
  readonly retried?: true
}

/** How a flight ends. */
export type Result =
  | {
      readonly type: 'tokens'
      readonly record: TokenRecord
      /** This flight obtained the tokens: waiting callers get them, whatever their lifetime. */
      readonly refreshed: boolean
    }
  | { readonly type: 'failed'; readonly failure: Failure }
