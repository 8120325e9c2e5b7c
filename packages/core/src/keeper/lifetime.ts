import type { Instant } from './instant.ts'
import type { Memory, Refreshed } from './memory.ts'
import type { TokenRecord } from './record.ts'
import type { Tokens } from '../tokens.ts'
import { seconds } from '../wire/seconds.ts'

/** How far ahead of this clock the instants of a record are trusted, in ms. */
const TRUSTED_AHEAD_MS = 300_000

/** How long after a refresh the wall clock can cause only one more, in ms. */
const AFTER_REFRESH_MS = 30_000

/** An access token with less than this left, in ms, counts as expired, unless the caller requires more. */
const MIN_REMAINING_MS = 10_000

/** When the wall clock has gained more on the monotonic clock, in ms, one of them has jumped. */
const MAX_DRIFT_MS = 5_000

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
 * monotonic clock may stop while a laptop sleeps. A token from the future is used until an API rejects it.
 *
 * No clock can cause refreshes in a loop: for 30 s after a refresh by this process, a jump of the wall clock is believed
 * once, a lifetime of 0 s counts as more, and so does the lifetime of a token from a host whose clock is behind.
 */
export function remainingMs(record: TokenRecord, memory: Memory, at: Instant): number {
  const lifetime = lifetimeMs(record)
  const { seenAt, refreshed } = memory
  const wall = wallRemainingMs(record, lifetime, at.nowMs)
  const monotonic = seenAt
    ? wallRemainingMs(record, lifetime, seenAt.nowMs) - (at.monotonicMs - seenAt.monotonicMs)
    : Infinity
  const left = Math.min(wall, monotonic)
  if (!refreshed || memory.record?.family !== record.family || !isRecent(refreshed, at)) return left
  const jumped = hasJumped(refreshed, at)
  if (refreshed.generation === record.generation && lifetime > 0)
    return jumped && !refreshed.isAfterJump ? left : monotonic
  // A later token was obtained later, unless the clock of its host is behind.
  const isBehind = record.obtainedAtMs < refreshed.atMs || (jumped && refreshed.isAfterJump)
  if (!isBehind && lifetime > 0) return left
  const calmMs = refreshed.atMonotonicMs + AFTER_REFRESH_MS - at.monotonicMs
  const lifted = calmMs + Math.max(earlyRefreshMs(record), MIN_REMAINING_MS)
  const seenMs = seenAt ? at.monotonicMs - seenAt.monotonicMs : 0
  return Math.max(left, lifetime > 0 ? Math.min(lifted, lifetime - seenMs) : lifted)
}

function isRecent({ atMonotonicMs }: Refreshed, { monotonicMs }: Instant): boolean {
  return monotonicMs - atMonotonicMs < AFTER_REFRESH_MS
}

/** Has the wall clock jumped forward, or the monotonic clock stood still, within 30 s after a refresh? */
export function hasJumped(refreshed: Refreshed | undefined, at: Instant): boolean {
  if (!refreshed || !isRecent(refreshed, at)) return false
  return at.nowMs - refreshed.atMs - (at.monotonicMs - refreshed.atMonotonicMs) > MAX_DRIFT_MS
}

/** The lifetime of a refresh token in s, as servers call it. */
const REFRESH_TOKEN_LIFETIME = /^(x_)?(refresh(_token)?|rt)_expires_in$/

/** Returns when the refresh token of a response ends; without a lifetime in the response, `known`. */
export function refreshTokenEnd(
  response: Partial<Tokens>,
  obtainedAtMs: number,
  known?: number,
): { readonly refreshTokenExpiresAtMs?: number } {
  const name = Object.keys(response).find(member => REFRESH_TOKEN_LIFETIME.test(member)) ?? ''
  const lifetime = seconds(response[name])
  const end = lifetime ? obtainedAtMs + lifetime * 1000 : known
  return end === undefined ? {} : { refreshTokenExpiresAtMs: end }
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

/** Returns `memory` with a refresh that just succeeded. */
export function rememberRefresh(memory: Memory, generation: number, at: Instant): Memory {
  const refreshed = { generation, atMs: at.nowMs, atMonotonicMs: at.monotonicMs }
  return {
    ...memory,
    refreshed: { ...refreshed, ...(hasJumped(memory.refreshed, at) && { isAfterJump: true }) },
  }
}
