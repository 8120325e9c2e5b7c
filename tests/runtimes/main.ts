// Runs every suite in every runtime and writes docs/reference/runtimes.md: `npm run runtimes`.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { inTurns } from './in-turns.ts'
import { pageOf } from './page.ts'
import type { Result } from './results.ts'
import { RUNTIME_NAMES, type RuntimeName, RUNTIMES } from './runtimes.ts'
import { runSuite, runtimesOf, SUITES } from './suites.ts'

const PAGE = fileURLToPath(new URL('../../docs/reference/runtimes.md', import.meta.url))

const results: Record<string, Partial<Record<RuntimeName, Result>>> = {}
const runs = Object.keys(SUITES).flatMap(suite => runtimesOf(suite).map(runtime => [suite, runtime] as const))
await inTurns(2, runs, async ([suite, runtime]) => {
  const result = await runSuite(suite, runtime)
  results[suite] = { ...results[suite], [runtime]: result }
  console.log(`${runtime}, ${suite}: ${result.passed} of ${result.total}`)
  for (const trouble of result.troubles) console.error(trouble)
  if (result.troubles.length > 0) process.exitCode = 1
})

const versions = await Promise.all(
  RUNTIME_NAMES.map(async name => [name, await RUNTIMES[name].version()] as const),
)
const page = pageOf(results, Object.fromEntries(versions))
if (!process.exitCode)
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }))
