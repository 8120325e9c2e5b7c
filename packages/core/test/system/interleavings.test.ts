// More cases of test/keeper. LATCHKEY_SOAK=1 adds cases that take minutes each.
import { expect, test } from '@jest/globals'
import {
  type Case,
  CASTS,
  eachPairOfTroubles,
  names,
  OTHER_CASTS,
  POLICIES,
  eachTrouble,
  STORES,
} from '../keeper/world/configurations.ts'
import { brokenPromises, exploreAll, lineOf } from '../keeper/world/report.ts'
import { partOf, SOAK } from '../../../../tools/soak/shard.ts'

const COMMON = ['swap and locks', 'swap alone'] as const

const readOnly = ({ troubles }: Case): boolean => troubles.includes('store read-only')

const QUICK: Readonly<Record<string, () => Case[]>> = {
  'what processes do besides one refresh, at a server with a grace window': () =>
    OTHER_CASTS.flatMap(cast => COMMON.flatMap(store => eachTrouble(cast, store, 'grace-latest'))),
  'two troubles together': () =>
    COMMON.flatMap(store =>
      POLICIES.flatMap(policy => eachPairOfTroubles('two processes, one expiry', store, policy)),
    ).filter(one => !readOnly(one)),
  'three processes': () =>
    COMMON.flatMap(store =>
      POLICIES.flatMap(policy => eachTrouble('three processes, one expiry', store, policy)),
    ),
  // Processes try so often to write to such a store that only one server is explored.
  'two troubles, one of them a store that is read-only for a while': () =>
    COMMON.flatMap(store => eachPairOfTroubles('two processes, one expiry', store, 'strict')).filter(
      readOnly,
    ),
  'two expiries, at the other stores': () =>
    names(STORES)
      .filter(store => store !== 'swap and locks' && store !== 'swap alone')
      .flatMap(store => eachTrouble('two processes, two expiries', store, 'strict')),
}

const ALL: Readonly<Record<string, () => Case[]>> = {
  'two troubles, one of them a store that is read-only for a while, at every server': () =>
    COMMON.flatMap(store =>
      POLICIES.flatMap(policy => eachPairOfTroubles('two processes, one expiry', store, policy)),
    ).filter(readOnly),
  'two expiries and two troubles': () =>
    COMMON.flatMap(store =>
      POLICIES.flatMap(policy => eachPairOfTroubles('two processes, two expiries', store, policy)),
    ).filter(one => !readOnly(one)),
  'three processes and two troubles': () =>
    COMMON.flatMap(store =>
      POLICIES.flatMap(policy => eachPairOfTroubles('three processes, one expiry', store, policy)),
    ).filter(one => !readOnly(one)),
  'everything that processes do, at every store and server': () =>
    names(CASTS).flatMap(cast =>
      names(STORES)
        // This store promises nothing, so there is nothing to find, and it takes the longest to explore.
        .filter(store => store !== 'swap within a process only')
        .flatMap(store => POLICIES.flatMap(policy => eachTrouble(cast, store, policy))),
    ),
}

test.each(Object.entries(SOAK ? { ...QUICK, ...ALL } : QUICK))('%s: no promise is broken', (_, cases) => {
  const broken = partOf(cases()).flatMap(one => {
    const explored = exploreAll([one])
    process.stdout.write(lineOf(explored[0]!))
    return brokenPromises(explored)
  })
  expect(broken).toEqual([])
})
