import type { Failure } from '../failure.ts'
import type { Version } from '../ports/token-store.ts'
import type { Tokens } from '../tokens.ts'
import type { KeeperEvent } from './events.ts'
import type { Instant } from './instant.ts'
import type { Memory, Unsaved } from './memory.ts'
import type { Outcome } from './outcome.ts'
import type { Renewal, StoredRecord, TokenRecord } from './record.ts'

/** What a refresh is for. */
export interface RefreshRequest {
  /** The access token that an API refused. */
  readonly rejected?: string
  /** Only tokens newer than those in the store will do. */
  readonly force?: boolean
  /** Refresh although the access token still works, because it soon will not. */
  readonly early?: boolean
  /** Only look: what is unsaved is stored and a store that went back in time is healed, but nothing is refreshed. */
  readonly readOnly?: boolean
  readonly minValidityMs?: number | undefined
  readonly leewayMs?: number | undefined
}

/** What the store and the server can do. */
export interface Capabilities {
  /** The scope of the store's locks; absent when it has none. */
  readonly lockScope?: string
  readonly confirm: boolean
  readonly revoke: boolean
}

/** What a refresh is started with. */
export interface FlightPlan {
  readonly request: RefreshRequest
  /** Random: names this flight's claim. */
  readonly id: string
  /** Random: names the keeper. */
  readonly owner: string
  readonly capabilities: Capabilities
  readonly memory: Memory
}

/** All that a refresh knows on its way. Plain JSON. */
export interface Flight extends FlightPlan {
  /** The generation that this process knew at first. */
  readonly firstGeneration?: number
  /** A forced refresh wants a generation above this one. */
  readonly aboveGeneration?: number
  readonly locked?: true
  readonly lockAskedAtMs?: number
  /** The lock was not to be had; what the store says now decides. */
  readonly lockBusy?: true
  /** Somebody else's claim, and since when by our monotonic clock it has not changed. */
  readonly watchedLease?: {
    readonly id: string
    readonly count: number
    readonly startedAtMs: number
    readonly sinceMonotonicMs: number
  }
  /** When we asked for our claim, by the monotonic clock: it lasts from then. */
  readonly leasedAtMs?: number
  /** The record with our claim, as the store has it. */
  readonly leased?: StoredRecord
  /** An alternate that is tried instead of the record's refresh token. */
  readonly spareInUse?: string
  /** How often the refresh token in hand was sent, and when first by the monotonic clock. */
  readonly sent?: { readonly times: number; readonly firstMonotonicMs: number }
  /** When a refresh token was last sent without an answer. */
  readonly sentAtMs?: number
  /** What the server granted and the store does not have yet. */
  readonly granted?: Unsaved
  /** It was granted to an earlier flight, which could not store it. */
  readonly fromEarlierFlight?: true
  /** Since when, by the monotonic clock, the store does not take it. */
  readonly unsavedSinceMs?: number
  /** The server refused the refresh token. */
  readonly invalidGrant?: InvalidGrant
  /** How it failed; nothing more is sent. */
  readonly failure?: Failure
  readonly adoptions?: number
  readonly salvages?: number
  readonly unconfirmedLeases?: number
}

/** What is known once the server has refused a refresh token. */
export interface InvalidGrant {
  readonly failure: Failure
  /** The refresh tokens that it refused. */
  readonly tried: readonly string[]
  /** When no answer to a predecessor can be on its way any more, by the monotonic clock. */
  readonly predecessorsDoneAtMs: number
  /** The refresh token is young, and was sent once more after a while. */
  readonly retried?: true
}

/** How a refresh ends. */
export type Result =
  | {
      readonly type: 'tokens'
      readonly record: TokenRecord
      /** This flight got them from the server: they are handed to who waits, whatever their lifetime. */
      readonly refreshed: boolean
    }
  | { readonly type: 'failed'; readonly failure: Failure }

interface In<Type extends string> {
  readonly type: Type
  readonly flight: Flight
}

