import { kindOf } from '../failure.ts'
import type { Failure } from '../failure.ts'
import type { Step } from '../machine/machine.ts'
import type { Version } from '../ports/token-store.ts'
import type { KeeperEvent } from './events.ts'
import type {
  Done,
  Flight,
  KeeperEffect,
  Locking,
  Reading,
  Unlocking,
  Result,
  Waiting,
  Writing,
} from './flight.ts'
import type { Memory } from './memory.ts'
import type { TokenRecord } from './record.ts'

/** A step to `state`, with its one effect. */
export function step<S>(
  state: S,
  effect: KeeperEffect,
  ...events: readonly KeeperEvent[]
): Step<S, KeeperEffect> {
  return { state, effects: [...emitEffects(events), effect] }
}

/** The store is asked. */
export function read(flight: Flight, ...events: readonly KeeperEvent[]): Step<Reading, KeeperEffect> {
  return step({ type: 'reading', flight }, { type: 'read' }, ...events)
}

/** `record` is swapped in over `expected`. */
export function swap<Type extends string>(
  type: Type,
  flight: Flight,
  expected: Version | undefined,
  record: TokenRecord,
  ...events: readonly KeeperEvent[]
): Step<Writing<Type>, KeeperEffect> {
  return step({ type, flight, expected, record }, { type: 'swap', expected, record }, ...events)
}

/** The lock is asked for. */
export function lock(flight: Flight, waitMs: number): Step<Locking, KeeperEffect> {
  return step({ type: 'locking', flight }, { type: 'lock', waitMs })
}

/** Nothing is done until `untilMs` by the monotonic clock; a look at the record ends with its change, too. */
export function wait(flight: Flight, untilMs: number, then: Waiting['then']): Step<Waiting, KeeperEffect> {
  const orChanged = then === 'read'
  return step({ type: 'waiting', flight, untilMs, then }, { type: 'wait', untilMs, orChanged })
}

/** The end: the lock, where one is held, is released before anybody is told. */
export function end(
  { locked, memory }: Flight,
  result: Result,
  ...events: readonly KeeperEvent[]
): Step<Unlocking | Done, KeeperEffect> {
  if (locked) return step({ type: 'unlocking', memory, result, events }, { type: 'unlock' })
  return done(memory, result, events)
}

/** The very end. */
export function done(
  memory: Memory,
  result: Result,
  events: readonly KeeperEvent[],
): Step<Done, KeeperEffect> {
  return { state: { type: 'done', memory, result }, effects: emitEffects(events) }
}

/** The event of a failure; `hidden`: the access token still works. */
export function failed(failure: Failure, hidden: boolean): KeeperEvent {
  const { code, message, status, retryAtMs } = failure
  return { type: 'refresh-failed', kind: kindOf(code), code, message, status, retryAtMs, hidden }
}

/** The effects that tell `events`. */
export function emitEffects(events: readonly KeeperEvent[]): KeeperEffect[] {
  return events.map(event => ({ type: 'emit', event }))
}
