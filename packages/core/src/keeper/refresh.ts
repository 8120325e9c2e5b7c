import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine, type Step } from '../machine/machine.ts'
import { withoutAttempt, decisions, type Ended, type Rules } from './decisions.ts'
import type {
  Flight,
  FlightPlan,
  KeeperEffect,
  KeeperMessage,
  KeeperState,
  EndingLease,
  Waiting,
  Writing,
} from './flight.ts'
import type { Instant } from './instant.ts'
import { remember } from './memory.ts'
import type { StoredRecord } from './record.ts'
import * as allRules from './rules.ts'
import { done, end, failed, read, step, wait } from './steps.ts'
import { invalidGrantFailure, transientFailure } from './failures.ts'

/** How long it is tried to store new tokens before they are handed out without, in ms. */
const PERSIST_TIMEOUT_MS = 5_000
const PERSIST_PAUSE_MS = 250
/** How long before a refresh token that did not leave this machine is sent again, in ms; doubling. */
const UNSENT_PAUSE_MS = 500
/** How long before a claim that would not last is made anew, in ms. */
const UNCONFIRMED_PAUSE_MS = 200
const MAX_UNCONFIRMED = 3
const NOT_DURABLE = transientFailure('the store could not make the claim durable, so nothing was sent')
const NOT_EVERYWHERE = 'the new tokens are stored, but not yet as durably as the store can'
const ANOTHER_ACCOUNT = transientFailure("the server granted another account's tokens, which are not kept")
/** A lock that was had sooner is not worth an event, in ms. */
const SHORT_WAIT_MS = 10

/** Where a look at the record can lead. */
const DECIDED = [
  'healing',
  'notingRejection',
  'locking',
  'waiting',
  'leasing',
  'renewingLease',
  'sending',
  'committing',
  'confirming',
  'keepingSpare',
  'revoking',
  'requiringReauth',
  'reading',
  'unlocking',
  'done',
] as const
/** Where a store that fails can lead. */
const WITHOUT_STORE = ['waiting', 'unlocking', 'done'] as const
const SENT = ['renewingLease', 'sending'] as const
const ENDED = ['unlocking', 'done'] as const

const TRANSITIONS = {
  reading: { found: DECIDED, storeFailed: WITHOUT_STORE },
  healing: { swapped: DECIDED, conflicted: DECIDED, storeFailed: WITHOUT_STORE },
  notingRejection: { swapped: DECIDED, conflicted: DECIDED, storeFailed: WITHOUT_STORE },
  locking: { locked: ['reading'], busy: ['reading'], storeFailed: WITHOUT_STORE },
  waiting: { woke: ['reading', ...SENT] },
  leasing: { swapped: ['confirmingLease', ...SENT], conflicted: DECIDED, storeFailed: WITHOUT_STORE },
  confirmingLease: { confirmed: ['endingLease', ...SENT] },
  renewingLease: { swapped: SENT, conflicted: DECIDED, storeFailed: WITHOUT_STORE },
  sending: { granted: [...DECIDED, 'endingLease'], failed: [...DECIDED, 'endingLease'] },
  committing: { swapped: DECIDED, conflicted: DECIDED, storeFailed: WITHOUT_STORE },
  keepingSpare: { swapped: DECIDED, conflicted: DECIDED, storeFailed: WITHOUT_STORE },
  revoking: { revoked: DECIDED },
  endingLease: {
    swapped: ['waiting', ...ENDED],
    conflicted: ['endingLease', ...DECIDED],
    storeFailed: WITHOUT_STORE,
  },
  requiringReauth: { swapped: ENDED, conflicted: DECIDED, storeFailed: WITHOUT_STORE },
  confirming: { confirmed: ENDED },
  unlocking: { unlocked: ['done'] },
  done: {},
} as const

type On<Type extends KeeperMessage['type']> = Extract<KeeperMessage, { type: Type }>

