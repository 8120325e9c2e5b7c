import type { Instant } from './instant.ts'
import type { Memory } from './memory.ts'
import type { TokenRecord } from './record.ts'

/** How far ahead of ours a clock may be that wrote a record, in ms; further ahead, its instants say nothing. */
const TRUSTED_AHEAD_MS = 300_000

/** For this long after a refresh the wall clock is not believed that says it is time for the next, in ms. */
const AFTER_REFRESH_MS = 30_000

/** Less than this left, in ms, counts as expired, unless a caller asks for more. */
const MIN_REMAINING_MS = 10_000

const MIN_EARLY_MS = 60_000
const MAX_EARLY_MS = 600_000

/** The lifetime of a record's access token in ms; `Infinity` when the server did not say. */
export function lifetimeMs({ tokens }: TokenRecord): number {
  return tokens.expires_in === undefined ? Infinity : tokens.expires_in * 1000
}

/**
 * How long the access token of a record is good, in ms from `at`; negative when it is past.
 *
 * The wall clock and the monotonic clock each give an end, and the earlier one counts: one may jump, the other stands
 * still while a laptop sleeps. A record from the future tells nothing of its age, so that its token is used
 * until an API refuses it. Within 30 s of a refresh only the monotonic end of what it brought
 * counts, and a lifetime of nothing, like what another process got since, lasts those 30 s at least: neither a clock
 * that jumped nor a server that grants 0 s makes us ask in a loop.
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

/** What must be left of an access token for a caller, in ms: what it asks for, but at most half the lifetime. */
export function requiredMs(record: TokenRecord, minValidityMs: number = MIN_REMAINING_MS): number {
  return Math.min(minValidityMs, lifetimeMs(record) / 2)
}

/**
 * With less than this left, in ms, a refresh is due while the token still works: a tenth of the lifetime, at least
 * 60 s and at most 10 min, or `leewayMs`; never more than half the lifetime.
 */
export function earlyRefreshMs(record: TokenRecord, leewayMs?: number): number {
  const lifetime = lifetimeMs(record)
  const due = leewayMs ?? Math.max(MIN_EARLY_MS, Math.min(lifetime / 10, MAX_EARLY_MS))
  return Math.min(due, lifetime / 2)
}
