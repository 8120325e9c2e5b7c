// The states, messages and effects of the refresh machine.
import type { Failure } from '../failure.ts'
import type { Version } from '../ports/token-store.ts'
import type { Tokens } from '../tokens.ts'
import type { KeeperEvent } from './events.ts'
import type { Flight, Result } from './flight.ts'
import type { Instant } from './instant.ts'
import type { Memory } from './memory.ts'
import type { Outcome } from './outcome.ts'
import type { DpopKey, FamilyFacts, StoredRecord, TokenRecord } from './record.ts'

/** A state of a refresh under way. */
interface In<Type extends string> {
  readonly type: Type
  readonly flight: Flight
}

/** A state in which `record` is being swapped in over `expected`. */
export interface Writing<Type extends string> extends In<Type> {
  readonly expected: Version | undefined
  readonly record: TokenRecord
}

/** A state that lasts until `untilMs` by the monotonic clock, or until the record may have changed. */
export interface Waiting<Type extends string> extends In<Type> {
  readonly untilMs: number
}

// Deciding: what does the record say, and may this process refresh it?
/** The record is read, to decide what to do. */
export type Reading = In<'reading'>
/** The remembered record is written back into a store that lost it. */
export type Healing = Writing<'healing'>
/** The record is marked: an API rejected its access token. */
export type NotingRejection = Writing<'notingRejection'>
/** The store's lock is requested. */
export type Locking = In<'locking'>
/** Another process holds the lease. */
export type WaitingForLease = Waiting<'waitingForLease'>
/** The lease is swapped in: no refresh token has been used yet. */
export type Leasing = Writing<'leasing'>
/** The store is asked whether the lease will last. */
export type ConfirmingLease = In<'confirmingLease'>

// Sending: the refresh token is used.
/** The lease is extended before the next request. */
export type RenewingLease = Writing<'renewingLease'>
/** A request for new tokens is in flight. */
export type Sending = In<'sending'>
/** The server takes long to respond: the lease is extended meanwhile. */
export type KeepingLease = Writing<'keepingLease'>
/** A pause before the same refresh token is sent again. */
export type WaitingToSend = Waiting<'waitingToSend'>
/** The server rejected the refresh token: the record is read again, since another process may have replaced it. */
export type Rereading = In<'rereading'>
/** A pause before the record is read again, since another process may still store new tokens. */
export type WaitingToReread = Waiting<'waitingToReread'>
/** The record is marked: the user must sign in again. */
export type RequiringReauth = Writing<'requiringReauth'>
/** The lease ends without new tokens. */
export type EndingLease = Writing<'endingLease'>

// Storing: new tokens are written.
/** The new tokens are swapped in. */
export type Committing = Writing<'committing'>
/** The record is read again, to commit over it. */
export type ReadingToCommit = In<'readingToCommit'>
/** The store fails. */
export type WaitingToCommit = Waiting<'waitingToCommit'>
/** Another process stored newer tokens; the refresh token of these is kept as a spare. */
export type KeepingSpare = Writing<'keepingSpare'>
/** The account was signed out, or signed in again, meanwhile: the new tokens are revoked. */
export type Revoking = In<'revoking'>
/** The store is asked whether the new tokens will last. */
export interface Confirming extends In<'confirming'> {
  readonly result: Extract<Result, { type: 'tokens' }>
}

/** The lock is released. */
export interface Unlocking {
  readonly type: 'unlocking'
  readonly memory: Memory
  readonly result: Result
  /** Emitted once no lock is held. */
  readonly events: readonly KeeperEvent[]
}
/** The end. No lock is held. */
export interface Done {
  readonly type: 'done'
  readonly memory: Memory
  readonly result: Result
}
/** How every flight ends. */
export type Ended = Unlocking | Done

/** The states of the refresh machine. `done` is final. */
export type KeeperState =
  | Reading
  | Healing
  | NotingRejection
  | Locking
  | WaitingForLease
  | Leasing
  | ConfirmingLease
  | RenewingLease
  | Sending
  | KeepingLease
  | WaitingToSend
  | Rereading
  | WaitingToReread
  | RequiringReauth
  | EndingLease
  | Committing
  | ReadingToCommit
  | WaitingToCommit
  | KeepingSpare
  | Revoking
  | Confirming
  | Ended

/** What was saved of a response that was otherwise unusable. */
export interface Salvaged {
  /** The likeliest first. */
  readonly refresh_tokens: readonly string[]
  /** The response was cut off, so another request is worth while. */
  readonly truncated: boolean
}

