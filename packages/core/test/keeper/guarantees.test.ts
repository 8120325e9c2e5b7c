// Explores the shipped machine in every interleaving, for each kind of store and server and each trouble: only what
// docs/explanation/guarantees.md lists goes wrong. Without any one of the rules more does.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { names, STORES } from './world/configurations.ts'
import {
  brokenPromises,
  casesOfTable,
  exploreAll,
  rulesWithout,
  summaryOf,
  tableOf,
  withFindings,
} from './world/report.ts'

const LIMIT_MS = 600_000
const GUARANTEES = new URL('../../../../docs/explanation/guarantees.md', import.meta.url)

const tables: string[] = []

test.each(names(STORES))(
  'store with %s: each trouble leads only to what is allowed',
  store => {
    const explored = exploreAll(casesOfTable(store))
    tables.push(tableOf(store, explored))
    process.stdout.write(summaryOf(`store with ${store}`, explored))
    expect(brokenPromises(explored)).toEqual([])
  },
  LIMIT_MS,
)

test(
  'without any one of its rules the machine goes wrong, and docs/explanation/guarantees.md shows how',
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
