// What a suite came to in a runtime, counted, and each failure with its reason.
import { GAPS, type Gap, NO_NODE } from './gaps.ts'
import type { FileOutcomes } from './program/files.ts'
import type { RuntimeName } from './runtimes.ts'

export interface Result {
  readonly passed: number
  /** The contract's cases that say themselves why they cannot be run for this subject count as neither. */
  readonly total: number
  /** Why not all of them passed. */
  readonly reasons: readonly string[]
  /** Failures that nothing explains, and gaps that are none. */
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
      troubles.push(`${title}: a gap that is none any more`)
  return { passed: tests.length - failed.length, total: tests.length, reasons: [...reasons], troubles }
}

/** The titles of tests that are not to be run in a runtime. */
export function notRunIn(runtime: RuntimeName): RegExp[] {
  return GAPS.filter((gap): gap is Gap => gap.isNotRun === true && gap.runtimes.includes(runtime)).map(
    ({ tests }) => tests,
  )
}
