// Phase two: the refresh token is used, under a lease that lasts.
import type { Failure } from '../failure.ts'
import type { Handlers } from '../machine/machine.ts'
import type { KeeperEvent, RefreshReason } from './events.ts'
import { doubtFailure, invalidGrantFailure, transientFailure } from './failures.ts'
import type { Flight, InvalidGrant } from './flight.ts'
import { heal, see } from './healing.ts'
import type { Instant } from './instant.ts'
import { remember } from './memory.ts'
import { refreshTokenEnd } from './lifetime.ts'
import { mergeTokens } from './merge.ts'
import type { Refused } from './outcome.ts'
import { factsOf, type StoredRecord, type TokenRecord, withScope } from './record.ts'
import type {
  EndingLease,
  KeeperEffect,
  KeeperMessage,
  KeeperState,
  KeepingLease,
  RenewingLease,
  RequiringReauth,
  Sending,
  WaitingToReread,
  WaitingToSend,
} from './states.ts'
import {
  end,
  fail,
  failedEvent,
  read,
  reread,
  type Rules,
  step,
  storeFailed,
  swap,
  type To,
  wait,
  waitForLease,
  withoutAttempt,
} from './steps.ts'
import { commit } from './storing.ts'
import type { SENDING } from './transitions.ts'

/** How long before a recent refresh token is sent once more, in ms. */
const RECENT_PAUSE_MS = 1_500
/** How long before a refresh token is sent again if the server could not be reached or responded, in ms; doubling. */
const RESEND_PAUSE_MS = 500
/** After so many steps of 5 s without a response, the callers get an error; the request goes on. */
const MAX_WAITS = 2
/** How long before a lease that would not last is taken again, in ms. */
const UNCONFIRMED_PAUSE_MS = 200
const ANOTHER_ACCOUNT = transientFailure(
  'the server granted the tokens of another account, which are not kept',
)

/** Sends the refresh token, and renews the lease first if too little of it is left. */
export function send(rules: Rules, flight: Flight, at: Instant): To<RenewingLease | Sending> {
  const { record } = leasedOf(flight)
  if (rules.mustRenewLease(flight, at)) return renewLease(rules, flight, leasedOf(flight), at)
  const { times, firstMonotonicMs } = flight.sent ?? { times: 0, firstMonotonicMs: at.monotonicMs }
  const sent = { times: times + 1, firstMonotonicMs, waits: 0 }
  const { tokens, generation, ...facts } = withScope(flight.request.scope, record)
  const isFirst = times === 0 && !flight.invalidGrant
  const started = {
    type: 'refresh-started',
    generation,
    because: reasonOf(rules, flight, record, at),
  } as const
  return step(
    { type: 'sending', flight: { ...flight, sent } },
    {
      type: 'refresh',
      refresh_token: flight.spareInUse ?? tokens.refresh_token,
      facts: factsOf(facts),
      ...(facts.renewal && { access_token: tokens.access_token }),
    },
    ...(isFirst ? [started] : []),
  )
}

function renewLease(rules: Rules, flight: Flight, leased: StoredRecord, at: Instant): To<RenewingLease> {
  const renewing = { ...flight, leased, leasedAtMs: at.monotonicMs }
  return swap('renewingLease', renewing, leased.version, rules.withLeaseRenewed(flight, leased.record, at))
}

/** Extends the lease while the server takes long. Another process would otherwise take it over and send as well. */
function keepLease(
  rules: Rules,
  flight: Flight,
  { record, version }: StoredRecord,
  at: Instant,
  ...events: readonly KeeperEvent[]
): To<KeepingLease> {
  const kept = rules.withLeaseRenewed(flight, record, at)
  return swap('keepingLease', { ...flight, leasedAtMs: at.monotonicMs }, version, kept, ...events)
}

/** Waits on for the response. */
function awaitResponse(flight: Flight): To<Sending> {
  return step({ type: 'sending', flight }, { type: 'await' })
}

function reasonOf(rules: Rules, flight: Flight, record: TokenRecord, at: Instant): RefreshReason {
  if (record.rejectedGeneration === record.generation) return 'rejected'
  if (flight.aboveGeneration !== undefined) return 'asked'
  return rules.stillWorks(flight, record, at) ? 'early' : 'expired'
}

/** Ends the lease without new tokens, and notes the server's response in the record. */
export function endLease(rules: Rules, flight: Flight, at: Instant): To<EndingLease> {
  const { record, version } = leasedOf(flight)
  const ended = rules.withLeaseEnded(record, flight.sentAtMs)
  return swap('endingLease', flight, version, withResponseNoted(rules, flight, ended, at))
}

/** Returns `record` with what the response to this flight means for the next refresh. */
function withResponseNoted(rules: Rules, flight: Flight, record: TokenRecord, at: Instant): TokenRecord {
  const { refused, failure } = flight
  if (refused === 'rejected') return rules.withRefreshTokenRejected(record)
  if (refused) return rules.withRefusal(record, refused, rules.worksUntilMs(flight, record, at), at)
  const { retryAtMs = 0 } = failure ?? {}
  return retryAtMs > at.nowMs ? rules.withRetryAfter(record, retryAtMs, at) : record
}

