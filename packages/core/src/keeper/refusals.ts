// What is written when the authorization server refuses a refresh, and when the next one may be sent.
import type { Instant } from './instant.ts'
import type { Refused } from './outcome.ts'
import type { Refusals, TokenRecord } from './record.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** How long no refresh is sent after the first, second, ... refusal of a row, in ms; the last one repeats. */
const PAUSES_MS = {
  // The third comes 10 min after the first: then the user must sign in again, and doubt begins.
  refused: [MINUTE_MS, 9 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS],
  misconfigured: [10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS],
  // A firewall or a captive portal: it may go away at any time.
  unreadable: [...Array<number>(12).fill(5 * MINUTE_MS), HOUR_MS],
} as const satisfies Record<Refused, readonly number[]>

/** So many refusals with an error code, over so long, mean that the user must sign in again. */
const ENOUGH = { count: 3, spanMs: 10 * MINUTE_MS }
/** So many of any kind, over so long, mean the same. */
const ENOUGH_UNREADABLE = { attempts: 6, spanMs: DAY_MS }

/** An instant that lies further ahead, in ms, comes from a clock that jumped. */
const MAX_AHEAD_MS = 6 * HOUR_MS
/** A record from further ahead, in ms, was written by another clock: its waits are measured as durations. */
const TRUSTED_AHEAD_MS = 300_000

/** Leaky bucket: so many refreshes by rejection at once, and one more every 210 s. */
const BUCKET = 3
const LEAK_MS = 210_000

/** Returns `record` after a refusal; the next refresh comes no later than the end of a working access token. */
export function withRefusal(
  record: TokenRecord,
  kind: Refused,
  worksUntilMs: number | undefined,
  { nowMs }: Instant,
): TokenRecord {
  const { count = 0, attempts = 0, firstAtMs = nowMs } = record.refusals ?? {}
  const pauses = PAUSES_MS[kind]
  const pauseMs = pauses[Math.min(attempts, pauses.length - 1)]!
  const refusals: Refusals = {
    count: kind === 'refused' ? count + 1 : count,
    attempts: attempts + 1,
    // The time of a wrong configuration does not count: it is not about the refresh token.
    firstAtMs: attempts === 0 || kind === 'misconfigured' ? nowMs : firstAtMs,
    lastAtMs: nowMs,
    nextTryAtMs: Math.min(nowMs + pauseMs, worksUntilMs ?? Infinity),
  }
  return { ...record, refusals }
}

/** Returns `record` with the instant before which the server asked for no request. */
export function withRetryAfter(record: TokenRecord, nextTryAtMs: number, { nowMs }: Instant): TokenRecord {
  const { count = 0, attempts = 0, firstAtMs = nowMs } = record.refusals ?? {}
  return { ...record, refusals: { count, attempts, firstAtMs, lastAtMs: nowMs, nextTryAtMs } }
}

/**
 * Has the server refused often enough to conclude that the user must sign in again? While other accounts of the client
 * are refused as well, the client is the more likely cause, and a day must pass.
 */
export function isEnough({ refusals }: TokenRecord, areOthersRefused: boolean, { nowMs }: Instant): boolean {
  if (!refusals) return false
  const spanMs = nowMs - refusals.firstAtMs
  const isCounted = refusals.count >= ENOUGH.count && spanMs >= ENOUGH.spanMs
  const isLong = refusals.attempts >= ENOUGH_UNREADABLE.attempts && spanMs >= ENOUGH_UNREADABLE.spanMs
  return isLong || (isCounted && !areOthersRefused)
}

/**
 * Returns `record` with its access token marked as rejected by an API. Each rejection leads to a refresh, since servers
 * may end tokens without `expires_in` (RFC 6749 section 5.1 only recommends it); `blockOf` prevents a loop.
 */
export function withRejection(record: TokenRecord, { nowMs }: Instant): TokenRecord {
  const { level = 0, atMs = nowMs } = record.rejections ?? {}
  const leaked = Math.max(0, level - Math.max(0, nowMs - atMs) / LEAK_MS)
  return {
    ...record,
    rejectedGeneration: record.generation,
    rejections: { level: leaked + 1, atMs: nowMs },
  }
}

/** A reason that allows no refresh before `untilMs`. */
export interface Block {
  /**
   * `rejections`: an API keeps rejecting new tokens; `refusals`: the server refused refreshes; `retry-after`: it named
   * the time.
   */
  readonly reason: 'rejections' | 'refusals' | 'retry-after'
  /** Unix time in ms. */
  readonly untilMs: number
  /** When the record was marked, Unix time in ms by the clock of the process that did it. */
  readonly writtenAtMs: number
}

/** Returns what blocks a refresh the longest, according to the record. */
export function blockOf(record: TokenRecord): Block | undefined {
  const blocks = [blockByRejections(record), blockByRefusals(record)].filter(block => block !== undefined)
  return blocks.sort((a, b) => b.untilMs - a.untilMs)[0]
}

function blockByRejections({ rejections, rejectedGeneration, generation }: TokenRecord): Block | undefined {
  if (!rejections || rejectedGeneration !== generation || rejections.level <= BUCKET) return undefined
  const untilMs = rejections.atMs + (rejections.level - BUCKET) * LEAK_MS
  return { reason: 'rejections', untilMs, writtenAtMs: rejections.atMs }
}

function blockByRefusals({ refusals }: TokenRecord): Block | undefined {
  if (!refusals) return undefined
  const { attempts, nextTryAtMs, lastAtMs } = refusals
  const reason = attempts === 0 ? 'retry-after' : 'refusals'
  return { reason, untilMs: nextTryAtMs, writtenAtMs: lastAtMs }
}

/**
 * Returns what blocks a refresh now, for at most 6 h. If the record comes from a clock that is ahead by more than 5 min,
 * the wait is measured by this process's monotonic clock.
 */
export function blockNow(
  record: TokenRecord,
  memory: { readonly seenAt?: Instant; readonly blockSeenAtMs?: number },
  { nowMs, monotonicMs }: Instant,
): Block | undefined {
  const block = blockOf(record)
  if (!block) return undefined
  const waitMs = Math.min(block.untilMs - block.writtenAtMs, MAX_AHEAD_MS)
  const { seenAt, blockSeenAtMs = seenAt?.monotonicMs ?? monotonicMs } = memory
  const leftMs =
    block.writtenAtMs > nowMs + TRUSTED_AHEAD_MS
      ? blockSeenAtMs + waitMs - monotonicMs
      : block.writtenAtMs + waitMs - nowMs
  return leftMs > 0 ? { ...block, untilMs: nowMs + leftMs } : undefined
}
