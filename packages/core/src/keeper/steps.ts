// The steps that the phases of the refresh machine share.
import { type Failure, kindOf } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { Version } from '../ports/token-store.ts'
import type { KeeperEvent } from './events.ts'
import type { Flight, Result } from './flight.ts'
import type { Instant } from './instant.ts'
import type { Memory } from './memory.ts'
import type { TokenRecord } from './record.ts'
import type * as allRules from './rules.ts'
import type {
  Done,
  Ended,
  KeeperEffect,
  KeeperMessage,
  Reading,
  ReadingToCommit,
  Rereading,
  Waiting,
  Writing,
} from './states.ts'

/** The rules that the machine follows; `docs/explanation/rules.md` shows what goes wrong without each. */
export type Rules = typeof allRules

/** A step of a machine of the keeper. */
export type To<S> = Step<S, KeeperEffect>

/** Goes to `state` and performs `effect`. */
export function step<S>(state: S, effect: KeeperEffect, ...events: readonly KeeperEvent[]): To<S> {
  return { state, effects: [...emissions(events), effect] }
}

/** Reads the record, to decide anew. */
export function read(flight: Flight, ...events: readonly KeeperEvent[]): To<Reading> {
  return step({ type: 'reading', flight }, { type: 'read' }, ...events)
}

/** Reads the record after the server rejected the refresh token. */
export function reread(flight: Flight): To<Rereading> {
  return step({ type: 'rereading', flight }, { type: 'read' })
}

/** Reads the record, to commit over it. */
export function readToCommit(flight: Flight): To<ReadingToCommit> {
  return step({ type: 'readingToCommit', flight }, { type: 'read' })
}

/** Swaps in `record` over `expected`. */
export function swap<Type extends string>(
  type: Type,
  flight: Flight,
  expected: Version | undefined,
  record: TokenRecord,
  ...events: readonly KeeperEvent[]
): To<Writing<Type>> {
  return step({ type, flight, expected, record }, { type: 'swap', expected, record }, ...events)
}

/** Waits until `untilMs` by the monotonic clock; with `orChanged`, at most until the record may have changed. */
export function wait<Type extends string>(
  type: Type,
  flight: Flight,
  untilMs: number,
  orChanged: boolean,
): To<Waiting<Type>> {
  return step({ type, flight, untilMs }, { type: 'wait', untilMs, orChanged })
}

/** Waits for the lease of another process: until it changes, or has not changed for as long as it lasts. */
export function waitForLease<Type extends string>(
  rules: Rules,
  type: Type,
  flight: Flight,
  { lease }: TokenRecord,
  { monotonicMs }: Instant,
): To<Waiting<Type>> {
  const { id = '', count = 0, startedAtMs = 0, ttlMs = 0 } = lease ?? {}
  const { watchedLease: known } = flight
  const watchedLease =
    known && rules.isSameLease(known, lease)
      ? known
      : { id, count, startedAtMs, sinceMonotonicMs: monotonicMs }
  const { sinceMonotonicMs } = watchedLease
  const nextMs = monotonicMs + rules.pollIntervalMs(monotonicMs - sinceMonotonicMs)
  return wait(type, { ...flight, watchedLease }, Math.min(nextMs, sinceMonotonicMs + ttlMs), true)
}

/** Ends the flight. A lock is released first; only then are the events emitted. */
export function end(
  { locked, memory }: Flight,
  result: Result,
  ...events: readonly KeeperEvent[]
): To<Ended> {
  if (locked) return step({ type: 'unlocking', memory, result, events }, { type: 'unlock' })
  return done(memory, result, events)
}

/** Ends the flight when no lock is held. */
export function done(memory: Memory, result: Result, events: readonly KeeperEvent[]): To<Done> {
  return { state: { type: 'done', memory, result }, effects: emissions(events) }
}

/** Ends the flight without new tokens. An old access token that still works is returned, and the failure hidden. */
export function fail(rules: Rules, flight: Flight, failure: Failure, at: Instant): To<Ended> {
  const { record } = flight.memory
  const hidden = !!record && rules.stillWorks(flight, record, at)
  const result: Result = hidden ? { type: 'tokens', record, refreshed: false } : { type: 'failed', failure }
  return end(flight, result, failedEvent(failure, hidden))
}

/** Returns the handler that ends a flight when the store fails. */
export function storeFailed(rules: Rules) {
  return (
    { flight }: { readonly flight: Flight },
    { failure, ...at }: Extract<KeeperMessage, { type: 'storeFailed' }>,
  ): To<Ended> => fail(rules, flight, failure, at)
}

/** Returns the event of a failure; `hidden`: the access token still works. */
export function failedEvent(failure: Failure, hidden: boolean): KeeperEvent {
  const { code, message, status, retryAtMs } = failure
  return { type: 'refresh-failed', kind: kindOf(code), code, message, status, retryAtMs, hidden }
}

/** Returns the effects that emit `events`. */
export function emissions(events: readonly KeeperEvent[]): KeeperEffect[] {
  return events.map(event => ({ type: 'emit', event }))
}

/** Returns `flight` with nothing sent and nothing leased. */
export function withoutAttempt(flight: Flight): Flight {
  const { leased: _, sent: __, spareInUse: ___, invalidGrant: ____, refused: _____, ...rest } = flight
  return rest
}
