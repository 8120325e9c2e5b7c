// The rules that make one refresh of many, each a question that the machine asks. `docs/guarantees.md` shows for
// each what goes wrong without it.
import type { Flight } from './flight.ts'
import type { Instant } from './instant.ts'
import { earlyMs, leftMs, neededMs } from './lifetime.ts'
import type { Memory } from './memory.ts'
import { type Claim, type TokenRecord, withAlternates } from './record.ts'

/** A claim holds for so long, in ms, unless it is renewed. */
export const CLAIM_TTL_MS = 45_000
/** With less than this left of it, in ms, a claim is renewed before anything is sent. */
const CLAIM_LEAST_LEFT_MS = 15_000
/** The longest that an answer can be on its way, in ms. */
export const SEND_DEADLINE_MS = 10_000
const MOST_SENDS = 3
const SENDS_WITHIN_MS = 8_000
/** An instant to wait for that is further ahead, in ms, comes from a clock that jumped. */
const LONGEST_NOT_BEFORE_MS = 300_000
/** Clocks that have drifted apart by more, in ms, are not both sane. */
const DRIFT_MS = 5_000
/** A claim that old, in ms, is dead, however wrongly the clocks of two hosts are set: hours are not rare. */
const LONG_PAST_MS = 86_400_000
/** A refresh token that young may not have reached every server yet, in ms. */
const YOUNG_MS = 60_000

/**
 * Has the store gone back in time? It has when this process remembers a newer generation of the same lineage, a
 * refresh token of the same generation that is not there, a sign-out or the sign-in that replaced that lineage,
 * whatever came after the store lost it, or when nothing is there and nobody signed out.
 */
export function mustHeal({ record: known }: Memory, stored: TokenRecord | undefined): boolean {
  if (!known) return false
  if (!stored) return known.status !== 'signedOut'
  if (stored.lineage === known.replaced) return true
  if (stored.lineage !== known.lineage || stored.status === 'signedOut') return false
  if (known.status === 'signedOut' || stored.gen < known.gen) return true
  return stored.gen === known.gen && withAlternates(stored, known) !== stored
}

/** What is put into a store that went back in time. A person's word holds over whatever came after it was lost. */
export function healed(known: TokenRecord, stored: TokenRecord | undefined): TokenRecord {
  if (!stored || stored.gen < known.gen) return known
  return known.status === 'signedOut' || stored.lineage !== known.lineage
    ? { ...known, gen: stored.gen + 1 }
    : withAlternates(stored, known)
}

/** Who asks, and what they know. */
export type Asking = Pick<Flight, 'want' | 'memory' | 'floor'>

/** Has an API refused the access token of this generation, to our knowledge? */
function isRejected({ want }: Asking, { tokens, rejectedGen, gen }: TokenRecord): boolean {
  return tokens.access_token === want.rejected || rejectedGen === gen
}

/** Does the access token still work for who wants it? Nothing is refreshed while it does. */
export function isUsable(flight: Asking, record: TokenRecord, at: Instant): boolean {
  const { want, memory } = flight
  if (!worksStill(flight, record, at)) return false
  return !want.early || leftMs(record, memory, at) > earlyMs(record, want.leewayMs)
}

/** Does it still work, even if a newer one would be better? Then a failure is no caller's business. */
export function worksStill(flight: Asking, record: TokenRecord, at: Instant): boolean {
  const { want, memory, floor } = flight
  return (
    record.status === 'live' &&
    record.tokens.access_token !== undefined &&
    !isRejected(flight, record) &&
    (floor === undefined || record.gen > floor) &&
    leftMs(record, memory, at) > neededMs(record, want.minValidityMs)
  )
}

/** Is this the first time that we hear of the rejection that the flight is about? */
export function isNewRejection({ want }: Flight, { tokens, rejectedGen, gen }: TokenRecord): boolean {
  return want.rejected !== undefined && tokens.access_token === want.rejected && rejectedGen !== gen
}

/**
 * `record` with its access token noted as refused. The first refused generation is refreshed at once; when the one
 * after it is refused as well, the account may be suspended, and the server is left alone for 30 s, then twice as long.
 */
export function rejected(record: TokenRecord, nowMs: number): TokenRecord {
  const rejections = (record.rejections ?? 0) + 1
  const delay = Math.min(30_000 * 2 ** (rejections - 2), LONGEST_NOT_BEFORE_MS)
  return {
    ...record,
    rejectedGen: record.gen,
    rejections,
    ...(rejections >= 2 && { notBeforeMs: nowMs + delay }),
  }
}

/** Until when the server is not to be asked, in Unix time in ms, if that lies ahead. */
export function notBefore({ notBeforeMs }: TokenRecord, { nowMs }: Instant): number | undefined {
  if (notBeforeMs === undefined || notBeforeMs <= nowMs) return undefined
  return notBeforeMs <= nowMs + LONGEST_NOT_BEFORE_MS ? notBeforeMs : undefined
}

/**
 * Whose turn is it? `free`: ours. `dead`: ours too, its owner is gone: we hold the lock that it held, or it
 * has not changed for its whole time. `live`: its owner's.
 */
export function claimStanding(flight: Flight, record: TokenRecord, at: Instant): 'free' | 'dead' | 'live' {
  const { claim } = record
  if (!claim || claim.ttlMs === 0 || claim.owner === flight.owner) return 'free'
  if (flight.locked && claim.scope === flight.offers.lockScope) return 'dead'
  const { watched } = flight
  const unchangedMs = watched && isSameClaim(watched, claim) ? at.monotonicMs - watched.sinceMonotonicMs : 0
  if (unchangedMs >= claim.ttlMs) return 'dead'
  return areSane(flight.memory, at) && claim.startedAtMs + LONG_PAST_MS < at.nowMs ? 'dead' : 'live'
}

