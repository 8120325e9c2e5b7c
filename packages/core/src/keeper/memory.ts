import type { Failure } from '../failure.ts'
import type { Tokens } from '../tokens.ts'
import type { Instant } from './instant.ts'
import type { TokenRecord } from './record.ts'

/** Tokens that the server granted and the store does not have yet: dirty ones. */
export interface Unsaved {
  /** The record whose refresh token was spent for them. */
  readonly base: TokenRecord
  readonly tokens: Partial<Tokens>
  readonly obtainedAtMs: number
  /** Alternates that were spent on the way. */
  readonly used?: readonly string[]
  /** The answer was no good but for its refresh tokens. */
  readonly salvaged?: {
    readonly failure: Failure
    /** Further refresh tokens of the same answer, where it named several. */
    readonly candidates: readonly string[]
    readonly truncated: boolean
  }
}

/** What one process remembers of an account between two looks at the store. Plain JSON. */
export interface Memory {
  /** When this process began to look: by then the two clocks agreed. */
  readonly startedAt: Instant
  /** The newest record that this process knows, be it stored or not. */
  readonly record?: TokenRecord
  /** When this process first saw that generation. */
  readonly seenAt?: Instant
  /** The last refresh of that lineage by this process: the generation it made, and when by the monotonic clock. */
  readonly refreshed?: { readonly generation: number; readonly atMonotonicMs: number }
  readonly unsaved?: Unsaved
  /** After failures the server is left alone for a while. */
  readonly backoff?: {
    readonly failure: Failure
    readonly failures: number
    readonly untilMonotonicMs: number
  }
}

/** `memory` with a record that was just seen. */
export function remember(memory: Memory, record: TokenRecord, at: Instant): Memory {
  const { record: known, refreshed, seenAt, ...kept } = memory
  const same = known?.family === record.family
  return {
    ...kept,
    record,
    seenAt: same && known.generation === record.generation && seenAt ? seenAt : at,
    ...(same && refreshed && { refreshed }),
  }
}
