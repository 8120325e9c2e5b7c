// The rules that make one refresh of many, each a question that the machine asks. `docs/guarantees.md` shows for
// each what goes wrong without it.
import type { Failure } from '../failure.ts'
import type { Flight } from './flight.ts'
import type { Instant } from './instant.ts'
import { earlyRefreshMs, remainingMs, requiredMs } from './lifetime.ts'
import type { Memory } from './memory.ts'
import type { Lease, TokenRecord } from './record.ts'
import { withSparesOf } from './record-writes.ts'
import { blockNow } from './refusals.ts'

/** A claim holds for so long, in ms, unless it is renewed. */
export const LEASE_TTL_MS = 45_000
/** With less than this left of it, in ms, a claim is renewed before anything is sent. */
const LEASE_MIN_LEFT_MS = 15_000
/** The longest that an answer can be on its way, in ms. */
export const SEND_DEADLINE_MS = 10_000
const MAX_SENDS = 3
const SENDS_WITHIN_MS = 8_000
/** Clocks that have drifted apart by more, in ms, are not both sane. */
const MAX_DRIFT_MS = 5_000
/** A claim that old, in ms, is dead, however wrongly the clocks of two hosts are set: hours are not rare. */
const LEASE_MAX_AGE_MS = 86_400_000
/** A refresh token that young may not have reached every server yet, in ms. */
const RECENT_MS = 60_000

/**
 * Has the store gone back in time? It has when this process remembers a newer generation of the same lineage, a
 * refresh token of the same generation that is not there, a sign-out or the sign-in that replaced that lineage,
 * whatever came after the store lost it, or when nothing is there and nobody signed out.
 */
export function mustHeal({ record: known }: Memory, stored: TokenRecord | undefined): boolean {
  if (!known) return false
  if (!stored) return known.status !== 'signedOut'
  if (stored.family === known.replacedFamily) return true
  if (stored.family !== known.family || stored.status === 'signedOut') return false
  if (known.status === 'signedOut' || stored.generation < known.generation) return true
  return stored.generation === known.generation && withSparesOf(stored, known) !== stored
}

/** What is put into a store that went back in time. A person's word holds over whatever came after it was lost. */
export function healed(known: TokenRecord, stored: TokenRecord | undefined): TokenRecord {
  if (!stored || stored.generation < known.generation) return known
  return known.status === 'signedOut' || stored.family !== known.family
    ? { ...known, generation: stored.generation + 1 }
    : withSparesOf(stored, known)
}

/** Who asks, and what they know. */
export type RequestContext = Pick<Flight, 'request' | 'memory' | 'aboveGeneration'>

/** Has an API refused the access token of this generation, to our knowledge? */
function isRejected(
  { request }: RequestContext,
  { tokens, rejectedGeneration, generation }: TokenRecord,
): boolean {
  return tokens.access_token === request.rejected || rejectedGeneration === generation
}

/** Does the access token still work for who wants it? Nothing is refreshed while it does. */
export function isUsable(flight: RequestContext, record: TokenRecord, at: Instant): boolean {
  const { request, memory } = flight
  if (!stillWorks(flight, record, at)) return false
  return !request.early || remainingMs(record, memory, at) > earlyRefreshMs(record, request.leewayMs)
}

/** Does it still work, even if a newer one would be better? Then a failure is no caller's business. */
export function stillWorks(flight: RequestContext, record: TokenRecord, at: Instant): boolean {
  const { request, memory, aboveGeneration } = flight
  return (
    record.status === 'live' &&
    record.tokens.access_token !== undefined &&
    !isRejected(flight, record) &&
    (aboveGeneration === undefined || record.generation > aboveGeneration) &&
    remainingMs(record, memory, at) > requiredMs(record, request.minValidityMs)
  )
}

/**
 * Until when does the access token work, in Unix time in ms? `undefined`: it does not. A forced refresh does not want
 * it, and it works all the same.
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

/** May a refresh be sent before the access token ends? Otherwise it is used until then. */
export function mayRefreshEarly(record: TokenRecord, memory: Memory, at: Instant): boolean {
  return record.because !== 'refresh-token-refused' && !blockNow(record, memory, at)
}

/** Is this the first time that we hear of the rejection that the flight is about? */
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
 * Whose turn is it? `free`: ours. `dead`: ours too, its owner is gone: we hold the lock that it held, or it
 * has not changed for its whole time. `live`: its owner's.
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

/** Is it the same claim, not even renewed? */
export function isSameLease(
  a: Pick<Lease, 'id' | 'count' | 'startedAtMs'>,
  b: Pick<Lease, 'id' | 'count' | 'startedAtMs'> | undefined,
): boolean {
  return a.id === b?.id && a.count === b.count && a.startedAtMs === b.startedAtMs
}

/** Have the two clocks kept together since this process began to look? */
function clocksAgree({ startedAt }: Memory, at: Instant): boolean {
  return Math.abs(at.nowMs - startedAt.nowMs - (at.monotonicMs - startedAt.monotonicMs)) < MAX_DRIFT_MS
}

