// Writes what the exploration of the keeper finds to docs/explanation/exploration.md and rules.md: `npm run guarantees`. Takes some
// minutes. `-- --server strict` explores the servers of one kind, prints what it finds, and writes nothing.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { names, POLICIES, STORES } from '../packages/core/test/keeper/world/configurations.ts'
import {
  brokenPromises,
  casesOfTable,
  exploreAll,
  rulesWithout,
  tableOf,
  withFindings,
} from '../packages/core/test/keeper/world/report.ts'

/** Writes `content` between the marks of a page. */
function write(page: string, mark: 'table' | 'rules', content: readonly string[]): void {
  const path = new URL(`../docs/explanation/${page}`, import.meta.url)
  writeFileSync(path, withFindings(readFileSync(path, 'utf8'), mark, content.join('\n\n')))
}

const { server } = parseArgs({ options: { server: { type: 'string' } } }).values
const policies = POLICIES.filter(policy => server === undefined || policy === server)
if (policies.length === 0) throw new TypeError(`--server must be one of ${POLICIES.join(', ')}`)

const tables = names(STORES).map(store => {
  const explored = exploreAll(casesOfTable(store, policies))
  const broken = brokenPromises(explored)
  if (broken.length > 0) throw new Error(broken.join('\n'))
  const table = tableOf(store, explored, policies)
  if (server !== undefined) console.log(`${table}\n`)
  return table
})
if (server === undefined) {
  write('exploration.md', 'table', tables)
  write(
    'rules.md',
    'rules',
    rulesWithout().map(({ text }) => text),
  )
}
