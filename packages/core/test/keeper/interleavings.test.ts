// The machine that ships, in every interleaving of closed configurations: what goes wrong is what docs/guarantees.md
// says, and nothing else; and without any one of its rules something does.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { caseOf, type Case, CASTS, inPairs, names, POLICIES, singly, STORES } from './world/configurations.ts'
import { MISSING } from './world/mutations.ts'
import { allowed } from './world/promises.ts'
import {
  casesOfTable,
  exploreAll,
  type Explored,
  rulesWithout,
  tableOf,
  withFindings,
} from './world/report.ts'

const SOAK = !!process.env['LATCHKEY_SOAK']
const MINUTES = SOAK ? 600 : 10
const GUARANTEES = new URL('../../../../docs/guarantees.md', import.meta.url)

const tables: string[] = []

function expectAsPromised(explored: readonly Explored[], title: string): void {
  const broken = explored.flatMap(({ one, report }) => {
    const may = allowed(one)
    return [...report.verdicts]
      .filter(([verdict]) => !may.has(verdict))
      .map(([verdict, trace]) => `${one.name}: ${verdict}\n${trace.join('\n')}`)
  })
  const states = explored.reduce((sum, { report }) => sum + report.states, 0)
  const ms = explored.reduce((sum, { report }) => sum + report.ms, 0)
  process.stdout.write(
    `${title}: ${explored.length} configurations, ${states} states, ${(ms / 1000).toFixed(1)} s\n`,
  )
  expect(broken).toEqual([])
}

test.each(names(STORES))(
  'two processes at one expiry, %s: nothing goes wrong but what is promised',
  store => {
    const explored = exploreAll(casesOfTable(store))
    tables.push(tableOf(store, explored))
    expectAsPromised(explored, `two processes, one expiry, ${store}`)
  },
  MINUTES * 60_000,
)

/** What CI explores beside the table; the full count is a matter of hours. */
const OTHERS: readonly Case[] = SOAK
  ? names(CASTS).flatMap(cast =>
      names(STORES).flatMap(store =>
        POLICIES.flatMap(policy => [...singly(cast, store, policy), ...inPairs(cast, store, policy)]),
      ),
    )
  : [
      ...names(CASTS)
        .filter(cast => cast !== 'three processes, one expiry' && cast !== 'two processes, two expiries')
        .flatMap(cast =>
          (['swap and locks', 'swap alone'] as const).flatMap(store => [
            caseOf(cast, store, 'strict', 'nothing'),
            caseOf(cast, store, 'strict', 'crash'),
            caseOf(cast, store, 'grace-latest', 'answer lost'),
          ]),
        ),
      caseOf('two processes, two expiries', 'swap and locks', 'strict', 'nothing'),
      caseOf('two processes, two expiries', 'swap alone', 'strict', 'store failover'),
      caseOf('three processes, one expiry', 'swap and locks', 'strict', 'nothing'),
      caseOf('three processes, one expiry', 'swap alone', 'strict', 'nothing'),
    ]

test(
  `${OTHERS.length} other configurations: more processes, expiries, rejections, sign-ins and sign-outs`,
  () => {
    const explored = OTHERS.map(one => exploreAll([one])[0] as Explored)
    expectAsPromised(explored, 'other configurations')
  },
  MINUTES * 60_000,
)

const without = rulesWithout

test(
  `without any one of its ${MISSING.length} rules the machine goes wrong, and docs/guarantees.md shows how`,
  () => {
    const rules = without()
    expect(rules.filter(({ caught }) => !caught).map(({ rule }) => rule)).toEqual([])
    const document = readFileSync(GUARANTEES, 'utf8')
    const findings = withFindings(document, tables.join('\n\n'), rules.map(({ text }) => text).join('\n\n'))
    expect(document).toBe(findings)
  },
  MINUTES * 60_000,
)
