import type { Instant } from './instant.ts'
import type { Memory } from './memory.ts'
import type { TokenRecord } from './record.ts'

/** How far ahead of this clock the instants of a record are trusted, in ms. */
const TRUSTED_AHEAD_MS = 300_000

/** How long after a refresh the wall clock cannot cause the next one, in ms. */
const AFTER_REFRESH_MS = 30_000

/** An access token with less than this left, in ms, counts as expired, unless the caller requires more. */
const MIN_REMAINING_MS = 10_000

const MIN_EARLY_MS = 60_000
const MAX_EARLY_MS = 600_000

/** Returns the lifetime of a record's access token in ms; `Infinity` when the server sent none. */
export function lifetimeMs({ tokens }: TokenRecord): number {
  return tokens.expires_in === undefined ? Infinity : tokens.expires_in * 1000
}

/**
 * Returns how long the access token of a record works, in ms from `at`; negative when it has expired.
 *
 * The wall clock and the monotonic clock each give an end, and the earlier one counts: the wall clock may jump, the
 * monotonic clock may stop while a laptop sleeps. A token from the future is used until an API rejects it. For 30 s after
 * a refresh by this process only the monotonic clock counts. In that time a token with a lifetime of 0 s, or one that
 * another process obtained since, counts as working, so a clock that jumps cannot cause refreshes in a loop.
 */
export function remainingMs(record: TokenRecord, memory: Memory, at: Instant): number {
  const lifetime = lifetimeMs(record)
  const { seenAt, refreshed } = memory
  const wall = wallRemainingMs(record, lifetime, at.nowMs)
  const monotonic = seenAt
    ? wallRemainingMs(record, lifetime, seenAt.nowMs) - (at.monotonicMs - seenAt.monotonicMs)
    : Infinity
  const calm =
    refreshed && memory.record?.family === record.family
      ? refreshed.atMonotonicMs + AFTER_REFRESH_MS - at.monotonicMs
      : 0
  if (calm > 0 && refreshed?.generation === record.generation && lifetime > 0) return monotonic
  const left = Math.min(wall, monotonic)
  return calm > 0 ? Math.max(left, calm + Math.max(earlyRefreshMs(record), MIN_REMAINING_MS)) : left
}

function wallRemainingMs({ obtainedAtMs }: TokenRecord, lifetime: number, nowMs: number): number {
  return obtainedAtMs > nowMs + TRUSTED_AHEAD_MS ? Infinity : obtainedAtMs + lifetime - nowMs
}

/** Returns how long an access token must still work for a caller, in ms: at most half its lifetime. */
export function requiredMs(record: TokenRecord, minValidityMs: number = MIN_REMAINING_MS): number {
  return Math.min(minValidityMs, lifetimeMs(record) / 2)
}

/**
 * Returns how long before its end, in ms, an access token that still works is refreshed: `leewayMs`, or a tenth of the
 * lifetime, at least 60 s and at most 10 min; never more than half the lifetime.
 */
export function earlyRefreshMs(record: TokenRecord, leewayMs?: number): number {
  const lifetime = lifetimeMs(record)
  const due = leewayMs ?? Math.max(MIN_EARLY_MS, Math.min(lifetime / 10, MAX_EARLY_MS))
  return Math.min(due, lifetime / 2)
}