/** Ends the lease after a failure; this process sends nothing for a while, longer after each failure. */
function backOff(rules: Rules, flight: Flight, failure: Failure, at: Instant): To<EndingLease> {
  const memory = { ...flight.memory, backoff: rules.nextBackoff(flight.memory.backoff, failure, at) }
  return endLease(rules, { ...flight, failure, memory }, at)
}

/** The server refused without rejecting the refresh token. After enough refusals the user must sign in again. */
function afterRefusal(
  rules: Rules,
  flight: Flight,
  refused: Refused,
  failure: Failure,
  areOthersRefused: boolean,
  at: Instant,
): To<EndingLease | RequiringReauth> {
  const { record, version } = leasedOf(flight)
  const worksUntilMs = rules.worksUntilMs(flight, record, at)
  const noted = rules.withRefusal(record, refused, worksUntilMs, at)
  const mayBeOver = refused !== 'misconfigured' && worksUntilMs === undefined
  if (mayBeOver && (record.inDoubt || rules.isEnough(noted, areOthersRefused, at)))
    return swap('requiringReauth', { ...flight, failure }, version, rules.withReauth(noted, at, true))
  const everyone = areOthersRefused ? '. Every account of this client is refused: check the client' : ''
  return backOff(rules, { ...flight, refused }, { ...failure, message: failure.message + everyone }, at)
}

/** The server rejected the refresh token. Was it the current one, and is there a spare? */
function afterInvalidGrant(
  rules: Rules,
  flight: Flight,
  invalidGrant: InvalidGrant,
  stored: StoredRecord,
  at: Instant,
): To<RenewingLease | Sending | WaitingToReread | WaitingToSend | EndingLease | RequiringReauth> {
  const { record, version } = stored
  const here = { ...flight, leased: stored }
  if (rules.leaseStatus(here, record, at) === 'live')
    return waitForLease(rules, 'waitingToReread', here, record, at)
  if (at.monotonicMs < invalidGrant.predecessorsDoneAtMs)
    return wait('waitingToReread', here, invalidGrant.predecessorsDoneAtMs, true)

  const { sent: _, spareInUse: __, ...rest } = here
  const spare = record.spareRefreshTokens.find(
    ({ refresh_token }) => !invalidGrant.tried.includes(refresh_token),
  )
  if (spare) return send(rules, { ...rest, spareInUse: spare.refresh_token }, at)
  if (rules.isRecent(record, at) && !invalidGrant.retried) {
    const once = { ...rest, invalidGrant: { ...invalidGrant, retried: true } } as const
    return wait('waitingToSend', once, at.monotonicMs + RECENT_PAUSE_MS, false)
  }
  // An early refresh must not cost an access token that works.
  if (rules.worksUntilMs(flight, record, at) !== undefined)
    return endLease(rules, { ...here, refused: 'rejected', failure: invalidGrantFailure(here, at.nowMs) }, at)
  return swap('requiringReauth', here, version, rules.withReauth(record, at))
}

/** Returns the record with this flight's lease. */
function leasedOf({ leased }: Flight): StoredRecord {
  if (!leased) throw new TypeError('nothing is sent without a lease')
  return leased
}

/** Returns the refresh tokens that this flight has used. */
function usedRefreshTokens({ leased, spareInUse, invalidGrant }: Flight): readonly string[] {
  const used = spareInUse ?? leased?.record.tokens.refresh_token
  return [...(invalidGrant?.tried ?? []), ...(used === undefined ? [] : [used])]
}

