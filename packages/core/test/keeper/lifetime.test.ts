// How long tokens work. The seed is in the titles; LATCHKEY_SEED=<seed> runs the same cases again.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { earlyRefreshMs, remainingMs, requiredMs, rememberRefresh } from '../../src/keeper/lifetime.ts'
import { type Memory, remember } from '../../src/keeper/memory.ts'
import { isUsable, withNewTokens } from '../../src/keeper/rules.ts'
import { AT, recordWith } from './support.ts'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const CASES = 2_000
const TEN_YEARS_MS = 315_576_000_000
const TEN_YEARS_S = TEN_YEARS_MS / 1000

const memory: Memory = { startedAt: AT }
const fresh = (expires_in?: number) =>
  recordWith({
    obtainedAtMs: AT.nowMs,
    tokens: { access_token: 'a', refresh_token: 'r', ...(expires_in !== undefined && { expires_in }) },
  })

test('a token works until its lifetime ends by the wall clock or by the monotonic clock', () => {
  const seen = remember(memory, fresh(3600), AT)
  const left = (nowMs: number, monotonicMs: number): number =>
    remainingMs(fresh(3600), seen, { nowMs: AT.nowMs + nowMs, monotonicMs: AT.monotonicMs + monotonicMs })
  expect(left(0, 0)).toBe(3_600_000)
  expect(left(60_000, 60_000)).toBe(3_540_000)
  expect(left(3_600_000, 0)).toBe(0) // the machine slept
  expect(left(-TEN_YEARS_MS, 3_599_000)).toBe(1_000) // the wall clock was set back
})

test('a token without a lifetime works until an API rejects it', () => {
  expect(remainingMs(fresh(), memory, AT)).toBe(Infinity)
  expect(remainingMs(fresh(), memory, { ...AT, nowMs: AT.nowMs + TEN_YEARS_MS })).toBe(Infinity)
})

test('a token that a clock far ahead wrote has no age', () => {
  const ahead = (ms: number) => ({ ...fresh(3600), obtainedAtMs: AT.nowMs + ms })
  expect(remainingMs(ahead(300_000), memory, AT)).toBe(3_900_000)
  expect(remainingMs(ahead(300_001), memory, AT)).toBe(Infinity)
})

test('within 30 s of an own refresh a jump of the wall clock is believed once, also for tokens of another process', () => {
  const own = {
    ...memory,
    record: fresh(3600),
    refreshed: { generation: fresh(3600).generation, atMs: AT.nowMs, atMonotonicMs: AT.monotonicMs },
  }
  const theirs = { ...fresh(3600), generation: fresh(3600).generation + 1 }
  const adopted = remember(own, theirs, AT)
  const afterJump: Memory = { ...adopted, refreshed: { ...own.refreshed, isAfterJump: true } }
  const isWithinLimits = (known: Memory, nowMs: number, monotonicMs: number): boolean => {
    const at = { nowMs: AT.nowMs + nowMs, monotonicMs: AT.monotonicMs + monotonicMs }
    return isUsable({ request: { early: true }, memory: known }, theirs, at)
  }
  expect(remainingMs(theirs, adopted, AT)).toBe(3_600_000)
  expect(isWithinLimits(adopted, 0, 0)).toBe(true)
  expect(isWithinLimits(adopted, TEN_YEARS_MS, 1)).toBe(false)
  expect(isWithinLimits(afterJump, TEN_YEARS_MS, 29_999)).toBe(true)
  expect(isWithinLimits(afterJump, TEN_YEARS_MS, 30_000)).toBe(false)
})

test.each([
  [0, 0, 0],
  [1, 500, 500],
  [15, 7_500, 7_500],
  [3600, 10_000, 360_000],
  [TEN_YEARS_S, 10_000, 600_000],
])(
  'with a lifetime of %s s a caller requires %s ms, and a refresh is due %s ms before the end',
  (expires_in, needed, early) => {
    expect(requiredMs(fresh(expires_in))).toBe(needed)
    expect(earlyRefreshMs(fresh(expires_in))).toBe(early)
  },
)

test('minValidityMs and leewayMs count as at most half the lifetime', () => {
  expect(requiredMs(fresh(3600), TEN_YEARS_MS)).toBe(1_800_000)
  expect(earlyRefreshMs(fresh(3600), TEN_YEARS_MS)).toBe(1_800_000)
  expect(earlyRefreshMs(fresh(3600), 0)).toBe(0)
})

test(`clocks that jump by ten years, with any lifetimes, cause at most two refreshes in 30 s (seed ${seed})`, () => {
  const moves = fc.array(
    fc.record({
      wallMs: fc.oneof(
        fc.integer({ min: -TEN_YEARS_MS, max: TEN_YEARS_MS }),
        fc.integer({ min: 0, max: 60_000 }),
      ),
      monotonicMs: fc.integer({ min: 0, max: 20_000 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  const lifetimes = fc.constantFrom(undefined, 0, 1, 10, 29, 60, 3600, TEN_YEARS_S)
  fc.assert(
    fc.property(moves, lifetimes, fc.boolean(), (steps, expires_in, early) => {
      let at = AT
      let known: Memory = { startedAt: at }
      let record = recordWith({ obtainedAtMs: at.nowMs - 1, tokens: { ...fresh(0).tokens } })
      const refreshes: number[] = []
      for (const { wallMs, monotonicMs } of steps) {
        at = { nowMs: at.nowMs + wallMs, monotonicMs: at.monotonicMs + monotonicMs }
        known = remember(known, record, at)
        if (isUsable({ request: { early }, memory: known }, record, at)) continue
        record = withNewTokens(record, fresh(expires_in).tokens, at.nowMs)
        known = rememberRefresh(remember(known, record, at), record.generation, at)
        refreshes.push(at.monotonicMs)
      }
      // A lifetime below 30 s counts by the monotonic clock, which does not jump.
      const spacing =
        expires_in === undefined || expires_in === 0 ? 30_000 : Math.min(30, expires_in / 2) * 1000
      refreshes
        .slice(2)
        .forEach((ms, index) => expect(ms - refreshes[index]!).toBeGreaterThanOrEqual(spacing))
    }),
    { seed, numRuns: CASES },
  )
})
