// Runs the tests in other runtimes, and compares the results with docs/reference/runtimes.md.
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from '@jest/globals'
import { GAPS } from '../runtimes/gaps.ts'
import { inTurns } from '../runtimes/in-turns.ts'
import { cellIn, cellOf, partsOf } from '../runtimes/page.ts'
import type { Result } from '../runtimes/results.ts'
import { RUNTIME_NAMES, type RuntimeName } from '../runtimes/runtimes.ts'
import { runSuite, runtimesOf, SUITES } from '../runtimes/suites.ts'

const page = readFileSync(new URL('../../docs/reference/runtimes.md', import.meta.url), 'utf8')

const runs = Object.keys(SUITES).flatMap(suite => runtimesOf(suite).map(runtime => ({ suite, runtime })))
const results = new Map<string, Result | Error>()

beforeAll(async () => {
  await inTurns(2, runs, async ({ suite, runtime }) => {
    const result = await runSuite(suite, runtime).catch((error: Error) => error)
    results.set(`${runtime}, ${suite}`, result)
  })
}, 3_600_000)

function resultOf(suite: string, runtime: RuntimeName): Result {
  const result = results.get(`${runtime}, ${suite}`)!
  if (result instanceof Error) throw result
  return result
}

test.each(runs.map(({ suite, runtime }) => [runtime, suite] as const))(
  '%s, %s: every test passes, except those with a listed reason',
  (runtime, suite) => {
    const { passed, troubles } = resultOf(suite, runtime)
    expect(troubles).toEqual([])
    expect(passed).toBeGreaterThan(0)
  },
)

// Adding or removing a few tests does not require a new page. A new or missing reason, or a very different number, does.
test.each(Object.keys(SUITES))('docs/reference/runtimes.md has the results of: %s', suite => {
  for (const runtime of RUNTIME_NAMES) {
    const written = partsOf(cellIn(page, suite, runtime))
    if (runtimesOf(suite).includes(runtime)) {
      const found = partsOf(cellOf(suite, runtime, resultOf(suite, runtime)))
      expect([runtime, written.words]).toEqual([runtime, found.words])
      for (const [index, number] of written.numbers.entries())
        expect(found.numbers[index]! / number).toBeGreaterThan(0.95)
    } else
      expect([runtime, written.words]).toEqual([runtime, partsOf(cellOf(suite, runtime, undefined)).words])
  }
})

test.each(GAPS.flatMap(({ why, runtimes }) => runtimes.map(runtime => [runtime, why] as const)))(
  '%s has this gap: %s',
  (runtime, why) => {
    const found = runs.filter(run => run.runtime === runtime).map(run => resultOf(run.suite, runtime))
    expect(found.flatMap(({ reasons }) => reasons)).toContain(why)
  },
)
