// Writes the results of the exploration of the keeper to docs/explanation/guarantees.md: `npm run guarantees`. Takes some minutes.
import { readFileSync, writeFileSync } from 'node:fs'
import { names, STORES } from '../packages/core/test/keeper/world/configurations.ts'
import {
  casesOfTable,
  exploreAll,
  rulesWithout,
  tableOf,
  withFindings,
} from '../packages/core/test/keeper/world/report.ts'

const GUARANTEES = new URL('../docs/explanation/guarantees.md', import.meta.url)

const tables = names(STORES).map(store => tableOf(store, exploreAll(casesOfTable(store))))
const rules = rulesWithout().map(({ text }) => text)
writeFileSync(
  GUARANTEES,
  withFindings(readFileSync(GUARANTEES, 'utf8'), tables.join('\n\n'), rules.join('\n\n')),
)