/** The store is asked for the record. */
export type Reading = In<'reading'>
/** What is remembered is put back into a store that went back in time. */
export type Healing = Writing<'healing'>
/** It is noted that an API refused the access token. */
export type NotingRejection = Writing<'notingRejection'>
/** The lock is waited for. */
export type Locking = In<'locking'>
/** Until `untilMs` by the monotonic clock, or until the record may have changed. */
export interface Waiting extends In<'waiting'> {
  readonly untilMs: number
  readonly then: 'read' | 'send'
}
/** The claim is swapped in: nothing is spent yet. */
export type Leasing = Writing<'leasing'>
/** The store is asked whether the claim will last. */
export type ConfirmingLease = In<'confirmingLease'>
/** The claim is made to last longer, before another send. */
export type RenewingLease = Writing<'renewingLease'>
/** The refresh token is on its way. */
export type Sending = In<'sending'>
/** The new tokens are swapped in. */
export type Committing = Writing<'committing'>
/** Somebody else's tokens are stored; our refresh token is kept beside them. */
export type KeepingSpare = Writing<'keepingSpare'>
/** The account was signed out or taken over by another sign-in: what we got is given back. */
export interface Revoking extends In<'revoking'> {
  readonly current: StoredRecord | undefined
}
/** The claim is given up without new tokens. */
export type EndingLease = Writing<'endingLease'>
/** It is noted that the person must sign in again. */
export type RequiringReauth = Writing<'requiringReauth'>
/** The store is asked whether the new tokens will last. */
export interface Confirming extends In<'confirming'> {
  readonly result: Extract<Result, { type: 'tokens' }>
}
/** The lock is released. */
export interface Unlocking {
  readonly type: 'unlocking'
  readonly memory: Memory
  readonly result: Result
  /** To be told once no lock is held. */
  readonly events: readonly KeeperEvent[]
}
/** The end. */
export interface Done {
  readonly type: 'done'
  readonly memory: Memory
  readonly result: Result
}

/** A state in which `record` is being swapped in over `expected`. */
export interface Writing<Type extends string> extends In<Type> {
  readonly expected: Version | undefined
  readonly record: TokenRecord
}

export type KeeperState =
  | Reading
  | Healing
  | NotingRejection
  | Locking
  | Waiting
  | Leasing
  | ConfirmingLease
  | RenewingLease
  | Sending
  | Committing
  | KeepingSpare
  | Revoking
  | EndingLease
  | RequiringReauth
  | Confirming
  | Unlocking
  | Done

/** What could be saved of an answer that was no good otherwise. */
export interface Salvaged {
  /** The likeliest first. */
  readonly refresh_tokens: readonly string[]
  /** The answer broke off, so that asking again is worth while. */
  readonly truncated: boolean
}

/** What becomes of an effect, and when. */
export type KeeperMessage = Instant &
  (
    | { readonly type: 'found'; readonly stored: StoredRecord | undefined }
    | { readonly type: 'swapped'; readonly version: Version }
    | { readonly type: 'conflicted'; readonly current: StoredRecord | undefined }
    | { readonly type: 'storeFailed'; readonly failure: Failure }
    | { readonly type: 'locked' }
    | { readonly type: 'busy' }
    | { readonly type: 'woke' }
    | { readonly type: 'confirmed'; readonly durable: boolean }
    | { readonly type: 'granted'; readonly tokens: Tokens }
    | {
        readonly type: 'failed'
        readonly outcome: Outcome
        readonly failure: Failure
        readonly salvaged?: Salvaged | undefined
      }
    | { readonly type: 'revoked' }
    | { readonly type: 'unlocked' }
  )

/** What a driver does for a machine of the keeper; all but `tell` are answered by one message. */
export type KeeperEffect =
  | { readonly type: 'read' }
  | { readonly type: 'swap'; readonly expected: Version | undefined; readonly record: TokenRecord }
  | { readonly type: 'lock'; readonly waitMs: number }
  /** Until `untilMs` by the monotonic clock; sooner when the record may have changed, where `orChanged`. */
  | { readonly type: 'wait'; readonly untilMs: number; readonly orChanged: boolean }
  | { readonly type: 'confirm' }
  | {
      readonly type: 'refresh'
      readonly refresh_token: string | undefined
      readonly renewal?: Renewal | undefined
    }
  | { readonly type: 'revoke'; readonly tokens: Partial<Tokens> }
  | { readonly type: 'unlock' }
  /** Told to listeners at once, and not waited for. */
  | { readonly type: 'emit'; readonly event: KeeperEvent }
