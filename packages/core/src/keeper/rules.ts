// The rules of the refresh protocol, one function each. `docs/explanation/rules.md` shows what goes wrong without each rule.
import type { Failure } from '../failure.ts'
import type { Flight } from './flight.ts'
import type { Instant } from './instant.ts'
import { earlyRefreshMs, remainingMs, requiredMs } from './lifetime.ts'
import type { Memory } from './memory.ts'
import { hasScope, type Lease, type TokenRecord } from './record.ts'
import { withSparesOf } from './record-writes.ts'
import { blockNow } from './refusals.ts'

/** How long a lease lasts unless it is extended, in ms. It is extended every 5 s while a request is under way. */
export const LEASE_TTL_MS = 20_000
/** A lease with less than this left, in ms, is renewed before anything is sent. */
const LEASE_MIN_LEFT_MS = 15_000
/** How long a response usually takes at most, in ms; a slower one is waited for under an extended lease. */
export const SEND_DEADLINE_MS = 10_000
const MAX_SENDS = 3
const SENDS_WITHIN_MS = 8_000
/** When the clocks have drifted apart by more, in ms, one of them has jumped. */
const MAX_DRIFT_MS = 5_000
/** A lease this old, in ms, is abandoned, even if the clocks of two hosts differ by hours. */
const LEASE_MAX_AGE_MS = 86_400_000
/** A refresh token this young, in ms, may not have reached every server of the provider. */
const RECENT_MS = 60_000

/**
 * Has the store lost writes? It has if this process remembers a newer generation of the same family, a refresh token of
 * the same generation that is not stored, a sign-out, or the sign-in that replaced the stored family. It also has if
 * nothing is stored and the account was not signed out.
 */
export function mustHeal({ record: known }: Memory, stored: TokenRecord | undefined): boolean {
  if (!known) return false
  if (!stored) return known.status !== 'signedOut'
  if (stored.family === known.replacedFamily) return true
  if (stored.family !== known.family || stored.status === 'signedOut') return false
  if (known.status === 'signedOut' || stored.generation < known.generation) return true
  return stored.generation === known.generation && withSparesOf(stored, known) !== stored
}

/** Returns the record to write back. A remembered sign-in or sign-out overrides what was stored after its loss. */
export function healed(known: TokenRecord, stored: TokenRecord | undefined): TokenRecord {
  if (!stored || stored.generation < known.generation) return known
  return known.status === 'signedOut' || stored.family !== known.family
    ? { ...known, generation: stored.generation + 1 }
    : withSparesOf(stored, known)
}

/** What a caller requests, and what this process remembers. */
export type RequestContext = Pick<Flight, 'request' | 'memory' | 'aboveGeneration'>

/** Has an API rejected the access token of this generation, as far as this process knows? */
function isRejected(
  { request }: RequestContext,
  { tokens, rejectedGeneration, generation }: TokenRecord,
): boolean {
  return tokens.access_token === request.rejected || rejectedGeneration === generation
}

/** Returns whether the access token can be returned without a refresh. */
export function isUsable(flight: RequestContext, record: TokenRecord, at: Instant): boolean {
  const { request, memory } = flight
  if (!stillWorks(flight, record, at)) return false
  return !request.early || remainingMs(record, memory, at) > earlyRefreshMs(record, request.leewayMs)
}

/** Returns whether the access token works, even if a refresh is due. If so, callers do not see a failed refresh. */
export function stillWorks(flight: RequestContext, record: TokenRecord, at: Instant): boolean {
  const { request, memory, aboveGeneration } = flight
  return (
    record.status === 'live' &&
    record.tokens.access_token !== undefined &&
    hasScope(request.scope, record) &&
    !isRejected(flight, record) &&
    (aboveGeneration === undefined || record.generation > aboveGeneration) &&
    remainingMs(record, memory, at) > requiredMs(record, request.minValidityMs)
  )
}

/**
 * Returns when the access token stops working, in Unix time in ms, or `undefined` when it does not work. Of the request,
 * only the rejected access token counts.
 */
export function worksUntilMs(
  { request, memory }: Flight,
  record: TokenRecord,
  at: Instant,
): number | undefined {
  const { rejected } = request
  const context = { request: rejected === undefined ? {} : { rejected }, memory }
  return stillWorks(context, record, at) ? at.nowMs + remainingMs(record, memory, at) : undefined
}

