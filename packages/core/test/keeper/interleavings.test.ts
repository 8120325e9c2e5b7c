// Explores the shipped machine in every interleaving of what processes do besides one refresh: only what is allowed goes
// wrong. test/system explores another server, all pairs of troubles and three processes; `npm run soak` explores more.
import { expect, test } from '@jest/globals'
import { REFRESH } from '../../src/keeper/transitions.ts'
import {
  caseOf,
  eachPairOfTroubles,
  eachTrouble,
  OTHER_CASTS,
  POLICIES,
  withClocksApart,
} from './world/configurations.ts'
import { brokenPromises, casesOfTable, exploreAll, stepsMade, summaryOf } from './world/report.ts'

const LIMIT_MS = 600_000
const COMMON = ['swap and locks', 'swap alone'] as const

test.each(OTHER_CASTS)(
  '%s: each trouble leads only to what is allowed',
  cast => {
    const explored = exploreAll(COMMON.flatMap(store => eachTrouble(cast, store, 'strict')))
    process.stdout.write(summaryOf(cast, explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

// Cases that `npm run soak` found, of kinds that are too many to explore here: a spare refresh token was lost, a flight
// had no retries left, and a promise was too strong.
test.each([
  caseOf('two processes, one expiry', 'swap alone', 'grace-latest', 'pause', 'store loses a write'),
  caseOf(
    'two processes, two expiries',
    'swap alone',
    'grace-latest',
    'nonce required',
    'store loses a write',
  ),
  caseOf('two processes that remember nothing', 'swap alone', 'single', 'store emptied'),
])('$name: no promise is broken', one => {
  expect(brokenPromises(exploreAll([one]))).toEqual([])
})

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
      ...eachPairOfTroubles('two processes, one expiry', 'swap alone', 'grace-latest').filter(
        ({ troubles }) => troubles.includes('store error') && !troubles.includes('store read-only'),
      ),
    ])
    const listed = Object.entries(REFRESH).flatMap(([state, row]) =>
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