function handlers(rules: Rules): Handlers<KeeperState, KeeperMessage, KeeperEffect, typeof TRANSITIONS> {
  const { decide, send, renew, afterCommit, endLease, fail } = decisions(rules)

  /** A write that was refused tells what is there instead. */
  const decideAgain = {
    swapped: ({ flight, record }: Writing<string>, { version, ...at }: On<'swapped'>) =>
      decide(flight, { record, version }, at),
    conflicted: ({ flight }: Writing<string>, { current, ...at }: On<'conflicted'>) =>
      decide(flight, current, at),
  }

  /** The store fails. What was granted is tried to be stored, for a while; then it is handed out dirty. */
  const storeFailed = (
    { flight }: { readonly flight: Flight },
    { failure, ...at }: On<'storeFailed'>,
  ): Step<Waiting | Ended, KeeperEffect> => {
    const { granted, fromEarlierFlight, unsavedSinceMs = at.monotonicMs } = flight
    if (!granted || fromEarlierFlight) return fail(flight, failure, at)
    if (at.monotonicMs - unsavedSinceMs < PERSIST_TIMEOUT_MS)
      return wait({ ...flight, unsavedSinceMs }, at.monotonicMs + PERSIST_PAUSE_MS, 'read')
    const { base, tokens, obtainedAtMs, salvaged } = granted
    const record = rules.withNewTokens(base, tokens, obtainedAtMs)
    const refreshed = { generation: record.generation, atMonotonicMs: at.monotonicMs }
    const memory = { ...remember(flight.memory, record, at), refreshed, unsaved: granted }
    const event = { type: 'persist-failed', message: failure.message } as const
    return salvaged
      ? end({ ...flight, memory }, { type: 'failed', failure: salvaged.failure }, event)
      : end({ ...flight, memory }, { type: 'tokens', record, refreshed: true }, event, {
          type: 'refresh-succeeded',
          generation: record.generation,
          dirty: true,
        })
  }

  /** The claim is given up, and the server left alone for a while: each time for longer. */
  function backOff(flight: Flight, failure: Failure, at: Instant): Step<EndingLease, KeeperEffect> {
    const failures = (flight.memory.backoff?.failures ?? 0) + 1
    const untilMonotonicMs = at.monotonicMs + rules.backoffMs(failures)
    const memory = { ...flight.memory, backoff: { failure, failures, untilMonotonicMs } }
    return endLease({ ...flight, failure, memory }, at)
  }

  return {
    reading: {
      found: ({ flight }, { stored, ...at }) => decide(flight, stored, at),
      storeFailed,
    },
    healing: { ...decideAgain, storeFailed },
    notingRejection: { ...decideAgain, storeFailed },
    locking: {
      locked({ flight }, { monotonicMs }) {
        const ms = monotonicMs - (flight.lockAskedAtMs ?? monotonicMs)
        const waited = ms < SHORT_WAIT_MS ? [] : [{ type: 'lock-waited', ms } as const]
        return read({ ...flight, locked: true }, ...waited)
      },
      busy: ({ flight }) => read({ ...flight, lockBusy: true }),
      storeFailed,
    },
    waiting: {
      woke: ({ flight, then }, at) => (then === 'send' ? send(flight, at) : read(flight)),
    },
    leasing: {
      swapped({ flight, record }, { version, ...at }) {
        const { watchedLease: _, ...rest } = flight
        const ours = { ...rest, leased: { record, version } }
        return flight.capabilities.confirm
          ? step({ type: 'confirmingLease', flight: ours }, { type: 'confirm' })
          : send(ours, at)
      },
      conflicted: decideAgain.conflicted,
      storeFailed,
    },
    confirmingLease: {
      confirmed({ flight }, { durable, ...at }) {
        if (durable) return send(flight, at)
        const unconfirmedLeases = (flight.unconfirmedLeases ?? 0) + 1
        const tired = unconfirmedLeases >= MAX_UNCONFIRMED
        return endLease({ ...flight, unconfirmedLeases, ...(tired && { failure: NOT_DURABLE }) }, at)
      },
    },
    renewingLease: {
      swapped: ({ flight, record }, { version, ...at }) =>
        send({ ...flight, leased: { record, version } }, at),
      conflicted: ({ flight }, { current, ...at }) =>
        current?.record.lease?.id === flight.id
          ? renew(flight, current, at)
          : decide(withoutAttempt(flight), current, at),
      storeFailed,
    },
    sending: {
      granted({ flight }, { tokens, ...at }) {
        const { record, version } = flight.leased as StoredRecord
        const { tokens: old } = record
        if (old.account_id !== undefined && (tokens.account_id ?? old.account_id) !== old.account_id)
          return backOff(flight, ANOTHER_ACCOUNT, at)
        const refresh_token = tokens.refresh_token ?? flight.spareInUse ?? old.refresh_token
        const granted = {
          base: record,
          // RFC 6749 section 6: without a new refresh token the old one stays in use.
          tokens: { ...tokens, ...(refresh_token !== undefined && { refresh_token }) },
          obtainedAtMs: at.nowMs,
          used: usedRefreshTokens(flight),
        }
        return decide({ ...flight, granted }, { record, version }, at)
      },
      failed({ flight }, { outcome, failure, salvaged, ...at }) {
        const { record, version } = flight.leased as StoredRecord
        if (salvaged) {
          const [refresh_token, ...candidates] = salvaged.refresh_tokens
          const granted = {
            base: record,
            tokens: { ...record.tokens, ...(refresh_token !== undefined && { refresh_token }) },
            obtainedAtMs: record.obtainedAtMs,
            used: usedRefreshTokens(flight),
            salvaged: { failure, candidates, truncated: salvaged.truncated },
          }
          return decide({ ...flight, granted }, { record, version }, at)
        }
        if (outcome === 'invalidGrant') {
          const { predecessorsDoneAtMs = rules.predecessorsDoneAtMs(flight, at) } = flight.invalidGrant ?? {}
          return read({
            ...flight,
            invalidGrant: {
              ...flight.invalidGrant,
              failure,
              predecessorsDoneAtMs,
              tried: usedRefreshTokens(flight),
            },
          })
        }
        const known = outcome === 'indeterminate' ? { ...flight, sentAtMs: at.nowMs } : flight
        if ((outcome === 'indeterminate' || outcome === 'notSent') && rules.mayResend(flight, at)) {
          if (outcome === 'indeterminate') return send(known, at)
          const { times = 1 } = flight.sent ?? {}
          return wait(known, at.monotonicMs + UNSENT_PAUSE_MS * 2 ** (times - 1), 'send')
        }
        return backOff(known, failure, at)
      },
    },
    committing: {
      swapped: ({ flight, record }, { version, ...at }) => afterCommit(flight, { record, version }, at),
      conflicted: decideAgain.conflicted,
      storeFailed,
    },
    keepingSpare: { ...decideAgain, storeFailed },
    revoking: { revoked: ({ flight, current }, at) => decide(flight, current, at) },
    endingLease: {
      swapped({ flight, record }, at) {
        const rest = { ...withoutAttempt(flight), memory: remember(flight.memory, record, at) }
        return flight.failure
          ? fail(rest, flight.failure, at)
          : wait(rest, at.monotonicMs + UNCONFIRMED_PAUSE_MS, 'read')
      },
      conflicted: ({ flight }, { current, ...at }) =>
        current?.record.lease?.id === flight.id
          ? endLease({ ...flight, leased: current }, at)
          : decide(withoutAttempt(flight), current, at),
      storeFailed: ({ flight }, { failure, ...at }) => fail(flight, flight.failure ?? failure, at),
    },
    requiringReauth: {
      swapped({ flight, record }, at) {
        const failure = invalidGrantFailure(flight, at.nowMs)
        const { because } = record
        return end(
          { ...flight, memory: remember(flight.memory, record, at) },
          { type: 'failed', failure },
          failed(failure, false),
          { type: 'signed-out', because },
        )
      },
      conflicted: decideAgain.conflicted,
      storeFailed,
    },
    confirming: {
      confirmed({ flight, result }, { durable }) {
        const generation = result.record.generation
        const unsure = durable ? [] : [{ type: 'persist-failed', message: NOT_EVERYWHERE } as const]
        return end(flight, result, ...unsure, { type: 'refresh-succeeded', generation, dirty: false })
      },
    },
    unlocking: { unlocked: ({ memory, result, events }) => done(memory, result, events) },
  }
}

/** The refresh tokens that this flight has sent to no avail, or just spent. */
function usedRefreshTokens({ leased, spareInUse, invalidGrant }: Flight): readonly string[] {
  const used = spareInUse ?? leased?.record.tokens.refresh_token
  return [...(invalidGrant?.tried ?? []), ...(used === undefined ? [] : [used])]
}

/**
 * The refresh protocol (`docs/guarantees.md`): from "somebody needs an access token" to one that works, or to why there
 * is none, with one request to the authorization server however many ask. The tests explore this very machine.
 */
export function refreshMachine(
  rules: Rules = allRules,
): Machine<KeeperState, KeeperMessage, KeeperEffect, FlightPlan> {
  return machine(
    'refresh',
    TRANSITIONS,
    plan => {
      const { unsaved } = plan.memory
      return read(unsaved ? { ...plan, granted: unsaved, fromEarlierFlight: true } : plan)
    },
    handlers(rules),
  )
}
