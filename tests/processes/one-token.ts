import { expect } from '@jest/globals'
import type { Answer } from './worker.ts'

/** Expects that no caller failed, and that all got the same token. `callers`: how many there were; by default one of each worker. */
export function expectOneToken(answers: readonly Answer[], callers = answers.length): void {
  expect(answers.flatMap(answer => answer.failures)).toEqual([])
  const tokens = answers.flatMap(answer => answer.tokens)
  expect(tokens).toHaveLength(callers)
  expect(new Set(tokens).size).toBe(1)
}
