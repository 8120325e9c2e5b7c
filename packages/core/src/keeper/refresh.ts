import type { Failure } from '../failure.ts'
import { type Handlers, machine, type Machine, type Step } from '../machine/machine.ts'
import { afresh, decisions, type Ended, type Rules } from './decisions.ts'
import type {
  Flight,
  FlightPlan,
  KeeperEffect,
  KeeperMessage,
  KeeperState,
  Unclaiming,
  Waiting,
  Writing,
} from './flight.ts'
import type { Instant } from './instant.ts'
import { remember } from './memory.ts'
import type { StoredRecord } from './record.ts'
import * as allRules from './rules.ts'
import { done, end, failed, read, step, wait } from './steps.ts'
import { refusedFailure, transientFailure } from './verdicts.ts'

/** How long it is tried to store new tokens before they are handed out without, in ms. */
const PERSIST_PATIENCE_MS = 5_000
const PERSIST_PAUSE_MS = 250
/** How long before a refresh token that did not leave this machine is sent again, in ms; doubling. */
const UNSENT_PAUSE_MS = 500
/** How long before a claim that would not last is made anew, in ms. */
const UNCONFIRMED_PAUSE_MS = 200
const MOST_UNCONFIRMED = 3
const NOT_DURABLE = transientFailure('the store could not make the claim durable, so nothing was sent')
const NOT_EVERYWHERE = 'the new tokens are stored, but not yet as durably as the store can'
const ANOTHER_ACCOUNT = transientFailure("the server granted another account's tokens, which are not kept")
/** A lock that was had sooner is not worth an event, in ms. */
const UNNOTICED_MS = 10

/** Where a look at the record can lead. */
const DECIDED = [
  'healing',
  'rejecting',
  'locking',
  'waiting',
  'claiming',
  'renewing',
  'sending',
  'committing',
  'confirming',
  'keepingAlternate',
  'revoking',
  'givingUp',
  'reading',
  'releasing',
  'done',
] as const
/** Where a store that fails can lead. */
const WITHOUT_STORE = ['waiting', 'releasing', 'done'] as const
const SENT = ['renewing', 'sending'] as const
const ENDED = ['releasing', 'done'] as const

const TRANSITIONS = {
  reading: { found: DECIDED, storeFailed: WITHOUT_STORE },
  healing: { swapped: DECIDED, refused: DECIDED, storeFailed: WITHOUT_STORE },
  rejecting: { swapped: DECIDED, refused: DECIDED, storeFailed: WITHOUT_STORE },
  locking: { locked: ['reading'], busy: ['reading'], storeFailed: WITHOUT_STORE },
  waiting: { woke: ['reading', ...SENT] },
  claiming: { swapped: ['confirmingClaim', ...SENT], refused: DECIDED, storeFailed: WITHOUT_STORE },
  confirmingClaim: { confirmed: ['unclaiming', ...SENT] },
  renewing: { swapped: SENT, refused: DECIDED, storeFailed: WITHOUT_STORE },
  sending: { granted: [...DECIDED, 'unclaiming'], failed: [...DECIDED, 'unclaiming'] },
  committing: { swapped: DECIDED, refused: DECIDED, storeFailed: WITHOUT_STORE },
  keepingAlternate: { swapped: DECIDED, refused: DECIDED, storeFailed: WITHOUT_STORE },
  revoking: { revoked: DECIDED },
  unclaiming: {
    swapped: ['waiting', ...ENDED],
    refused: ['unclaiming', ...DECIDED],
    storeFailed: WITHOUT_STORE,
  },
  givingUp: { swapped: ENDED, refused: DECIDED, storeFailed: WITHOUT_STORE },
  confirming: { confirmed: ENDED },
  releasing: { released: ['done'] },
  done: {},
} as const

type On<Type extends KeeperMessage['type']> = Extract<KeeperMessage, { type: Type }>

