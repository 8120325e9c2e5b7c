// Explores the shipped machine in every interleaving of what processes do besides one refresh: only what is allowed goes
// wrong. test/system explores all pairs of troubles and three processes; `npm run soak` explores more.
import { expect, test } from '@jest/globals'
import { refreshMachine } from '../../src/keeper/refresh.ts'
import {
  withClocksApart,
  CASTS,
  eachPairOfTroubles,
  names,
  POLICIES,
  eachTrouble,
} from './world/configurations.ts'
import { brokenPromises, casesOfTable, exploreAll, stepsMade, summaryOf } from './world/report.ts'

const LIMIT_MS = 600_000
const COMMON = ['swap and locks', 'swap alone'] as const

/** The casts that guarantees.test.ts and test/system explore. */
const ELSEWHERE = ['two processes, one expiry', 'two processes, two expiries', 'three processes, one expiry']

test.each(names(CASTS).filter(cast => !ELSEWHERE.includes(cast)))(
  '%s: each trouble leads only to what is allowed',
  cast => {
    const explored = exploreAll(
      COMMON.flatMap(store =>
        (['strict', 'grace-latest'] as const).flatMap(policy => eachTrouble(cast, store, policy)),
      ),
    )
    process.stdout.write(summaryOf(cast, explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test(
  'a store that fails once, and one more trouble, lead only to what is allowed',
  () => {
    const explored = exploreAll(
      COMMON.flatMap(store =>
        POLICIES.flatMap(policy => eachPairOfTroubles('two processes, one expiry', store, policy)),
      ).filter(({ troubles }) => troubles.includes('store error') && !troubles.includes('store read-only')),
    )
    process.stdout.write(summaryOf('a store that fails once', explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test(
  'two hosts whose clocks are 50 min apart, in either direction, lead only to what is allowed',
  () => {
    const explored = exploreAll(
      [-3_000_000, 3_000_000].flatMap(skewMs =>
        COMMON.flatMap(store => POLICIES.flatMap(policy => withClocksApart(skewMs, store, policy))),
      ),
    )
    process.stdout.write(summaryOf('clocks apart', explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test('all that and a store that confirms make exactly the steps that the table of the refresh machine lists', () => {
  exploreAll(casesOfTable('swap and confirm'))
  const { transitions } = refreshMachine()
  const listed = Object.entries(transitions).flatMap(([state, row]) =>
    Object.entries(row).map(
      ([event, targets]) => [`${state} ${event}`, targets as readonly string[]] as const,
    ),
  )
  expect([...stepsMade.keys()].sort()).toEqual(listed.map(([step]) => step).sort())
  for (const [step, targets] of listed)
    expect(targets).toEqual(expect.arrayContaining([...stepsMade.get(step)!]))
})
