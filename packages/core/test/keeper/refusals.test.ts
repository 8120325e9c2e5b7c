// When a refused refresh is sent again, when the user must sign in again, and how often rejections lead to a refresh.
import { describe, expect, test } from '@jest/globals'
import type { Instant } from '../../src/keeper/instant.ts'
import { type Memory, remember } from '../../src/keeper/memory.ts'
import type { Refused } from '../../src/keeper/outcome.ts'
import type { TokenRecord } from '../../src/keeper/record.ts'
import { withNewTokens } from '../../src/keeper/record-writes.ts'
import { blockNow, isEnough, withRefusal, withRejection, withRetryAfter } from '../../src/keeper/refusals.ts'
import { AT, recordWith } from './support.ts'

const S = 1_000
const MIN = 60 * S
const HOUR = 60 * MIN
const MEMORY: Memory = { startedAt: AT }

/** The instant `ms` after `AT`, by both clocks. */
const after = (ms: number): Instant => ({ nowMs: AT.nowMs + ms, monotonicMs: AT.monotonicMs + ms })

/** Refuses `times` in a row, each as soon as it may be sent. Returns the record and the pauses. */
function refuse(kind: Refused, times: number, record = recordWith(), startMs = 0) {
  const pauses: number[] = []
  let now = startMs
  let refused = record
  for (let i = 0; i < times; i++) {
    if (i > 0) now += pauses[i - 1]!
    refused = withRefusal(refused, kind, undefined, after(now))
    pauses.push(refused.refusals!.nextTryAtMs - after(now).nowMs)
  }
  return { record: refused, pauses, lastMs: now }
}

describe('the schedule of refused refreshes', () => {
  test.each<[Refused, number, readonly number[]]>([
    ['refused', 7, [1, 9, 10, 60, 360, 360, 360]],
    ['misconfigured', 5, [10, 60, 360, 360, 360]],
    ['unreadable', 15, [...Array<number>(12).fill(5), 60, 60, 60]],
  ])('%s: no sooner than after so many minutes', (kind, times, minutes) => {
    expect(refuse(kind, times).pauses.map(ms => ms / MIN)).toEqual(minutes)
  })

  test('the next refresh comes no later than the end of the access token', () => {
    const endMs = AT.nowMs + 20 * S
    expect(withRefusal(recordWith(), 'refused', endMs, AT).refusals).toMatchObject({ nextTryAtMs: endMs })
    const later = withRefusal(recordWith(), 'refused', AT.nowMs + HOUR, AT)
    expect(later.refusals).toMatchObject({ nextTryAtMs: AT.nowMs + MIN })
  })

  test('blocks every process until then, and no longer', () => {
    const record = withRefusal(recordWith(), 'refused', undefined, AT)
    expect(blockNow(record, MEMORY, after(MIN - 1))).toMatchObject({ reason: 'refusals' })
    expect(blockNow(record, MEMORY, after(MIN))).toBeUndefined()
  })

  test('starts over after a success', () => {
    const { record } = refuse('refused', 2)
    const renewed = withNewTokens(record, { access_token: 'a' }, AT.nowMs)
    expect(renewed).not.toHaveProperty('refusals')
    expect(refuse('refused', 1, renewed).pauses).toEqual([MIN])
  })
})

describe('when the user must sign in again', () => {
  const enough = (record: TokenRecord, ms: number, areOthersRefused = false): boolean =>
    isEnough(record, areOthersRefused, after(ms))

  test('not without a refusal', () => {
    expect(enough(recordWith(), 0)).toBe(false)
  })

  test('after three refusals with words over at least ten minutes', () => {
    for (const times of [1, 2]) expect(enough(refuse('refused', times).record, 11 * MIN)).toBe(false)
    const { record, lastMs } = refuse('refused', 3)
    expect(lastMs).toBe(10 * MIN)
    expect(enough(record, lastMs - 1)).toBe(false)
    expect(enough(record, lastMs)).toBe(true)
  })

  test('not while other accounts of the client are refused as well, before a day and six attempts', () => {
    const three = refuse('refused', 3)
    expect(enough(three.record, three.lastMs, true)).toBe(false)
    const eight = refuse('refused', 8)
    expect(enough(eight.record, 24 * HOUR - 1, true)).toBe(false)
    expect(enough(eight.record, 24 * HOUR, true)).toBe(true)
    expect(enough(refuse('refused', 5).record, 25 * HOUR, true)).toBe(false)
  })

  test('not by responses without words, before a day and six attempts', () => {
    const { record, lastMs } = refuse('unreadable', 20)
    expect(enough(record, lastMs)).toBe(false)
    expect(enough(record, 24 * HOUR - 1)).toBe(false)
    expect(enough(record, 24 * HOUR)).toBe(true)
    expect(enough(refuse('unreadable', 5).record, 30 * HOUR)).toBe(false)
  })

  test('the time of a wrong configuration does not count', () => {
    const { record, lastMs } = refuse('misconfigured', 8)
    expect(lastMs).toBeGreaterThan(24 * HOUR)
    const page = withRefusal(record, 'unreadable', undefined, after(lastMs + MIN))
    expect(enough(page, lastMs + MIN)).toBe(false)
  })

  test('a Retry-After is no refusal', () => {
    const record = withRetryAfter(recordWith(), AT.nowMs + HOUR, AT)
    expect(record.refusals).toMatchObject({ count: 0, attempts: 0 })
    expect(enough(record, 48 * HOUR)).toBe(false)
    expect(blockNow(record, MEMORY, AT)).toMatchObject({ reason: 'retry-after' })
  })
})