function handlers(rules: Rules): Handlers<KeeperState, KeeperMessage, KeeperEffect, typeof TRANSITIONS> {
  const { look, send, renew, kept, unclaim, fail } = decisions(rules)

  /** A write that was refused tells what is there instead. */
  const lookAgain = {
    swapped: ({ flight, record }: Writing<string>, { version, ...at }: On<'swapped'>) =>
      look(flight, { record, version }, at),
    refused: ({ flight }: Writing<string>, { current, ...at }: On<'refused'>) => look(flight, current, at),
  }

  /** The store fails. What was granted is tried to be stored, for a while; then it is handed out dirty. */
  const storeFailed = (
    { flight }: { readonly flight: Flight },
    { failure, ...at }: On<'storeFailed'>,
  ): Step<Waiting | Ended, KeeperEffect> => {
    const { granted, late, unsavedSinceMs = at.monotonicMs } = flight
    if (!granted || late) return fail(flight, failure, at)
    if (at.monotonicMs - unsavedSinceMs < PERSIST_PATIENCE_MS)
      return wait({ ...flight, unsavedSinceMs }, at.monotonicMs + PERSIST_PAUSE_MS, 'read')
    const { base, tokens, obtainedAtMs, salvaged } = granted
    const record = rules.refreshed(base, tokens, obtainedAtMs)
    const refreshed = { gen: record.gen, atMonotonicMs: at.monotonicMs }
    const memory = { ...remember(flight.memory, record, at), refreshed, unsaved: granted }
    const event = { type: 'persist-failed', message: failure.message } as const
    return salvaged
      ? end({ ...flight, memory }, { type: 'failed', failure: salvaged.failure }, event)
      : end({ ...flight, memory }, { type: 'tokens', record, refreshed: true }, event, {
          type: 'refresh-succeeded',
          gen: record.gen,
          dirty: true,
        })
  }

  /** The claim is given up, and the server left alone for a while: each time for longer. */
  function giveUpClaim(flight: Flight, failure: Failure, at: Instant): Step<Unclaiming, KeeperEffect> {
    const failures = (flight.memory.backoff?.failures ?? 0) + 1
    const untilMonotonicMs = at.monotonicMs + rules.backoffMs(failures)
    const memory = { ...flight.memory, backoff: { failure, failures, untilMonotonicMs } }
    return unclaim({ ...flight, failure, memory }, at)
  }

  return {
    reading: {
      found: ({ flight }, { stored, ...at }) => look(flight, stored, at),
      storeFailed,
    },
    healing: { ...lookAgain, storeFailed },
    rejecting: { ...lookAgain, storeFailed },
    locking: {
      locked({ flight }, { monotonicMs }) {
        const ms = monotonicMs - (flight.lockAskedAtMs ?? monotonicMs)
        const waited = ms < UNNOTICED_MS ? [] : [{ type: 'lock-waited', ms } as const]
        return read({ ...flight, locked: true }, ...waited)
      },
      busy: ({ flight }) => read({ ...flight, lockBusy: true }),
      storeFailed,
    },
    waiting: {
      woke: ({ flight, then }, at) => (then === 'send' ? send(flight, at) : read(flight)),
    },
    claiming: {
      swapped({ flight, record }, { version, ...at }) {
        const { watched: _, ...rest } = flight
        const ours = { ...rest, claimed: { record, version } }
        return flight.offers.confirm
          ? step({ type: 'confirmingClaim', flight: ours }, { type: 'confirm' })
          : send(ours, at)
      },
      refused: lookAgain.refused,
      storeFailed,
    },
    confirmingClaim: {
      confirmed({ flight }, { durable, ...at }) {
        if (durable) return send(flight, at)
        const unconfirmed = (flight.unconfirmed ?? 0) + 1
        const tired = unconfirmed >= MOST_UNCONFIRMED
        return unclaim({ ...flight, unconfirmed, ...(tired && { failure: NOT_DURABLE }) }, at)
      },
    },
    renewing: {
      swapped: ({ flight, record }, { version, ...at }) =>
        send({ ...flight, claimed: { record, version } }, at),
      refused: ({ flight }, { current, ...at }) =>
        current?.record.claim?.id === flight.id
          ? renew(flight, current, at)
          : look(afresh(flight), current, at),
      storeFailed,
    },
    sending: {
      granted({ flight }, { tokens, ...at }) {
        const { record, version } = flight.claimed as StoredRecord
        const { tokens: old } = record
        if (old.account_id !== undefined && (tokens.account_id ?? old.account_id) !== old.account_id)
          return giveUpClaim(flight, ANOTHER_ACCOUNT, at)
        const refresh_token = tokens.refresh_token ?? flight.inHand ?? old.refresh_token
        const granted = {
          base: record,
          // RFC 6749 section 6: without a new refresh token the old one stays in use.
          tokens: { ...tokens, ...(refresh_token !== undefined && { refresh_token }) },
          obtainedAtMs: at.nowMs,
          spent: spentBy(flight),
        }
        return look({ ...flight, granted }, { record, version }, at)
      },
      failed({ flight }, { outcome, failure, salvaged, ...at }) {
        const { record, version } = flight.claimed as StoredRecord
        if (salvaged) {
          const [refresh_token, ...candidates] = salvaged.refresh_tokens
          const granted = {
            base: record,
            tokens: { ...record.tokens, ...(refresh_token !== undefined && { refresh_token }) },
            obtainedAtMs: record.obtainedAtMs,
            spent: spentBy(flight),
            salvaged: { failure, candidates, truncated: salvaged.truncated },
          }
          return look({ ...flight, granted }, { record, version }, at)
        }
        if (outcome === 'dead') {
          const { settledAtMs = rules.settledAtMs(flight, at) } = flight.refused ?? {}
          return read({
            ...flight,
            refused: { ...flight.refused, failure, settledAtMs, tried: spentBy(flight) },
          })
        }
        const known = outcome === 'ambiguous' ? { ...flight, sentAtMs: at.nowMs } : flight
        if ((outcome === 'ambiguous' || outcome === 'unsent') && rules.mayResend(flight, at)) {
          if (outcome === 'ambiguous') return send(known, at)
          const { times = 1 } = flight.sent ?? {}
          return wait(known, at.monotonicMs + UNSENT_PAUSE_MS * 2 ** (times - 1), 'send')
        }
        return giveUpClaim(known, failure, at)
      },
    },
    committing: {
      swapped: ({ flight, record }, { version, ...at }) => kept(flight, { record, version }, at),
      refused: lookAgain.refused,
      storeFailed,
    },
    keepingAlternate: { ...lookAgain, storeFailed },
    revoking: { revoked: ({ flight, current }, at) => look(flight, current, at) },
    unclaiming: {
      swapped({ flight, record }, at) {
        const rest = { ...afresh(flight), memory: remember(flight.memory, record, at) }
        return flight.failure
          ? fail(rest, flight.failure, at)
          : wait(rest, at.monotonicMs + UNCONFIRMED_PAUSE_MS, 'read')
      },
      refused: ({ flight }, { current, ...at }) =>
        current?.record.claim?.id === flight.id
          ? unclaim({ ...flight, claimed: current }, at)
          : look(afresh(flight), current, at),
      storeFailed: ({ flight }, { failure, ...at }) => fail(flight, flight.failure ?? failure, at),
    },
    givingUp: {
      swapped({ flight, record }, at) {
        const failure = refusedFailure(flight, at.nowMs)
        const { because } = record
        return end(
          { ...flight, memory: remember(flight.memory, record, at) },
          { type: 'failed', failure },
          failed(failure, false),
          { type: 'signed-out', because },
        )
      },
      refused: lookAgain.refused,
      storeFailed,
    },
    confirming: {
      confirmed({ flight, result }, { durable }) {
        const gen = result.record.gen
        const unsure = durable ? [] : [{ type: 'persist-failed', message: NOT_EVERYWHERE } as const]
        return end(flight, result, ...unsure, { type: 'refresh-succeeded', gen, dirty: false })
      },
    },
    releasing: { released: ({ memory, result, events }) => done(memory, result, events) },
  }
}

/** The refresh tokens that this flight has sent to no avail, or just spent. */
function spentBy({ claimed, inHand, refused }: Flight): readonly string[] {
  const spent = inHand ?? claimed?.record.tokens.refresh_token
  return [...(refused?.tried ?? []), ...(spent === undefined ? [] : [spent])]
}

/**
 * The refresh protocol (`docs/guarantees.md`): from "somebody needs an access token" to one that works, or to why there
 * is none, with one request to the authorization server however many ask. The tests explore this very machine.
 */
export function refreshing(
  rules: Rules = allRules,
): Machine<KeeperState, KeeperMessage, KeeperEffect, FlightPlan> {
  return machine(
    'refresh',
    TRANSITIONS,
    plan => {
      const { unsaved } = plan.memory
      return read(unsaved ? { ...plan, granted: unsaved, late: true } : plan)
    },
    handlers(rules),
  )
}
