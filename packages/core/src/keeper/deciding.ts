// Phase one: what does the record say, and may this process refresh it? One function per question, in order.
import type { Failure } from '../failure.ts'
import type { Handlers } from '../machine/machine.ts'
import {
  blockedFailure,
  expiredFailure,
  reauthFailure,
  signedOutFailure,
  transientFailure,
} from './failures.ts'
import type { Flight } from './flight.ts'
import type { Instant } from './instant.ts'
import { heal, see } from './healing.ts'
import { isRenewable, type StoredRecord, type TokenRecord } from './record.ts'
import type { Block } from './refusals.ts'
import { endLease, send } from './sending.ts'
import type {
  Ended,
  KeeperEffect,
  KeeperMessage,
  KeeperState,
  Leasing,
  Locking,
  NotingRejection,
  WaitingForLease,
} from './states.ts'
import {
  end,
  fail,
  read,
  reread,
  type Rules,
  step,
  storeFailed,
  swap,
  type To,
  waitForLease,
} from './steps.ts'
import type { DECIDING } from './transitions.ts'

/** How long a lock is waited for, in ms: longer than any refresh holds it. */
const LOCK_TIMEOUT_MS = 75_000
/** A shorter wait for a lock is not worth an event, in ms. */
const SHORT_WAIT_MS = 10
const MAX_UNCONFIRMED = 3
const MAX_ADOPTIONS = 3
const NOT_DURABLE = transientFailure('the store could not make the lease durable, so nothing was sent')

type On<Type extends KeeperMessage['type']> = Extract<KeeperMessage, { type: Type }>

/** Notes in the record that an API rejected the access token, at the first report of it. */
function noteRejection(
  rules: Rules,
  flight: Flight,
  { record, version }: StoredRecord,
  at: Instant,
): To<NotingRejection> | undefined {
  if (record.status === 'signedOut' || !rules.isNewRejection(flight, record)) return undefined
  const noted = rules.withRejection(record, at)
  const rejections = Math.ceil(noted.rejections?.level ?? 0)
  const event = { type: 'token-rejected', generation: record.generation, rejections } as const
  return swap('notingRejection', flight, version, noted, event)
}

/** Is a refresh due, and may this process make it? */
function refresh(
  rules: Rules,
  before: Flight,
  { record, version }: StoredRecord,
  at: Instant,
): To<Locking | WaitingForLease | Leasing | Ended> {
  if (record.status === 'signedOut') return end(before, { type: 'failed', failure: signedOutFailure(record) })
  const isFirstForced = before.request.force && before.aboveGeneration === undefined
  const flight = isFirstForced ? { ...before, aboveGeneration: record.generation } : before
  const stillWorks = rules.stillWorks(flight, record, at)

  if (flight.request.readOnly || rules.isUsable(flight, record, at)) return returnStored(flight, record)
  const block = rules.blockNow(record, flight.memory, at)
  const isForced = flight.aboveGeneration !== undefined
  const isTried = record.inDoubt && !block
  if (record.because === 'refresh-token-refused' && !isForced && !isTried)
    return stillWorks
      ? returnStored(flight, record)
      : end(flight, { type: 'failed', failure: reauthFailure(record) })
  if (flight.failure) return fail(rules, flight, flight.failure, at)
  if ((flight.adoptions ?? 0) > MAX_ADOPTIONS)
    return fail(rules, flight, transientFailure('the record changes faster than it can be read'), at)
  if (!isRenewable(record, flight.capabilities.grants)) return fail(rules, flight, expiredFailure(record), at)

  // Another process refreshes, and this access token still works.
  if (flight.lockBusy && stillWorks) return returnStored(flight, record)
  const blocking = blockingFailure(flight, block, at)
  if (blocking) return fail(rules, flight, blocking, at)
  if (flight.capabilities.lockScope !== undefined && !flight.locked) {
    const waitMs = stillWorks ? 0 : LOCK_TIMEOUT_MS
    return step(
      { type: 'locking', flight: { ...flight, lockAskedAtMs: at.monotonicMs } },
      { type: 'lock', waitMs },
    )
  }
  return lease(rules, flight, { record, version }, at)
}