/** Returns whether a refresh may be sent before the access token expires. */
export function mayRefreshEarly(record: TokenRecord, memory: Memory, at: Instant): boolean {
  return record.because !== 'refresh-token-refused' && !blockNow(record, memory, at)
}

/** Returns whether the record lacks the rejection that this flight reports. */
export function isNewRejection(
  { request }: Flight,
  { tokens, rejectedGeneration, generation }: TokenRecord,
): boolean {
  return (
    request.rejected !== undefined &&
    tokens.access_token === request.rejected &&
    rejectedGeneration !== generation
  )
}

/**
 * Returns the status of the lease. `free`: this process may take it. `abandoned`: so it may, since the holder is gone:
 * this process has the lock that it held, or the lease did not change for its whole duration. `live`: it may not.
 */
export function leaseStatus(flight: Flight, record: TokenRecord, at: Instant): 'free' | 'abandoned' | 'live' {
  const { lease } = record
  if (!lease || lease.ttlMs === 0 || lease.owner === flight.owner) return 'free'
  if (flight.locked && lease.scope === flight.capabilities.lockScope) return 'abandoned'
  const { watchedLease } = flight
  const unchangedMs =
    watchedLease && isSameLease(watchedLease, lease) ? at.monotonicMs - watchedLease.sinceMonotonicMs : 0
  if (unchangedMs >= lease.ttlMs) return 'abandoned'
  return clocksAgree(flight.memory, at) && lease.startedAtMs + LEASE_MAX_AGE_MS < at.nowMs
    ? 'abandoned'
    : 'live'
}

/** Returns whether it is the same lease, not renewed since. */
export function isSameLease(
  a: Pick<Lease, 'id' | 'count' | 'startedAtMs'>,
  b: Pick<Lease, 'id' | 'count' | 'startedAtMs'> | undefined,
): boolean {
  return a.id === b?.id && a.count === b.count && a.startedAtMs === b.startedAtMs
}

/** Have the two clocks run together since this keeper was created? */
function clocksAgree({ startedAt }: Memory, at: Instant): boolean {
  return Math.abs(at.nowMs - startedAt.nowMs - (at.monotonicMs - startedAt.monotonicMs)) < MAX_DRIFT_MS
}

/** Returns `record` with the lease of this flight. Writing it also detects a full disk before the refresh token is used. */
export function withLease(flight: Flight, record: TokenRecord, { nowMs }: Instant): TokenRecord {
  const { lease } = record
  return {
    ...record,
    ...(!record.dpop && flight.newKey && { dpop: flight.newKey }),
    lease: {
      id: flight.id,
      count: (lease?.count ?? 0) + 1,
      owner: flight.owner,
      ...(flight.capabilities.lockScope !== undefined && { scope: flight.capabilities.lockScope }),
      startedAtMs: nowMs,
      ttlMs: LEASE_TTL_MS,
      ...(lease?.sentAtMs !== undefined && { sentAtMs: lease.sentAtMs }),
    },
  }
}

/**
 * Returns `record` with its lease ended: `ttlMs` is 0, so any process may take it. `count` and `sentAtMs` tell the next
 * holder what happened.
 */
export function withLeaseEnded(record: TokenRecord, sentAtMs?: number): TokenRecord {
  const { lease } = record
  if (!lease) return record
  return { ...record, lease: { ...lease, ttlMs: 0, ...(sentAtMs !== undefined && { sentAtMs }) } }
}

/** Returns whether the lease of this flight is gone, or too short for another request. */
export function mustRenewLease({ id, leased, leasedAtMs = 0 }: Flight, { monotonicMs }: Instant): boolean {
  if (leased?.record.lease?.id !== id) return true
  return LEASE_TTL_MS - (monotonicMs - leasedAtMs) < LEASE_MIN_LEFT_MS
}

/** Returns `record` with the lease of this flight lasting from now; adds the lease if it is missing. */
export function withLeaseRenewed(flight: Flight, record: TokenRecord, at: Instant): TokenRecord {
  const { lease } = record
  if (lease?.id !== flight.id) return withLease(flight, record, at)
  const { sentAtMs = lease.sentAtMs } = flight
  return {
    ...record,
    lease: { ...lease, startedAtMs: at.nowMs, ...(sentAtMs !== undefined && { sentAtMs }) },
  }
}