/** Our claim: it excludes others, tells the next one what happened if we die, and meets a full disk. */
export function withLease(flight: Flight, record: TokenRecord, { nowMs }: Instant): TokenRecord {
  const { lease } = record
  return {
    ...record,
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

/** `record` with the claim given up: it only tells how often and when the refresh token was sent. */
export function withLeaseEnded(record: TokenRecord, sentAtMs?: number): TokenRecord {
  const { lease } = record
  if (!lease) return record
  return { ...record, lease: { ...lease, ttlMs: 0, ...(sentAtMs !== undefined && { sentAtMs }) } }
}

/** Is our claim gone, or is too little left of it to send once more under it? */
export function mustRenewLease({ id, leased, leasedAtMs = 0 }: Flight, { monotonicMs }: Instant): boolean {
  if (leased?.record.lease?.id !== id) return true
  return LEASE_TTL_MS - (monotonicMs - leasedAtMs) < LEASE_MIN_LEFT_MS
}

/** `record` with our claim made to last from now, or made if it is not there. */
export function withLeaseRenewed(flight: Flight, record: TokenRecord, at: Instant): TokenRecord {
  const { lease } = record
  if (lease?.id !== flight.id) return withLease(flight, record, at)
  const { sentAtMs = lease.sentAtMs } = flight
  return {
    ...record,
    lease: { ...lease, startedAtMs: at.nowMs, ...(sentAtMs !== undefined && { sentAtMs }) },
  }
}

/** May the same refresh token be sent again, after the server may or may not have got it? */
export function mayResend({ sent }: Flight, { monotonicMs }: Instant): boolean {
  return !!sent && sent.times < MAX_SENDS && monotonicMs - sent.firstMonotonicMs < SENDS_WITHIN_MS
}

/**
 * How what is stored stands to the record whose refresh token was spent: `behind` is ours to write over, `ahead` is a
 * newer generation of the same lineage, `other` is signed out or somebody else's. A `reauth` of the same generation
 * was premature, and a lineage that ours has replaced comes from a store that went back in time: both are behind.
 */
export function compareToBase(
  base: TokenRecord,
  stored: TokenRecord | undefined,
): 'behind' | 'ahead' | 'other' {
  if (!stored || stored.family === base.replacedFamily) return 'behind'
  if (stored.family !== base.family || stored.status === 'signedOut') return 'other'
  return stored.generation > base.generation ? 'ahead' : 'behind'
}

/** Has the record moved on since its refresh token was refused? Then the refusal says nothing about it. */
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
 * When can no answer to somebody before us be on its way any more, by the monotonic clock? Until then a refusal of
 * the refresh token may be premature: theirs may have replaced it.
 */
export function predecessorsDoneAtMs({ leased, leasedAtMs = 0 }: Flight, at: Instant): number {
  const { count = 1, sentAtMs } = leased?.record.lease ?? {}
  const predecessor = count > 1 ? leasedAtMs + SEND_DEADLINE_MS : 0
  const sent = sentAtMs !== undefined ? at.monotonicMs + sentAtMs + SEND_DEADLINE_MS - at.nowMs : 0
  return Math.max(predecessor, Math.min(sent, at.monotonicMs + SEND_DEADLINE_MS))
}

/** Is the refresh token so young that a server far away may not know it yet? */
export function isRecent({ obtainedAtMs }: TokenRecord, { nowMs }: Instant): boolean {
  return Math.abs(nowMs - obtainedAtMs) < RECENT_MS
}

/** Returns `record` when the user must sign in again. The refresh token is kept, the lease is not. */
export function withReauth(record: TokenRecord, { nowMs }: Instant, inDoubt = false): TokenRecord {
  const { lease: _, refusals, inDoubt: __, ...kept } = record
  const wasInDoubt = record.status === 'reauth'
  return {
    ...kept,
    status: 'reauth',
    sinceMs: wasInDoubt ? record.sinceMs : nowMs,
    because: 'refresh-token-refused',
    ...(inDoubt && { inDoubt, ...(refusals && { refusals }) }),
  }
}

/** Returns `record` when the refresh token was rejected while the access token works: that is all that is left. */
export function withoutRefreshToken(record: TokenRecord): TokenRecord {
  return { ...record, because: 'refresh-token-refused' }
}

/** How long to leave the store alone while somebody else's claim stands, in ms, after `waitedMs`. */
export function pollIntervalMs(waitedMs: number): number {
  return Math.min(Math.max(waitedMs / 2, 50), 500)
}

/** Returns for how long this process sends nothing after one more failure in a row: 1 s, doubling, at most 60 s. */
export function nextBackoff(
  before: Memory['backoff'],
  failure: Failure,
  { monotonicMs }: Instant,
): NonNullable<Memory['backoff']> {
  const failures = (before?.failures ?? 0) + 1
  const untilMonotonicMs = monotonicMs + Math.min(1_000 * 2 ** (failures - 1), 60_000)
  return { failure, failures, untilMonotonicMs }
}

export { withNewTokens, withSpare } from './record-writes.ts'
export { isSameIdentity } from './merge.ts'
export { blockNow, isEnough, withRefusal, withRejection, withRetryAfter } from './refusals.ts'
