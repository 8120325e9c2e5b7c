// It is always the same instant: the time that passes is subtracted from every instant that is noted somewhere. States
// that differ only in when they happen are then equal. An instant too far back to matter is moved to the earliest that
// still does not matter.
import type { Instant } from '../../../src/keeper/instant.ts'
import { LIFETIME_S } from './server.ts'

/** The instant that it always is. */
export const NOW: Instant = { nowMs: 1_000_000_000, monotonicMs: 100_000_000 }

/** A change of a value: how much time passes by each clock, and the new names of the processes. */
export interface Change {
  readonly wallMs: number
  readonly monotonicMs: number
  readonly names?: readonly number[]
  /** Returns the new version: versions are the numbers of records, which change as well. */
  readonly version: (version: number) => number
  /** The results of the change, by number. */
  readonly records: number[]
  readonly processes: number[]
  readonly responses: number[]
  readonly values: object[]
}

export function changeOf(change: Omit<Change, 'records' | 'processes' | 'responses' | 'values'>): Change {
  return { ...change, records: [], processes: [], responses: [], values: [] }
}

// A global name is looked up slowly in the realm of a Jest test.
const { isArray } = Array
const { max } = Math
/** An instant that never matters. */
const NEVER = -Infinity

/** How far back an instant can lie and still matter, in ms; the constants of the protocol, and a little more. */
const WALL: Readonly<Record<string, number>> = {
  obtainedAtMs: LIFETIME_S * 1000,
  startedAtMs: 86_400_001,
  sentAtMs: 10_000,
  nextTryAtMs: 0,
  lastAtMs: 21_600_000,
  firstAtMs: 86_400_000,
  atMs: 840_000,
  retryAtMs: 0,
  sinceMs: NEVER,
}
const MONOTONIC: Readonly<Record<string, number>> = {
  untilMs: 0,
  predecessorsDoneAtMs: 0,
  untilMonotonicMs: 0,
  sinceMonotonicMs: 20_000,
  leasedAtMs: 20_000,
  firstMonotonicMs: 8_000,
  unsavedSinceMs: 5_000,
  failingSinceMs: 5_000,
  atMonotonicMs: 30_000,
  lockAskedAtMs: NEVER,
  blockSeenAtMs: 21_600_000,
}

/**
 * The values of one model: equal values are one object, so that they are compared by identity, and each is changed only once,
 * however many values contain it.
 */
export class Values {
  /** Moves no instant, except those too far back to matter. */
  readonly unchanged: Change = changeOf({ wallMs: 0, monotonicMs: 0, version: version => version })
  readonly #slackMs: number
  readonly #ids = new Map<object, number>()
  readonly #byText = new Map<string, object>()

  /** @param slackMs How far the wall clocks of processes differ. */
  constructor(slackMs: number) {
    this.#slackMs = slackMs
  }

  /** Returns `value` after a change. */
  changed<T>(value: T, change: Change): T {
    return this.#changed(value, '', change) as T
  }

  #changed(value: unknown, key: string, change: Change): unknown {
    if (typeof value === 'number') return number(value, key, change, this.#slackMs)
    if (typeof value === 'string')
      return change.names && /^p\d/.test(value)
        ? `p${change.names[Number(value[1])]}${value.slice(2)}`
        : value
    if (typeof value !== 'object' || value === null) return value
    if (key === 'startedAt' || key === 'seenAt') return this.#one(together(value as Instant, change))
    const id = this.#ids.get(value)
    const known = id === undefined ? undefined : change.values[id]
    if (known) return known
    const after = this.#one(this.#members(value, change))
    if (id !== undefined) change.values[id] = after
    return after
  }

  #members(value: object, change: Change): object {
    if (isArray(value)) return value.map(item => this.#changed(item, '', change))
    const after: Record<string, unknown> = {}
    for (const name in value) {
      const member = (value as Record<string, unknown>)[name]
      if (member !== undefined) after[name] = this.#changed(member, name, change)
    }
    return after
  }

  /** Returns the one object that is equal to `value`, whose members are such objects already. */
  #one(value: object): object {
    let text = isArray(value) ? '[' : '{'
    for (const name in value) text += `${name}:${this.#textOf((value as Record<string, unknown>)[name])},`
    const known = this.#byText.get(text)
    if (known) return known
    this.#byText.set(text, value)
    this.#ids.set(value, this.#ids.size)
    return value
  }

  #textOf(member: unknown): string {
    if (typeof member === 'string') return `"${member}`
    return typeof member === 'object' && member !== null ? `#${this.#ids.get(member)}` : String(member)
  }
}

function number(value: number, key: string, change: Change, slackMs: number): number {
  if (key === 'version' || key === 'expected') return change.version(value)
  const wall = WALL[key]
  if (wall !== undefined) return capped(value - change.wallMs, NOW.nowMs, wall, slackMs)
  const monotonic = MONOTONIC[key]
  return monotonic === undefined ? value : capped(value - change.monotonicMs, NOW.monotonicMs, monotonic, 0)
}

function capped(value: number, now: number, backMs: number, slackMs: number): number {
  return backMs === NEVER ? now : max(value, now - backMs - slackMs)
}

/** Returns two clocks that were read together; only their difference matters. */
function together({ nowMs, monotonicMs }: Instant, change: Change): Instant {
  return {
    nowMs: nowMs - change.wallMs + NOW.monotonicMs - (monotonicMs - change.monotonicMs),
    monotonicMs: NOW.monotonicMs,
  }
}