/** The server granted new tokens. */
export interface Granted {
  readonly type: 'granted'
  /** A response without a refresh token does not have the old one. */
  readonly tokens: Tokens
}

/** A request for new tokens failed. */
export interface RenewalFailed {
  readonly type: 'failed'
  /** What it means for the refresh token. */
  readonly outcome: Outcome
  /** What callers see. */
  readonly failure: Failure
  /** What could be read of the response. The new refresh token may be in it. */
  readonly salvaged?: Salvaged | undefined
}

/** The result of a request for new tokens. */
export type RenewalResult = Granted | RenewalFailed

/** A stored value that is not a record and is to be replaced; `version`: the store's, if it has one. */
export interface Damaged {
  readonly version: Version | undefined
}

/** The result of an effect, and when it arrived. */
export type KeeperMessage = Instant &
  /** The result of `read`. */
  (
    | {
        readonly type: 'found'
        readonly stored: StoredRecord | undefined
        readonly damaged?: Damaged
      }
    /** The result of `swap`: the record is stored under `version`. */
    | { readonly type: 'swapped'; readonly version: Version }
    /** The result of `swap`: another value was stored meanwhile, and nothing was written. */
    | {
        readonly type: 'conflicted'
        readonly stored: StoredRecord | undefined
        readonly damaged?: Damaged
      }
    /** The result of an effect that uses the store. A write may have been carried out. */
    | { readonly type: 'storeFailed'; readonly failure: Failure }
    /** The result of `lock`: it is held until `unlock`. */
    | { readonly type: 'locked' }
    /** The result of `lock`: it was not free in time. */
    | { readonly type: 'busy' }
    /** The result of `wait`. */
    | { readonly type: 'woke' }
    /** The result of `confirm`. `durable`: the last write lasts, as far as the store can tell. */
    | { readonly type: 'confirmed'; readonly durable: boolean }
    /** The result of `refresh` or `await`. */
    | Granted
    /** `areOthersRefused`: so were other accounts of this client, since the last refresh of any that worked. */
    | (RenewalFailed & { readonly areOthersRefused?: boolean })
    /** There is no response yet. `isQueued`: the request waits for its turn in this process. */
    | { readonly type: 'pending'; readonly isQueued: boolean }
    /** The result of `revoke`, also if the server could not revoke. */
    | { readonly type: 'revoked' }
    /** The result of `unlock`, also if the lock could not be released. */
    | { readonly type: 'unlocked' }
  )

/** What a driver performs for a machine of the keeper. Each but `emit` leads to one message. */
export type KeeperEffect =
  /** Reads the record. Leads to `found` or `storeFailed`. */
  | { readonly type: 'read' }
  /** Writes `record` if the stored version is `expected`. Leads to `swapped`, `conflicted` or `storeFailed`. */
  | { readonly type: 'swap'; readonly expected: Version | undefined; readonly record: TokenRecord }
  /** Acquires the lock within `waitMs` (0: tries once). Leads to `locked`, `busy` or `storeFailed`. */
  | { readonly type: 'lock'; readonly waitMs: number }
  /** Until `untilMs` by the monotonic clock; with `orChanged`, until the record may have changed. */
  | { readonly type: 'wait'; readonly untilMs: number; readonly orChanged: boolean }
  /** Asks the store whether its last write lasts. Leads to `confirmed`. */
  | { readonly type: 'confirm' }
  /** Requests new tokens: with `refresh_token`, or by the renewal of `facts`. Leads to `granted`, `failed` or `pending`. */
  | {
      readonly type: 'refresh'
      readonly refresh_token: string | undefined
      readonly facts: FamilyFacts
      /** The current access token, for a grant that exchanges it for another one. */
      readonly access_token?: string | undefined
    }
  /** Waits on for the response to the last request. */
  | { readonly type: 'await' }
  /** Revokes these tokens at the server (RFC 7009). Leads to `revoked`. */
  | {
      readonly type: 'revoke'
      readonly tokens: Partial<Tokens>
      readonly facts: FamilyFacts
    }
  /** Releases the lock. Leads to `unlocked`. */
  | { readonly type: 'unlock' }
  /** Nothing is bound to the key any more; has no result. */
  | { readonly type: 'destroyKey'; readonly dpop: DpopKey }
  /** Delivered to the listeners at once; has no result. */
  | { readonly type: 'emit'; readonly event: KeeperEvent }
