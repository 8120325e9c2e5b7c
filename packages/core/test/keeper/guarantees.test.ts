// Explores the shipped machine in every interleaving, for each kind of store and server and each trouble: only what
// docs/explanation/exploration.md lists goes wrong. Without any one of the rules more does (docs/explanation/rules.md).
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
const PAGES = new URL('../../../../docs/explanation/', import.meta.url)

/** Expects that `page` has `content` between its marks. */
function expectOn(page: string, mark: 'table' | 'rules', content: readonly string[]): void {
  const document = readFileSync(new URL(page, PAGES), 'utf8')
  expect(document).toBe(withFindings(document, mark, content.join('\n\n')))
}

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

test('docs/explanation/exploration.md has what was found', () => {
  expectOn('exploration.md', 'table', tables)
})

test(
  'without any one of its rules the machine goes wrong, and docs/explanation/rules.md shows how',
  () => {
    const rules = rulesWithout()
    expect(rules.filter(({ caught }) => !caught).map(({ rule }) => rule)).toEqual([])
    expectOn(
      'rules.md',
      'rules',
      rules.map(({ text }) => text),
    )
  },
  LIMIT_MS,
)
