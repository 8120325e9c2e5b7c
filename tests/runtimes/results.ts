// Counts the results of a suite in a runtime, and finds the reason of each failure.
import { GAPS, type Gap, NO_NODE } from './gaps.ts'
import type { FileOutcomes } from './program/files.ts'
import type { RuntimeName } from './runtimes.ts'

export interface Result {
  readonly passed: number
  /** Cases that the contract skips for this subject are not counted. */
  readonly total: number
  /** Why some tests failed. */
  readonly reasons: readonly string[]
  /** Failures without a reason, and tests that pass in spite of a listed gap. */
  readonly troubles: readonly string[]
}

export function resultOf(runtime: RuntimeName, files: readonly FileOutcomes[]): Result {
  const tests = files
    .flatMap(({ file, outcomes }) => outcomes.map(outcome => ({ file, ...outcome })))
    .filter(({ outcome }) => outcome !== 'skipped')
  const failed = tests.filter(({ outcome }) => outcome === 'failed')
  const gaps = GAPS.filter(gap => gap.runtimes.includes(runtime))
  const reasons = new Set<string>()
  const troubles: string[] = []
  for (const { file, title, why, absent } of failed) {
    const reason = gaps.find(gap => gap.tests.test(title))?.why ?? (absent && NO_NODE)
    if (reason) reasons.add(reason)
    else troubles.push(`${file}: ${title}: ${why}`)
  }
  for (const { title, outcome } of tests)
    if (outcome === 'passed' && gaps.some(gap => gap.tests.test(title)))
      troubles.push(`${title}: passes, but gaps.ts lists it as failing: remove the gap`)
  return { passed: tests.length - failed.length, total: tests.length, reasons: [...reasons], troubles }
}

/** Returns patterns for the titles of tests that must not run in a runtime. */
export function notRunIn(runtime: RuntimeName): RegExp[] {
  return GAPS.filter((gap): gap is Gap => gap.isNotRun === true && gap.runtimes.includes(runtime)).map(
    ({ tests }) => tests,
  )
}