/** Is the lease free, or its holder gone? Then this process takes it; otherwise it waits. */
export function lease(
  rules: Rules,
  flight: Flight,
  { record, version }: StoredRecord,
  at: Instant,
): To<Leasing | WaitingForLease | Ended> {
  const status = rules.leaseStatus(flight, record, at)
  if (status !== 'free' && rules.stillWorks(flight, record, at)) return returnStored(flight, record)
  if (status === 'live') return waitForLease(rules, 'waitingForLease', flight, record, at)
  const { owner = '', startedAtMs = 0 } = record.lease ?? {}
  const takenOver = status === 'abandoned' ? [{ type: 'lock-taken-over', owner, startedAtMs } as const] : []
  const leasing = { ...flight, leasedAtMs: at.monotonicMs }
  return swap('leasing', leasing, version, rules.withLease(flight, record, at), ...takenOver)
}

/** Returns why no request may be sent now, if so. A forced refresh ignores refusals, since what caused them may be mended. */
function blockingFailure(
  { memory: { backoff }, request, lockBusy }: Flight,
  block: Block | undefined,
  at: Instant,
): Failure | undefined {
  if (block && !(request.force && block.reason === 'refusals')) return blockedFailure(block, backoff?.failure)
  if (backoff && !request.force && backoff.untilMonotonicMs > at.monotonicMs)
    return { ...backoff.failure, retryAtMs: at.nowMs + backoff.untilMonotonicMs - at.monotonicMs }
  return lockBusy ? transientFailure('another process holds the lock of this account') : undefined
}

/** Ends the flight with the stored access token. */
function returnStored(flight: Flight, record: TokenRecord): To<Ended> {
  const { firstGeneration = record.generation } = flight
  const isAdopted = record.generation > firstGeneration
  const adopted = isAdopted ? [{ type: 'refresh-adopted', generation: record.generation } as const] : []
  return end(flight, { type: 'tokens', record, refreshed: false }, ...adopted)
}

/** Returns the handlers of this phase. */
export function deciding(rules: Rules): Handlers<KeeperState, KeeperMessage, KeeperEffect, typeof DECIDING> {
  const endOnStoreFailure = storeFailed(rules)
  const readAgain = ({ flight }: { readonly flight: Flight }) =>
    flight.invalidGrant ? reread(flight) : read(flight)

  return {
    reading: {
      found({ flight }, { stored, ...at }) {
        const healing = heal(rules, flight, stored)
        if (healing) return healing
        if (!stored) return end(flight, { type: 'failed', failure: signedOutFailure(undefined) })
        const seen = see(flight, stored, at)
        return noteRejection(rules, seen, stored, at) ?? refresh(rules, seen, stored, at)
      },
      storeFailed: endOnStoreFailure,
    },
    healing: { swapped: readAgain, conflicted: readAgain, storeFailed: endOnStoreFailure },
    notingRejection: {
      swapped({ flight, record }, { version, ...at }) {
        const stored = { record, version }
        return refresh(rules, see(flight, stored, at), stored, at)
      },
      conflicted: ({ flight }) => read(flight),
      storeFailed: endOnStoreFailure,
    },
    locking: {
      locked({ flight }, { monotonicMs }) {
        const ms = monotonicMs - (flight.lockAskedAtMs ?? monotonicMs)
        const waited = ms < SHORT_WAIT_MS ? [] : [{ type: 'lock-waited', ms } as const]
        return read({ ...flight, locked: true }, ...waited)
      },
      busy: ({ flight }) => read({ ...flight, lockBusy: true }),
      storeFailed: endOnStoreFailure,
    },
    waitingForLease: { woke: ({ flight }) => read(flight) },
    leasing: {
      swapped({ flight, record }, { version, ...at }) {
        const { watchedLease: _, ...rest } = flight
        const leased = { ...rest, leased: { record, version } }
        return flight.capabilities.confirm
          ? step({ type: 'confirmingLease', flight: leased }, { type: 'confirm' })
          : send(rules, leased, at)
      },
      conflicted: ({ flight }) => read(flight),
      storeFailed: endOnStoreFailure,
    },
    confirmingLease: {
      confirmed({ flight }, { durable, ...at }: On<'confirmed'>) {
        if (durable) return send(rules, flight, at)
        const unconfirmedLeases = (flight.unconfirmedLeases ?? 0) + 1
        const failure = unconfirmedLeases >= MAX_UNCONFIRMED && { failure: NOT_DURABLE }
        return endLease(rules, { ...flight, unconfirmedLeases, ...failure }, at)
      },
    },
  }
}