/**
 * Returns whether the same refresh token may be sent once more, after a lost response or a request that was not sent: at
 * most 3 times, the last within 8 s of the first.
 */
export function mayResend({ sent }: Flight, { monotonicMs }: Instant): boolean {
  return !!sent && sent.times < MAX_SENDS && monotonicMs - sent.firstMonotonicMs < SENDS_WITHIN_MS
}

/**
 * Compares the stored record to `base`, whose refresh token was used. `behind`: it may be overwritten. `ahead`: it is a
 * newer generation of the same family. `other`: it is signed out or of another family. A `reauth` of the same generation
 * was premature, and a family that `base` replaced comes from a store that lost writes: both are `behind`.
 */
export function compareToBase(
  base: TokenRecord,
  stored: TokenRecord | undefined,
): 'behind' | 'ahead' | 'other' {
  if (!stored || stored.family === base.replacedFamily) return 'behind'
  if (stored.family !== base.family || stored.status === 'signedOut') return 'other'
  return stored.generation > base.generation ? 'ahead' : 'behind'
}

/** Returns whether the record has changed since its refresh token was sent: then the rejection does not apply to it. */
export function hasChanged(base: TokenRecord, stored: TokenRecord | undefined): boolean {
  return (
    !stored ||
    stored.family !== base.family ||
    stored.generation !== base.generation ||
    stored.status !== base.status ||
    stored.tokens.refresh_token !== base.tokens.refresh_token
  )
}

/**
 * Returns when no response to an earlier lease can arrive any more, by the monotonic clock. Until then a rejection of the
 * refresh token may be premature: that response may have replaced it.
 */
export function predecessorsDoneAtMs({ leased, leasedAtMs = 0 }: Flight, at: Instant): number {
  const { count = 1, sentAtMs } = leased?.record.lease ?? {}
  const predecessor = count > 1 ? leasedAtMs + SEND_DEADLINE_MS : 0
  const sent = sentAtMs !== undefined ? at.monotonicMs + sentAtMs + SEND_DEADLINE_MS - at.nowMs : 0
  return Math.max(predecessor, Math.min(sent, at.monotonicMs + SEND_DEADLINE_MS))
}

/** Returns whether the refresh token is so young that not every server of the provider may know it. */
export function isRecent({ obtainedAtMs }: TokenRecord, { nowMs }: Instant): boolean {
  return Math.abs(nowMs - obtainedAtMs) < RECENT_MS
}

/** Returns `record` with the status `reauth`. The refresh token is kept, the lease is not. */
export function withReauth(record: TokenRecord, { nowMs }: Instant, inDoubt = false): TokenRecord {
  const { lease: _, refusals, inDoubt: __, ...kept } = record
  const wasReauth = record.status === 'reauth'
  return {
    ...kept,
    status: 'reauth',
    sinceMs: wasReauth ? record.sinceMs : nowMs,
    because: 'refresh-token-refused',
    ...(inDoubt && { inDoubt, ...(refusals && { refusals }) }),
  }
}

/**
 * Returns `record` marked: the server rejected its refresh token. The token stays in the record and is not sent again,
 * unless a caller forces a refresh; the access token is used until it expires.
 */
export function withRefreshTokenRejected(record: TokenRecord): TokenRecord {
  return { ...record, because: 'refresh-token-refused' }
}

/** Returns the pause between two reads while another process holds the lease, in ms, after `waitedMs`. */
export function pollIntervalMs(waitedMs: number): number {
  return Math.min(Math.max(waitedMs / 2, 50), 500)
}

/** Returns for how long this process sends nothing after one more failure in a row: until 1, 2, 4 s after the first, then doubling, at most 60 s. */
export function nextBackoff(
  before: Memory['backoff'],
  failure: Failure,
  { monotonicMs }: Instant,
): NonNullable<Memory['backoff']> {
  const failures = (before?.failures ?? 0) + 1
  const untilMonotonicMs = monotonicMs + Math.min(1_000 * 2 ** Math.max(failures - 2, 0), 60_000)
  return { failure, failures, untilMonotonicMs }
}

export { withNewTokens, withSpare } from './record-writes.ts'
export { isSameIdentity } from './merge.ts'
export { blockNow, isEnough, withRefusal, withRejection, withRetryAfter } from './refusals.ts'
