// The machine that ships, in every interleaving of closed configurations: what goes wrong is what docs/guarantees.md
// says, and nothing else; and without any one of its rules something does. `npm run soak` explores more of them.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { refreshing } from '../../src/keeper/refresh.ts'
import { apart, CASTS, inPairs, names, POLICIES, singly, STORES } from './world/configurations.ts'
import {
  brokenPromises,
  casesOfTable,
  exploreAll,
  rulesWithout,
  stepsMade,
  summaryOf,
  tableOf,
  withFindings,
} from './world/report.ts'

const LIMIT_MS = 600_000
const GUARANTEES = new URL('../../../../docs/guarantees.md', import.meta.url)
const COMMON = ['swap and locks', 'swap alone'] as const

const tables: string[] = []

test.each(names(STORES))(
  'store with %s: each trouble by itself leads to nothing but what is promised',
  store => {
    const explored = exploreAll(casesOfTable(store))
    tables.push(tableOf(store, explored))
    process.stdout.write(summaryOf(`store with ${store}`, explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test.each(COMMON)(
  'store with %s: two troubles together lead to nothing but what is promised',
  store => {
    const explored = exploreAll(
      POLICIES.flatMap(policy => inPairs('two processes, one expiry', store, policy)).filter(
        // A store that cannot be written for a while is tried so often that its pairs are left to the soak.
        ({ troubles }) => !troubles.includes('store read-only'),
      ),
    )
    process.stdout.write(summaryOf(`two troubles, store with ${store}`, explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test.each(names(CASTS).filter(cast => !/^two processes, (one expiry|two expiries)$/.test(cast)))(
  '%s: each trouble by itself leads to nothing but what is promised',
  cast => {
    const servers = cast === 'three processes, one expiry' ? POLICIES : (['strict', 'grace-latest'] as const)
    const explored = exploreAll(
      COMMON.flatMap(store => servers.flatMap(policy => singly(cast, store, policy))),
    )
    process.stdout.write(summaryOf(cast, explored))
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

test('all that makes every step that the table of the refresh machine lists, and none that it does not', () => {
  const { transitions } = refreshing()
  const listed = Object.entries(transitions).flatMap(([state, row]) =>
    Object.entries(row).map(
      ([event, targets]) => [`${state} ${event}`, targets as readonly string[]] as const,
    ),
  )
  expect([...stepsMade.keys()].sort()).toEqual(listed.map(([step]) => step).sort())
  for (const [step, targets] of listed)
    expect(targets).toEqual(expect.arrayContaining([...stepsMade.get(step)!]))
})

test(
  'without any one of its rules the machine goes wrong as it never does with it, and docs/guarantees.md shows how',
  () => {
    const rules = rulesWithout()
    expect(rules.filter(({ caught }) => !caught).map(({ rule }) => rule)).toEqual([])
    const document = readFileSync(GUARANTEES, 'utf8')
    expect(document).toBe(
      withFindings(document, tables.join('\n\n'), rules.map(({ text }) => text).join('\n\n')),
    )
  },
  LIMIT_MS,
)
