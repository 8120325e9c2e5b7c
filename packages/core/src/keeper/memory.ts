import type { Failure } from '../failure.ts'
import type { Tokens } from '../tokens.ts'
import type { Instant } from './instant.ts'
import type { TokenRecord } from './record.ts'
import { blockOf } from './refusals.ts'

/** Tokens that the server granted and that are not stored yet. */
export interface Unsaved {
  /** The record whose refresh token was used to obtain them. */
  readonly base: TokenRecord
  /** Without an access token if only refresh tokens could be read. */
  readonly tokens: Partial<Tokens>
  /** Unix time in ms. */
  readonly obtainedAtMs: number
  /** Unix time in ms, if known. */
  readonly refreshTokenExpiresAtMs?: number
  /** The refresh tokens that were used on the way. */
  readonly used?: readonly string[]
  /** Only refresh tokens could be read from the response. */
  readonly salvaged?: {
    readonly failure: Failure
    /** Further refresh tokens of the same response. */
    readonly candidates: readonly string[]
    readonly truncated: boolean
  }
}

/** The last refresh of the remembered family by this process, and when it was by both clocks. */
export interface Refreshed {
  /** The generation that the refresh wrote. */
  readonly generation: number
  /** Unix time in ms. */
  readonly atMs: number
  /** By the monotonic clock, in ms. */
  readonly atMonotonicMs: number
  /** The wall clock had jumped since the refresh before, so for a while it is not believed again. */
  readonly isAfterJump?: true
}

/** What one process remembers of an account between two flights. Plain JSON. */
export interface Memory {
  /** When the keeper was created: how far the two clocks have drifted apart is measured from then. */
  readonly startedAt: Instant
  /** The newest record that this process knows, stored or not. */
  readonly record?: TokenRecord
  /** When this process first saw that generation. */
  readonly seenAt?: Instant
  /** When this process first saw what blocks a refresh now, by the monotonic clock. */
  readonly blockSeenAtMs?: number
  /** Absent before the first, and after a sign-in. */
  readonly refreshed?: Refreshed
  /** The next flight stores them first. */
  readonly unsaved?: Unsaved
  /** After failures this process sends nothing for a while. */
  readonly backoff?: {
    readonly failure: Failure
    readonly failures: number
    readonly untilMonotonicMs: number
  }
}

/** Returns `memory` with a record that was just read or written. */
export function remember(memory: Memory, record: TokenRecord, at: Instant): Memory {
  const { record: known, refreshed, seenAt, blockSeenAtMs = at.monotonicMs, ...kept } = memory
  const isSameFamily = known?.family === record.family
  const block = blockOf(record)
  const isSameBlock = !!known && blockOf(known)?.untilMs === block?.untilMs
  return {
    ...kept,
    record,
    seenAt: isSameFamily && known.generation === record.generation && seenAt ? seenAt : at,
    ...(block && { blockSeenAtMs: isSameBlock ? blockSeenAtMs : at.monotonicMs }),
    ...(isSameFamily && refreshed && { refreshed }),
  }
}
