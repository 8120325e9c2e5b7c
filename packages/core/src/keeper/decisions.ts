// What a look at the record leads to. One function per question, in the order in which they are asked.
import type { Failure } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { RefreshReason } from './events.ts'
import type {
  Claiming,
  Committing,
  Confirming,
  Done,
  Flight,
  GivingUp,
  Healing,
  KeepingAlternate,
  KeeperEffect,
  Locking,
  Reading,
  Rejecting,
  Releasing,
  Renewing,
  Revoking,
  Sending,
  Unclaiming,
  Waiting,
} from './flight.ts'
import type { Instant } from './instant.ts'
import { remember } from './memory.ts'
import type { Alternate, StoredRecord, TokenRecord } from './record.ts'
import type * as allRules from './rules.ts'
import { end, failed, lock, read, step, swap, wait } from './steps.ts'
import { nothingToRenewWith, reauthFailure, signedOutFailure, transientFailure } from './verdicts.ts'

/** The rules that the machine asks. */
export type Rules = typeof allRules

export type Ended = Releasing | Done
export type Decided =
  | Healing
  | Rejecting
  | Locking
  | Waiting
  | Claiming
  | Renewing
  | Sending
  | Committing
  | Confirming
  | KeepingAlternate
  | Revoking
  | GivingUp
  | Reading
  | Ended

type To<S> = Step<S, KeeperEffect>

/** How long a lock is waited for, in ms: longer than any refresh holds it. */
const LOCK_PATIENCE_MS = 60_000
/** How long before a young refresh token is sent once more, in ms. */
const YOUNG_PAUSE_MS = 1_500
const MOST_ADOPTIONS = 3