/** Returns the handlers of this phase. */
export function sending(rules: Rules): Handlers<KeeperState, KeeperMessage, KeeperEffect, typeof SENDING> {
  const endOnStoreFailure = storeFailed(rules)
  return {
    renewingLease: {
      swapped: ({ flight, record }, { version, ...at }) =>
        send(rules, { ...flight, leased: { record, version } }, at),
      conflicted: ({ flight }, { stored, ...at }) =>
        stored?.record.lease?.id === flight.id
          ? renewLease(rules, flight, stored, at)
          : read(withoutAttempt(flight)),
      storeFailed: endOnStoreFailure,
    },
    sending: {
      granted({ flight }, { tokens: response, ...at }) {
        const { record } = leasedOf(flight)
        if (!rules.isSameIdentity(record.tokens, response)) return backOff(rules, flight, ANOTHER_ACCOUNT, at)
        const { spareInUse, leased } = flight
        const before =
          spareInUse === undefined ? record.tokens : { ...record.tokens, refresh_token: spareInUse }
        // Client credentials (RFC 6749 section 4.4) have nothing to merge: each response stands alone.
        const tokens = record.renewal ? response : mergeTokens(before, response)
        const isKept = tokens.refresh_token === record.tokens.refresh_token
        const granted = {
          base: withScope(flight.request.scope, record),
          tokens,
          ...refreshTokenEnd(response, at.nowMs, isKept ? record.refreshTokenExpiresAtMs : undefined),
          obtainedAtMs: at.nowMs,
          used: usedRefreshTokens(flight),
        }
        return commit(rules, flight, granted, leased)
      },
      failed({ flight }, { outcome, failure, salvaged, areOthersRefused = false, ...at }) {
        const { record } = leasedOf(flight)
        if (salvaged) {
          const [refresh_token, ...candidates] = salvaged.refresh_tokens
          const granted = {
            base: record,
            tokens: { ...record.tokens, ...(refresh_token !== undefined && { refresh_token }) },
            obtainedAtMs: record.obtainedAtMs,
            used: usedRefreshTokens(flight),
            salvaged: { failure, candidates, truncated: salvaged.truncated },
          }
          return commit(rules, flight, granted, leasedOf(flight))
        }
        if (outcome === 'invalidGrant') {
          const { predecessorsDoneAtMs = rules.predecessorsDoneAtMs(flight, at) } = flight.invalidGrant ?? {}
          const invalidGrant = { failure, predecessorsDoneAtMs, tried: usedRefreshTokens(flight) }
          return reread({ ...flight, invalidGrant: { ...flight.invalidGrant, ...invalidGrant } })
        }
        if (outcome === 'refused' || outcome === 'unreadable' || outcome === 'misconfigured')
          return afterRefusal(rules, flight, outcome, failure, areOthersRefused, at)
        const noted = outcome === 'indeterminate' ? { ...flight, sentAtMs: at.nowMs } : flight
        const isUnsent = outcome === 'notSent'
        if ((outcome === 'indeterminate' || isUnsent) && rules.mayResend(flight, at)) {
          const { times = 1 } = flight.sent ?? {}
          // A lost response is retried at once, within the grace window of a server.
          const isLost = !isUnsent && failure.status === undefined
          const pauseMs = isLost ? 0 : RESEND_PAUSE_MS * 2 ** (times - 1)
          return wait('waitingToSend', noted, at.monotonicMs + pauseMs, false)
        }
        return backOff(rules, noted, failure, at)
      },
      pending({ flight }, { isQueued, ...at }) {
        const { times = 1, firstMonotonicMs = at.monotonicMs, waits = 0 } = flight.sent ?? {}
        const sent = { times, firstMonotonicMs, waits: isQueued ? waits : Math.min(waits + 1, MAX_WAITS) }
        const slow = sent.waits < MAX_WAITS ? [] : [{ type: 'refresh-slow' } as const]
        return keepLease(rules, { ...flight, sent }, leasedOf(flight), at, ...slow)
      },
    },
    keepingLease: {
      swapped: ({ flight, record }, { version }) => awaitResponse({ ...flight, leased: { record, version } }),
      conflicted: ({ flight }, { stored, ...at }) =>
        stored?.record.lease?.id === flight.id
          ? keepLease(rules, { ...flight, leased: stored }, stored, at)
          : awaitResponse(flight),
      storeFailed: ({ flight }) => awaitResponse(flight),
    },
    waitingToSend: { woke: ({ flight }, at) => send(rules, flight, at) },
    rereading: {
      found({ flight, flight: { invalidGrant, adoptions = 0 } }, { stored, ...at }) {
        const healing = heal(rules, flight, stored)
        if (healing) return healing
        if (!stored || !invalidGrant || rules.hasChanged(leasedOf(flight).record, stored.record))
          return read({ ...withoutAttempt(flight), adoptions: adoptions + 1 })
        return afterInvalidGrant(rules, see(flight, stored, at), invalidGrant, stored, at)
      },
      storeFailed: endOnStoreFailure,
    },
    waitingToReread: { woke: ({ flight }) => reread(flight) },
    requiringReauth: {
      swapped({ flight, record }, at) {
        const failure =
          record.inDoubt && flight.failure
            ? doubtFailure(flight.failure, record)
            : invalidGrantFailure(flight, at.nowMs)
        return end(
          { ...flight, memory: remember(flight.memory, record, at) },
          { type: 'failed', failure },
          failedEvent(failure, false),
        )
      },
      conflicted: ({ flight }) => reread(flight),
      storeFailed: endOnStoreFailure,
    },
    endingLease: {
      swapped({ flight, record }, at) {
        const rest = { ...withoutAttempt(flight), memory: remember(flight.memory, record, at) }
        return flight.failure
          ? fail(rules, rest, flight.failure, at)
          : wait('waitingForLease', rest, at.monotonicMs + UNCONFIRMED_PAUSE_MS, true)
      },
      conflicted: ({ flight }, { stored, ...at }) =>
        stored?.record.lease?.id === flight.id
          ? endLease(rules, { ...flight, leased: stored }, at)
          : read(withoutAttempt(flight)),
      storeFailed: ({ flight }, { failure, ...at }) => fail(rules, flight, flight.failure ?? failure, at),
    },
  }
}
