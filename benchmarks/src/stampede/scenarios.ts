// The stampedes, as data: the callers, the store, and the fault.
import type { Fault } from '@latchkey/emulator'

export interface Scenario {
  readonly title: string
  readonly where: 'memory' | 'file' | 'redis' | 'tabs'
  readonly processes: number
  readonly callers: number
  /** How often the access token expires. */
  readonly expiries: number
  /** What happens to the first refresh. */
  readonly fault?: Fault
  /** The process that refreshes first is killed while the server has its request. */
  readonly kills?: boolean
  /** All callers request again, this many ms after the fault. */
  readonly againAfterMs?: number
  /** The server has a grace window (without one, using a refresh token twice ends the sign-in). */
  readonly hasGrace?: boolean
}

const LOST: Fault = { kind: 'reset', at: 'after', grant_type: 'refresh_token' }
const AWAY: Fault = { kind: 'retry-after', status: 503, seconds: 1, grant_type: 'refresh_token' }
const ONE = { where: 'memory', processes: 1, callers: 100, expiries: 1 } as const
const TWO = { where: 'file', processes: 2, callers: 10, expiries: 1, kills: true } as const

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  process: { title: '1 process x 1,000 callers', where: 'memory', processes: 1, callers: 1000, expiries: 3 },
  files: {
    title: '8 processes x 100 callers, one file',
    where: 'file',
    processes: 8,
    callers: 100,
    expiries: 3,
  },
  redis: {
    title: '8 processes x 100 callers, Redis',
    where: 'redis',
    processes: 8,
    callers: 100,
    expiries: 3,
  },
  tabs: { title: '8 browser tabs x 100 callers', where: 'tabs', processes: 8, callers: 100, expiries: 3 },
  away: { title: 'a 503 with Retry-After: 1', ...ONE, fault: AWAY, againAfterMs: 1500 },
  lost: { title: 'a lost response', ...ONE, fault: LOST, againAfterMs: 100 },
  lostGrace: {
    title: 'a lost response, grace window',
    ...ONE,
    fault: LOST,
    againAfterMs: 100,
    hasGrace: true,
  },
  killed: { title: 'a killed holder', ...TWO },
  killedGrace: { title: 'a killed holder, grace window', ...TWO, hasGrace: true },
}