export interface Decisions {
  /** The record is known as it is now. */
  look(flight: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided>
  /** The refresh token in hand is sent, under a claim that lasts. */
  send(flight: Flight, at: Instant): To<Renewing | Sending>
  /** Our claim, as the store has it, is made to last from now. */
  renew(flight: Flight, claimed: StoredRecord, at: Instant): To<Renewing>
  /** What was granted is in the store. */
  kept(flight: Flight, stored: StoredRecord, at: Instant): To<Decided>
  /** The claim is given up. */
  unclaim(flight: Flight, at: Instant): To<Unclaiming>
  /** There will be no new tokens; the old ones are handed out where they still work. */
  fail(flight: Flight, failure: Failure, at: Instant): To<Ended>
}

/** `flight` with nothing on its way. */
export function afresh(flight: Flight): Flight {
  const { claimed: _, sent: __, inHand: ___, refused: ____, ...rest } = flight
  return rest
}

/** `flight` with nothing left to store. */
function settled(flight: Flight): Flight {
  const { granted: _, late: __, unsavedSinceMs: ___, ...rest } = flight
  const { unsaved: ____, ...memory } = flight.memory
  return { ...rest, memory }
}

/** The decisions of a machine that asks `rules`. */
export function decisions(rules: Rules): Decisions {
  const look: Decisions['look'] = (flight, stored, at) => {
    if (flight.granted) return store(flight, stored, at)
    const { record: known } = flight.memory
    if (known && rules.mustHeal(flight.memory, stored?.record))
      return swap('healing', flight, stored?.version, rules.healed(known, stored?.record), {
        type: 'store-healed',
        gen: known.gen,
        storedGen: stored?.record.gen ?? 0,
      })
    const seen = stored
      ? {
          ...flight,
          firstGen: flight.firstGen ?? known?.gen ?? stored.record.gen,
          memory: remember(flight.memory, stored.record, at),
        }
      : flight
    return seen.refused ? afterRefusal(seen, stored, at) : decide(seen, stored, at)
  }

  /** Nothing is on its way: is a refresh due, and is it ours to make? */
  function decide(before: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided> {
    if (!stored || stored.record.status === 'signedOut')
      return end(before, { type: 'failed', failure: signedOutFailure(stored?.record) })
    const { record, version } = stored
    const flight = before.want.force && before.floor === undefined ? { ...before, floor: record.gen } : before

    if (rules.isNewRejection(flight, record)) {
      const noted = rules.rejected(record, at.nowMs)
      const { rejections = 0 } = noted
      const event = { type: 'token-rejected', gen: record.gen, rejections } as const
      return swap('rejecting', flight, version, noted, event)
    }
    if (flight.want.look || rules.isUsable(flight, record, at)) return serve(flight, record)
    if (record.status === 'reauth' && flight.floor === undefined)
      return end(flight, { type: 'failed', failure: reauthFailure(record) })
    if (flight.failure) return fail(flight, flight.failure, at)
    if (record.tokens.refresh_token === undefined && !record.renewal)
      return fail(flight, nothingToRenewWith(at.nowMs), at)

    // Somebody else is at it, and this could have waited.
    if (flight.lockBusy && rules.worksStill(flight, record, at)) return serve(flight, record)
    const blocked = blockage(flight, record, at)
    if (blocked) return fail(flight, blocked, at)
    if (flight.offers.lockScope !== undefined && !flight.locked)
      return lock(
        { ...flight, lockAskedAtMs: at.monotonicMs },
        rules.worksStill(flight, record, at) ? 0 : LOCK_PATIENCE_MS,
      )

    const whose = rules.claimStanding(flight, record, at)
    const claiming = { ...flight, claimedAtMs: at.monotonicMs }
    if (whose === 'free') return swap('claiming', claiming, version, rules.claimed(flight, record, at))
    if (rules.worksStill(flight, record, at)) return serve(flight, record)
    if (whose === 'live') return awaitClaim(flight, record, at)
    const { owner = '', startedAtMs = 0 } = record.claim ?? {}
    return swap('claiming', claiming, version, rules.claimed(flight, record, at), {
      type: 'lock-taken-over',
      owner,
      startedAtMs,
    })
  }

  /** Why the server must not be asked now, if it must not. */
  function blockage(flight: Flight, record: TokenRecord, at: Instant): Failure | undefined {
    const { memory, want, lockBusy } = flight
    const retryAtMs = rules.notBefore(record, at)
    if (retryAtMs !== undefined)
      return transientFailure(
        record.rejectedGen === record.gen
          ? 'an API refuses one new access token after another; the next is got later'
          : 'the authorization server asked not to be asked before',
        retryAtMs,
      )
    const { backoff } = memory
    if (backoff && !want.force && backoff.untilMonotonicMs > at.monotonicMs)
      return { ...backoff.failure, retryAtMs: at.nowMs + backoff.untilMonotonicMs - at.monotonicMs }
    return lockBusy ? transientFailure('another process holds the lock of this account') : undefined
  }

  /** The stored access token will do. */
  function serve(flight: Flight, record: TokenRecord): To<Ended> {
    const { firstGen = record.gen } = flight
    const adopted = record.gen > firstGen ? [{ type: 'refresh-adopted', gen: record.gen } as const] : []
    return end(flight, { type: 'tokens', record, refreshed: false }, ...adopted)
  }

  /** It is somebody else's turn: until they tell, or until their claim has not changed for its whole time. */
  function awaitClaim(flight: Flight, record: TokenRecord, at: Instant): To<Waiting> {
    const { id = '', n = 0, startedAtMs = 0, ttlMs = 0 } = record.claim ?? {}
    const claim = { id, n, startedAtMs }
    const watched =
      flight.watched && rules.isSameClaim(flight.watched, claim)
        ? flight.watched
        : { ...claim, sinceMonotonicMs: at.monotonicMs }
    const next = at.monotonicMs + rules.pollMs(at.monotonicMs - watched.sinceMonotonicMs)
    return wait({ ...flight, watched }, Math.min(next, watched.sinceMonotonicMs + ttlMs), 'read')
  }

  const renew: Decisions['renew'] = (flight, claimed, at) =>
    swap(
      'renewing',
      { ...flight, claimed, claimedAtMs: at.monotonicMs },
      claimed.version,
      rules.renewed(flight, claimed.record, at),
    )

  const send: Decisions['send'] = (flight, at) => {
    const { claimed, inHand, sent } = flight
    if (!claimed) throw new TypeError('nothing is sent without a claim')
    const { record } = claimed
    if (rules.mustRenew(flight, at)) return renew(flight, claimed, at)
    const { times, firstMonotonicMs } = sent ?? { times: 0, firstMonotonicMs: at.monotonicMs }
    const sending = {
      type: 'sending',
      flight: { ...flight, sent: { times: times + 1, firstMonotonicMs } },
    } as const
    const { tokens, renewal, gen } = record
    const effect = { type: 'refresh', refresh_token: inHand ?? tokens.refresh_token, renewal } as const
    return times > 0 || flight.refused
      ? step(sending, effect)
      : step(sending, effect, { type: 'refresh-started', gen, because: reasonOf(flight, record, at) })
  }

  function reasonOf(flight: Flight, record: TokenRecord, at: Instant): RefreshReason {
    if (record.rejectedGen === record.gen) return 'rejected'
    if (flight.floor !== undefined) return 'asked'
    return rules.worksStill(flight, record, at) ? 'early' : 'expired'
  }

  /** Puts what was granted where it belongs, given what is stored now. */
  function store(flight: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided> {
    const { granted } = flight
    if (!granted) throw new TypeError('nothing was granted')
    const { base, tokens, obtainedAtMs, salvaged, spent = [] } = granted
    const { refresh_token } = tokens
    const standing = rules.standing(base, stored?.record)
    if (standing === 'behind') {
      const before = stored?.record.lineage === base.lineage ? stored.record : base
      const gen = Math.max(stored?.record.gen ?? 0, base.gen)
      const alternates = (salvaged?.candidates ?? []).reduce<readonly Alternate[]>(
        (list, candidate) => rules.withAlternate(list, { refresh_token: candidate, obtainedAtMs }),
        before.alternates.filter(alternate => !spent.includes(alternate.refresh_token)),
      )
      const record = rules.refreshed({ ...before, gen, alternates }, tokens, obtainedAtMs)
      // What was salvaged comes without an access token: the old one is as good or bad as it was.
      const stillRejected = salvaged && before.rejectedGen === before.gen
      const kept = stillRejected ? { ...record, rejectedGen: record.gen } : record
      return swap('committing', flight, stored?.version, kept)
    }
    const rest = settled(flight)
    if (standing === 'other' || !stored)
      return flight.offers.revoke
        ? step({ type: 'revoking', flight: rest, current: stored }, { type: 'revoke', tokens })
        : look(rest, stored, at)
    const { record, version } = stored
    if (record.tokens.access_token === tokens.access_token && !salvaged) return kept(flight, stored, at)
    if (refresh_token === undefined || refresh_token === record.tokens.refresh_token)
      return look(rest, stored, at)
    const alternates = rules.withAlternate(record.alternates, { refresh_token, obtainedAtMs })
    return alternates === record.alternates
      ? look(rest, stored, at)
      : swap('keepingAlternate', flight, version, { ...record, alternates })
  }

  const kept: Decisions['kept'] = (flight, { record }, at) => {
    const { granted, late } = flight
    const { salvaged } = granted ?? {}
    const { backoff: _, ...known } = settled(flight).memory
    const refreshed = { gen: record.gen, atMonotonicMs: at.monotonicMs }
    const memory = { ...remember(known, record, at), ...(!salvaged && { refreshed }) }
    const after = { ...afresh(settled(flight)), memory }
    // What was granted to an earlier flight may be past by now.
    if (late) return read(after)
    if (salvaged) {
      const again = salvaged.truncated && !flight.salvages
      const floor = flight.floor === undefined ? {} : { floor: record.gen }
      return read({ ...after, ...floor, ...(again ? { salvages: 1 } : { failure: salvaged.failure }) })
    }
    const result = { type: 'tokens', record, refreshed: true } as const
    return flight.offers.confirm
      ? step({ type: 'confirming', flight: after, result }, { type: 'confirm' })
      : end(after, result, { type: 'refresh-succeeded', gen: record.gen, dirty: false })
  }

  /** The server refused the refresh token. Was it the right one, and is there another? */
  function afterRefusal(flight: Flight, stored: StoredRecord | undefined, at: Instant): To<Decided> {
    const { refused, claimed, adoptions = 0 } = flight
    if (!refused || !claimed) throw new TypeError('nothing was refused')
    if (!stored || rules.hasMovedOn(claimed.record, stored.record)) {
      const rest = afresh(flight)
      if (adoptions >= MOST_ADOPTIONS)
        return fail(rest, transientFailure('the record changes faster than it can be read'), at)
      return decide({ ...rest, adoptions: adoptions + 1 }, stored, at)
    }
    const { record } = stored
    const here = { ...flight, claimed: stored }
    if (rules.claimStanding(here, record, at) === 'live') return awaitClaim(here, record, at)
    if (at.monotonicMs < refused.settledAtMs) return wait(here, refused.settledAtMs, 'read')

    const { sent: _, inHand: __, ...fresh } = here
    const next = record.alternates.find(({ refresh_token }) => !refused.tried.includes(refresh_token))
    if (next) return send({ ...fresh, inHand: next.refresh_token }, at)
    if (rules.isYoung(record, at) && !refused.retried)
      return wait(
        { ...fresh, refused: { ...refused, retried: true } },
        at.monotonicMs + YOUNG_PAUSE_MS,
        'send',
      )
    return swap('givingUp', here, stored.version, rules.gaveUp(record, at))
  }

  const unclaim: Decisions['unclaim'] = (flight, at) => {
    const { claimed, failure, sentAtMs } = flight
    if (!claimed) throw new TypeError('there is no claim to give up')
    const retryAtMs = failure?.retryAtMs
    const record = {
      ...rules.unclaimed(claimed.record, sentAtMs),
      ...(retryAtMs !== undefined && retryAtMs > at.nowMs && { notBeforeMs: retryAtMs }),
    }
    return swap('unclaiming', flight, claimed.version, record)
  }

  const fail: Decisions['fail'] = (flight, failure, at) => {
    const { record } = flight.memory
    const hidden = !!record && rules.worksStill(flight, record, at)
    const event = failed(failure, hidden)
    return end(
      flight,
      hidden ? { type: 'tokens', record, refreshed: false } : { type: 'failed', failure },
      event,
    )
  }

  return { look, send, renew, kept, unclaim, fail }
}