describe('refreshes by rejection: a leaky bucket', () => {
  /** Rejects each new access token at once. Returns when the refreshes were sent, in ms after the start. */
  function refreshesWithin(ms: number, lifeMs = 0): number[] {
    const sent: number[] = []
    let record = recordWith()
    for (let now = 0; now <= ms;) {
      record = withRejection(record, after(now))
      now += Math.max(
        0,
        (blockNow(record, MEMORY, after(now))?.untilMs ?? after(now).nowMs) - after(now).nowMs,
      )
      if (now > ms) break
      sent.push(now)
      record = withNewTokens(record, { access_token: `a${sent.length}` }, after(now).nowMs)
      now += lifeMs
    }
    return sent
  }

  test('three at once, then one per 210 s', () => {
    expect(refreshesWithin(700 * S)).toEqual([0, 0, 0, 210 * S, 420 * S, 630 * S])
  })

  test('at most 20 in any hour', () => {
    const sent = refreshesWithin(24 * HOUR)
    for (const from of sent) {
      const inHour = sent.filter(at => at >= from && at < from + HOUR)
      expect(inHour.length).toBeLessThanOrEqual(20)
    }
  })

  test.each([2 * HOUR, 210 * S])(
    'a server that ends each token by 401 after %d ms is never held back',
    lifeMs => {
      const sent = refreshesWithin(48 * HOUR, lifeMs)
      expect(sent).toEqual(sent.map((_, index) => index * lifeMs))
    },
  )

  test('a rejection of the token before does not block the current one', () => {
    let record = recordWith()
    for (let i = 0; i < 5; i++) record = withRejection(record, AT)
    expect(blockNow(record, MEMORY, AT)).toMatchObject({ reason: 'rejections', untilMs: AT.nowMs + 420 * S })
    expect(blockNow({ ...record, generation: 2 }, MEMORY, AT)).toBeUndefined()
  })

  test('a clock that was set back empties nothing and fills nothing', () => {
    const once = withRejection(recordWith(), AT)
    expect(withRejection(once, after(-HOUR)).rejections).toMatchObject({ level: 2 })
  })

  test('of two blocks the longer one holds', () => {
    let record = recordWith()
    for (let i = 0; i < 4; i++) record = withRejection(record, AT)
    const refused = withRefusal(record, 'misconfigured', undefined, AT)
    expect(blockNow(refused, MEMORY, after(211 * S))).toMatchObject({ reason: 'refusals' })
    const brief = withRefusal(record, 'refused', undefined, AT)
    expect(blockNow(brief, MEMORY, after(61 * S))).toMatchObject({ reason: 'rejections' })
  })
})

describe('instants ahead', () => {
  test('count for six hours at most', () => {
    const record = withRetryAfter(recordWith(), AT.nowMs + 1_000 * HOUR, AT)
    expect(blockNow(record, MEMORY, AT)).toMatchObject({ untilMs: AT.nowMs + 6 * HOUR })
    expect(blockNow(record, MEMORY, after(6 * HOUR))).toBeUndefined()
  })

  test('of a clock that is ahead by up to 5 min are believed', () => {
    const record = withRetryAfter(recordWith(), AT.nowMs + 5 * MIN + 30 * S, after(5 * MIN))
    expect(blockNow(record, MEMORY, after(5 * MIN))).toBeDefined()
    expect(blockNow(record, MEMORY, after(5 * MIN + 30 * S))).toBeUndefined()
  })

  test('of a clock that is further ahead are measured by the monotonic clock, from when they were seen', () => {
    const ahead = after(240 * HOUR)
    const record = withRefusal(recordWith(), 'refused', undefined, ahead)
    const memory = remember(MEMORY, record, AT)
    expect(blockNow(record, memory, after(MIN - 1))).toMatchObject({ untilMs: AT.nowMs + MIN })
    expect(blockNow(record, memory, after(MIN))).toBeUndefined()
    // The same block, read again, does not start over; another one does.
    const again = remember(memory, record, after(30 * S))
    expect(blockNow(record, again, after(MIN))).toBeUndefined()
    const other = withRefusal(record, 'refused', undefined, ahead)
    expect(blockNow(other, remember(again, other, after(30 * S)), after(MIN))).toBeDefined()
  })

  test('of a clock that went back afterwards do not block longer than they were meant to', () => {
    const record = withRefusal(recordWith(), 'refused', undefined, AT)
    const memory = remember(MEMORY, record, AT)
    const setBack = (ms: number): Instant => ({
      nowMs: AT.nowMs - HOUR + ms,
      monotonicMs: AT.monotonicMs + ms,
    })
    expect(blockNow(record, memory, setBack(MIN - 1))).toBeDefined()
    expect(blockNow(record, memory, setBack(MIN))).toBeUndefined()
  })
})
