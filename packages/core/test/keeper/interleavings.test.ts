// The machine that ships, in every interleaving of what processes do besides one refresh: nothing goes wrong but what is
// promised. test/system explores all pairs of troubles and three processes; `npm run soak` still more.
import { expect, test } from '@jest/globals'
import { refreshMachine } from '../../src/keeper/refresh.ts'
import { apart, caseOf, CASTS, inPairs, names, POLICIES, singly } from './world/configurations.ts'
import { brokenPromises, casesOfTable, exploreAll, stepsMade, summaryOf } from './world/report.ts'

const LIMIT_MS = 600_000
const COMMON = ['swap and locks', 'swap alone'] as const

/** What guarantees.test.ts and test/system explore. */
const ELSEWHERE = ['two processes, one expiry', 'two processes, two expiries', 'three processes, one expiry']

test.each(names(CASTS).filter(cast => !ELSEWHERE.includes(cast)))(
  '%s: each trouble by itself leads to nothing but what is promised',
  cast => {
    const explored = exploreAll(
      COMMON.flatMap(store =>
        (['strict', 'grace-latest'] as const).flatMap(policy => singly(cast, store, policy)),
      ),
    )
    process.stdout.write(summaryOf(cast, explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test(
  'a store that fails once, and one more trouble: nothing but what is promised',
  () => {
    const explored = exploreAll(
      COMMON.flatMap(store =>
        POLICIES.flatMap(policy => inPairs('two processes, one expiry', store, policy)),
      ).filter(({ troubles }) => troubles.includes('store error') && !troubles.includes('store read-only')),
    )
    process.stdout.write(summaryOf('a store that fails once', explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test(
  'two hosts whose clocks are 50 min apart, to either side: nothing but what is promised',
  () => {
    const explored = exploreAll(
      [-3_000_000, 3_000_000].flatMap(skewMs =>
        COMMON.flatMap(store => POLICIES.flatMap(policy => apart(skewMs, store, policy))),
      ),
    )
    process.stdout.write(summaryOf('clocks apart', explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

/** A flight that ends releases a lock if it holds one: both ways are one move. */
const asMove = (step: string, target: string): string =>
  `${step} -> ${target === 'unlocking' && step !== 'done' ? 'done' : target}`

test(
  'the table of the refresh machine lists every move that an exploration takes, and no other',
  () => {
    exploreAll([
      ...casesOfTable('swap and confirm'),
      ...casesOfTable('swap within a process only'),
      caseOf('two processes, one expiry', 'swap alone', 'strict', 'pause', 'pause'),
      caseOf('two processes, one expiry', 'swap and locks', 'strict', 'store error', 'store read-only'),
    ])
    const { transitions } = refreshMachine()
    const listed = Object.entries(transitions).flatMap(([state, row]) =>
      Object.entries(row).flatMap(([event, targets]) =>
        (targets as readonly string[]).map(target => asMove(`${state} ${event}`, target)),
      ),
    )
    const taken = [...stepsMade].flatMap(([step, targets]) =>
      [...targets].map(target => asMove(step, target)),
    )
    expect([...new Set(taken)].sort()).toEqual([...new Set(listed)].sort())
  },
  LIMIT_MS,
)
