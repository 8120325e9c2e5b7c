// What a look at the record leads to. One function per question, in the order in which they are asked.
import type { Failure } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { RefreshReason } from './events.ts'
import type {
  Leasing,
  Committing,
  Confirming,
  Done,
  Flight,
  RequiringReauth,
  Healing,
  KeepingSpare,
  KeeperEffect,
  Locking,
  Reading,
  NotingRejection,
  Unlocking,
  RenewingLease,
  Revoking,
  Sending,
  EndingLease,
  Waiting,
} from './flight.ts'
import type { Instant } from './instant.ts'
import { remember } from './memory.ts'
import type { SpareRefreshToken, StoredRecord, TokenRecord } from './record.ts'
import type * as allRules from './rules.ts'
import { end, failed, lock, read, step, swap, wait } from './steps.ts'
import { noRenewalFailure, reauthFailure, signedOutFailure, transientFailure } from './failures.ts'

/** The rules that the machine asks. */
export type Rules = typeof allRules

export type Ended = Unlocking | Done
export type Decided =
  | Healing
  | NotingRejection
  | Locking
  | Waiting
  | Leasing
  | RenewingLease
  | Sending
  | Committing
  | Confirming
  | KeepingSpare
  | Revoking
  | RequiringReauth
  | Reading
  | Ended

type To<S> = Step<S, KeeperEffect>

/** How long a lock is waited for, in ms: longer than any refresh holds it. */
const LOCK_TIMEOUT_MS = 60_000
/** How long before a young refresh token is sent once more, in ms. */
const RECENT_PAUSE_MS = 1_500
const MAX_ADOPTIONS = 3