/** Is it the same claim, not even renewed? */
export function isSameClaim(
  a: Pick<Claim, 'id' | 'n' | 'startedAtMs'>,
  b: Pick<Claim, 'id' | 'n' | 'startedAtMs'> | undefined,
): boolean {
  return a.id === b?.id && a.n === b.n && a.startedAtMs === b.startedAtMs
}

/** Have the two clocks kept together since this process began to look? */
function areSane({ startedAt }: Memory, at: Instant): boolean {
  return Math.abs(at.nowMs - startedAt.nowMs - (at.monotonicMs - startedAt.monotonicMs)) < DRIFT_MS
}

/** Our claim: it excludes others, tells the next one what happened if we die, and meets a full disk. */
export function claimed(flight: Flight, record: TokenRecord, { nowMs }: Instant): TokenRecord {
  const { claim } = record
  return {
    ...record,
    claim: {
      id: flight.id,
      n: (claim?.n ?? 0) + 1,
      owner: flight.owner,
      ...(flight.offers.lockScope !== undefined && { scope: flight.offers.lockScope }),
      startedAtMs: nowMs,
      ttlMs: CLAIM_TTL_MS,
      ...(claim?.sentAtMs !== undefined && { sentAtMs: claim.sentAtMs }),
    },
  }
}

/** `record` with the claim given up: it only tells how often and when the refresh token was sent. */
export function unclaimed(record: TokenRecord, sentAtMs?: number): TokenRecord {
  const { claim } = record
  if (!claim) return record
  return { ...record, claim: { ...claim, ttlMs: 0, ...(sentAtMs !== undefined && { sentAtMs }) } }
}

/** Is our claim gone, or is too little left of it to send once more under it? */
export function mustRenew({ id, claimed, claimedAtMs = 0 }: Flight, { monotonicMs }: Instant): boolean {
  if (claimed?.record.claim?.id !== id) return true
  return CLAIM_TTL_MS - (monotonicMs - claimedAtMs) < CLAIM_LEAST_LEFT_MS
}

/** `record` with our claim made to last from now, or made if it is not there. */
export function renewed(flight: Flight, record: TokenRecord, at: Instant): TokenRecord {
  const { claim } = record
  if (claim?.id !== flight.id) return claimed(flight, record, at)
  const { sentAtMs = claim.sentAtMs } = flight
  return {
    ...record,
    claim: { ...claim, startedAtMs: at.nowMs, ...(sentAtMs !== undefined && { sentAtMs }) },
  }
}

/** May the same refresh token be sent again, after the server may or may not have got it? */
export function mayResend({ sent }: Flight, { monotonicMs }: Instant): boolean {
  return !!sent && sent.times < MOST_SENDS && monotonicMs - sent.firstMonotonicMs < SENDS_WITHIN_MS
}

/**
 * How what is stored stands to the record whose refresh token was spent: `behind` is ours to write over, `ahead` is a
 * newer generation of the same lineage, `other` is signed out or somebody else's. A `reauth` of the same generation
 * was premature, and a lineage that ours has replaced comes from a store that went back in time: both are behind.
 */
export function standing(base: TokenRecord, stored: TokenRecord | undefined): 'behind' | 'ahead' | 'other' {
  if (!stored || stored.lineage === base.replaced) return 'behind'
  if (stored.lineage !== base.lineage || stored.status === 'signedOut') return 'other'
  return stored.gen > base.gen ? 'ahead' : 'behind'
}

/** Has the record moved on since its refresh token was refused? Then the refusal says nothing about it. */
export function hasMovedOn(base: TokenRecord, stored: TokenRecord | undefined): boolean {
  return (
    !stored ||
    stored.lineage !== base.lineage ||
    stored.gen !== base.gen ||
    stored.status !== base.status ||
    stored.tokens.refresh_token !== base.tokens.refresh_token
  )
}

/**
 * When can no answer to somebody before us be on its way any more, by the monotonic clock? Until then a refusal of
 * the refresh token may be premature: theirs may have replaced it.
 */
export function settledAtMs({ claimed, claimedAtMs = 0 }: Flight, at: Instant): number {
  const { n = 1, sentAtMs } = claimed?.record.claim ?? {}
  const predecessor = n > 1 ? claimedAtMs + SEND_DEADLINE_MS : 0
  const sent = sentAtMs !== undefined ? at.monotonicMs + sentAtMs + SEND_DEADLINE_MS - at.nowMs : 0
  return Math.max(predecessor, Math.min(sent, at.monotonicMs + SEND_DEADLINE_MS))
}

/** Is the refresh token so young that a server far away may not know it yet? */
export function isYoung({ obtainedAtMs }: TokenRecord, { nowMs }: Instant): boolean {
  return Math.abs(nowMs - obtainedAtMs) < YOUNG_MS
}

/** `record` once its person must sign in again. The refresh token is kept, the claim is not. */
export function gaveUp(record: TokenRecord, { nowMs }: Instant): TokenRecord {
  const { claim: _, ...kept } = record
  return { ...kept, status: 'reauth', sinceMs: nowMs, because: 'refresh-token-refused' }
}

/** How long to leave the store alone while somebody else's claim stands, in ms, after `waitedMs`. */
export function pollMs(waitedMs: number): number {
  return Math.min(Math.max(waitedMs / 2, 50), 500)
}

/** How long the server is left alone after so many failures in a row, in ms. */
export function backoffMs(failures: number): number {
  return Math.min(1_000 * 2 ** (failures - 1), 60_000)
}

export { refreshed, withAlternate } from './record.ts'