export interface Decisions {
  /** The record is known as it is now. */
  decide(flight: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided>
  /** The refresh token in hand is sent, under a claim that lasts. */
  send(flight: Flight, at: Instant): To<RenewingLease | Sending>
  /** Our claim, as the store has it, is made to last from now. */
  renew(flight: Flight, leased: StoredRecord, at: Instant): To<RenewingLease>
  /** What was granted is in the store. */
  afterCommit(flight: Flight, stored: StoredRecord, at: Instant): To<Decided>
  /** The claim is given up. */
  endLease(flight: Flight, at: Instant): To<EndingLease>
  /** There will be no new tokens; the old ones are handed out where they still work. */
  fail(flight: Flight, failure: Failure, at: Instant): To<Ended>
}

/** `flight` with nothing on its way. */
export function withoutAttempt(flight: Flight): Flight {
  const { leased: _, sent: __, spareInUse: ___, invalidGrant: ____, ...rest } = flight
  return rest
}

/** `flight` with nothing left to store. */
function withoutGrant(flight: Flight): Flight {
  const { granted: _, fromEarlierFlight: __, unsavedSinceMs: ___, ...rest } = flight
  const { unsaved: ____, ...memory } = flight.memory
  return { ...rest, memory }
}

/** The decisions of a machine that asks `rules`. */
export function decisions(rules: Rules): Decisions {
  const decide: Decisions['decide'] = (flight, stored, at) => {
    if (flight.granted) return storeGrant(flight, stored, at)
    const { record: known } = flight.memory
    if (known && rules.mustHeal(flight.memory, stored?.record))
      return swap('healing', flight, stored?.version, rules.healedRecord(known, stored?.record), {
        type: 'store-healed',
        generation: known.generation,
        storedGeneration: stored?.record.generation ?? 0,
      })
    const seen = stored
      ? {
          ...flight,
          firstGeneration: flight.firstGeneration ?? known?.generation ?? stored.record.generation,
          memory: remember(flight.memory, stored.record, at),
        }
      : flight
    return seen.invalidGrant ? afterInvalidGrant(seen, stored, at) : decideRefresh(seen, stored, at)
  }

  /** Nothing is on its way: is a refresh due, and is it ours to make? */
  function decideRefresh(before: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided> {
    if (!stored || stored.record.status === 'signedOut')
      return end(before, { type: 'failed', failure: signedOutFailure(stored?.record) })
    const { record, version } = stored
    const flight =
      before.request.force && before.aboveGeneration === undefined
        ? { ...before, aboveGeneration: record.generation }
        : before

    if (rules.isNewRejection(flight, record)) {
      const noted = rules.withRejection(record, at.nowMs)
      const { rejections = 0 } = noted
      const event = { type: 'token-rejected', generation: record.generation, rejections } as const
      return swap('notingRejection', flight, version, noted, event)
    }
    if (flight.request.readOnly || rules.isUsable(flight, record, at)) return returnStored(flight, record)
    if (record.status === 'reauth' && flight.aboveGeneration === undefined)
      return end(flight, { type: 'failed', failure: reauthFailure(record) })
    if (flight.failure) return fail(flight, flight.failure, at)
    if (record.tokens.refresh_token === undefined && !record.renewal)
      return fail(flight, noRenewalFailure(at.nowMs), at)

    // Somebody else is at it, and this could have waited.
    if (flight.lockBusy && rules.stillWorks(flight, record, at)) return returnStored(flight, record)
    const blocked = blockingFailure(flight, record, at)
    if (blocked) return fail(flight, blocked, at)
    if (flight.capabilities.lockScope !== undefined && !flight.locked)
      return lock(
        { ...flight, lockAskedAtMs: at.monotonicMs },
        rules.stillWorks(flight, record, at) ? 0 : LOCK_TIMEOUT_MS,
      )

    const whose = rules.leaseStatus(flight, record, at)
    const leasing = { ...flight, leasedAtMs: at.monotonicMs }
    if (whose === 'free') return swap('leasing', leasing, version, rules.withLease(flight, record, at))
    if (rules.stillWorks(flight, record, at)) return returnStored(flight, record)
    if (whose === 'live') return waitForLease(flight, record, at)
    const { owner = '', startedAtMs = 0 } = record.lease ?? {}
    return swap('leasing', leasing, version, rules.withLease(flight, record, at), {
      type: 'lock-taken-over',
      owner,
      startedAtMs,
    })
  }

  /** Why the server must not be asked now, if it must not. */
  function blockingFailure(flight: Flight, record: TokenRecord, at: Instant): Failure | undefined {
    const { memory, request, lockBusy } = flight
    const retryAtMs = rules.blockedUntilMs(record, at)
    if (retryAtMs !== undefined)
      return transientFailure(
        record.rejectedGeneration === record.generation
          ? 'an API refuses one new access token after another; the next is got later'
          : 'the authorization server asked not to be asked before',
        retryAtMs,
      )
    const { backoff } = memory
    if (backoff && !request.force && backoff.untilMonotonicMs > at.monotonicMs)
      return { ...backoff.failure, retryAtMs: at.nowMs + backoff.untilMonotonicMs - at.monotonicMs }
    return lockBusy ? transientFailure('another process holds the lock of this account') : undefined
  }

  /** The stored access token will do. */
  function returnStored(flight: Flight, record: TokenRecord): To<Ended> {
    const { firstGeneration = record.generation } = flight
    const adopted =
      record.generation > firstGeneration
        ? [{ type: 'refresh-adopted', generation: record.generation } as const]
        : []
    return end(flight, { type: 'tokens', record, refreshed: false }, ...adopted)
  }

  /** It is somebody else's turn: until they tell, or until their claim has not changed for its whole time. */
  function waitForLease(flight: Flight, record: TokenRecord, at: Instant): To<Waiting> {
    const { id = '', count = 0, startedAtMs = 0, ttlMs = 0 } = record.lease ?? {}
    const lease = { id, count, startedAtMs }
    const watchedLease =
      flight.watchedLease && rules.isSameLease(flight.watchedLease, lease)
        ? flight.watchedLease
        : { ...lease, sinceMonotonicMs: at.monotonicMs }
    const next = at.monotonicMs + rules.pollIntervalMs(at.monotonicMs - watchedLease.sinceMonotonicMs)
    return wait({ ...flight, watchedLease }, Math.min(next, watchedLease.sinceMonotonicMs + ttlMs), 'read')
  }

  const renew: Decisions['renew'] = (flight, leased, at) =>
    swap(
      'renewingLease',
      { ...flight, leased, leasedAtMs: at.monotonicMs },
      leased.version,
      rules.withLeaseRenewed(flight, leased.record, at),
    )

  const send: Decisions['send'] = (flight, at) => {
    const { leased, spareInUse, sent } = flight
    if (!leased) throw new TypeError('nothing is sent without a claim')
    const { record } = leased
    if (rules.mustRenewLease(flight, at)) return renew(flight, leased, at)
    const { times, firstMonotonicMs } = sent ?? { times: 0, firstMonotonicMs: at.monotonicMs }
    const sending = {
      type: 'sending',
      flight: { ...flight, sent: { times: times + 1, firstMonotonicMs } },
    } as const
    const { tokens, renewal, generation } = record
    const effect = { type: 'refresh', refresh_token: spareInUse ?? tokens.refresh_token, renewal } as const
    return times > 0 || flight.invalidGrant
      ? step(sending, effect)
      : step(sending, effect, {
          type: 'refresh-started',
          generation,
          because: refreshReason(flight, record, at),
        })
  }

  function refreshReason(flight: Flight, record: TokenRecord, at: Instant): RefreshReason {
    if (record.rejectedGeneration === record.generation) return 'rejected'
    if (flight.aboveGeneration !== undefined) return 'asked'
    return rules.stillWorks(flight, record, at) ? 'early' : 'expired'
  }

  /** Puts what was granted where it belongs, given what is stored now. */
  function storeGrant(flight: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided> {
    const { granted } = flight
    if (!granted) throw new TypeError('nothing was granted')
    const { base, tokens, obtainedAtMs, salvaged, used = [] } = granted
    const { refresh_token } = tokens
    const comparison = rules.compareToBase(base, stored?.record)
    if (comparison === 'behind') {
      const before = stored?.record.family === base.family ? stored.record : base
      const generation = Math.max(stored?.record.generation ?? 0, base.generation)
      const spareRefreshTokens = (salvaged?.candidates ?? []).reduce<readonly SpareRefreshToken[]>(
        (list, candidate) => rules.withSpare(list, { refresh_token: candidate, obtainedAtMs }),
        before.spareRefreshTokens.filter(spare => !used.includes(spare.refresh_token)),
      )
      const record = rules.withNewTokens({ ...before, generation, spareRefreshTokens }, tokens, obtainedAtMs)
      // What was salvaged comes without an access token: the old one is as good or bad as it was.
      const stillRejected = salvaged && before.rejectedGeneration === before.generation
      const kept = stillRejected ? { ...record, rejectedGeneration: record.generation } : record
      return swap('committing', flight, stored?.version, kept)
    }
    const rest = withoutGrant(flight)
    if (comparison === 'other' || !stored)
      return flight.capabilities.revoke
        ? step({ type: 'revoking', flight: rest, current: stored }, { type: 'revoke', tokens })
        : decide(rest, stored, at)
    const { record, version } = stored
    if (record.tokens.access_token === tokens.access_token && !salvaged)
      return afterCommit(flight, stored, at)
    if (refresh_token === undefined || refresh_token === record.tokens.refresh_token)
      return decide(rest, stored, at)
    const spareRefreshTokens = rules.withSpare(record.spareRefreshTokens, { refresh_token, obtainedAtMs })
    return spareRefreshTokens === record.spareRefreshTokens
      ? decide(rest, stored, at)
      : swap('keepingSpare', flight, version, { ...record, spareRefreshTokens })
  }

  const afterCommit: Decisions['afterCommit'] = (flight, { record }, at) => {
    const { granted, fromEarlierFlight } = flight
    const { salvaged } = granted ?? {}
    const { backoff: _, ...known } = withoutGrant(flight).memory
    const refreshed = { generation: record.generation, atMonotonicMs: at.monotonicMs }
    const memory = { ...remember(known, record, at), ...(!salvaged && { refreshed }) }
    const after = { ...withoutAttempt(withoutGrant(flight)), memory }
    // What was granted to an earlier flight may be past by now.
    if (fromEarlierFlight) return read(after)
    if (salvaged) {
      const again = salvaged.truncated && !flight.salvages
      const aboveGeneration =
        flight.aboveGeneration === undefined ? {} : { aboveGeneration: record.generation }
      return read({
        ...after,
        ...aboveGeneration,
        ...(again ? { salvages: 1 } : { failure: salvaged.failure }),
      })
    }
    const result = { type: 'tokens', record, refreshed: true } as const
    return flight.capabilities.confirm
      ? step({ type: 'confirming', flight: after, result }, { type: 'confirm' })
      : end(after, result, { type: 'refresh-succeeded', generation: record.generation, dirty: false })
  }

  /** The server refused the refresh token. Was it the right one, and is there another? */
  function afterInvalidGrant(flight: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided> {
    const { invalidGrant, leased, adoptions = 0 } = flight
    if (!invalidGrant || !leased) throw new TypeError('nothing was refused')
    if (!stored || rules.hasChanged(leased.record, stored.record)) {
      const rest = withoutAttempt(flight)
      if (adoptions >= MAX_ADOPTIONS)
        return fail(rest, transientFailure('the record changes faster than it can be read'), at)
      return decideRefresh({ ...rest, adoptions: adoptions + 1 }, stored, at)
    }
    const { record } = stored
    const here = { ...flight, leased: stored }
    if (rules.leaseStatus(here, record, at) === 'live') return waitForLease(here, record, at)
    if (at.monotonicMs < invalidGrant.predecessorsDoneAtMs)
      return wait(here, invalidGrant.predecessorsDoneAtMs, 'read')

    const { sent: _, spareInUse: __, ...fresh } = here
    const next = record.spareRefreshTokens.find(
      ({ refresh_token }) => !invalidGrant.tried.includes(refresh_token),
    )
    if (next) return send({ ...fresh, spareInUse: next.refresh_token }, at)
    if (rules.isRecent(record, at) && !invalidGrant.retried)
      return wait(
        { ...fresh, invalidGrant: { ...invalidGrant, retried: true } },
        at.monotonicMs + RECENT_PAUSE_MS,
        'send',
      )
    return swap('requiringReauth', here, stored.version, rules.withReauth(record, at))
  }

  const endLease: Decisions['endLease'] = (flight, at) => {
    const { leased, failure, sentAtMs } = flight
    if (!leased) throw new TypeError('there is no claim to give up')
    const retryAtMs = failure?.retryAtMs
    const record = {
      ...rules.withLeaseEnded(leased.record, sentAtMs),
      ...(retryAtMs !== undefined && retryAtMs > at.nowMs && { notBeforeMs: retryAtMs }),
    }
    return swap('endingLease', flight, leased.version, record)
  }

  const fail: Decisions['fail'] = (flight, failure, at) => {
    const { record } = flight.memory
    const hidden = !!record && rules.stillWorks(flight, record, at)
    const event = failed(failure, hidden)
    return end(
      flight,
      hidden ? { type: 'tokens', record, refreshed: false } : { type: 'failed', failure },
      event,
    )
  }

  return { decide, send, renew, afterCommit, endLease, fail }
}
