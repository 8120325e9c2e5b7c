// Why a test that is run elsewhere fails in a runtime, or is not run there.
import type { RuntimeName } from './runtimes.ts'

export interface Gap {
  readonly why: string
  readonly runtimes: readonly RuntimeName[]
  /** The titles. Each of these tests must fail there, or the gap is none any more. */
  readonly tests: RegExp
  /** They are not even run: what they come to is left to chance, or they take too long to fail. */
  readonly isNotRun?: true
}

/** For every failure in which a test reached for a module of Node. */
export const NO_NODE =
  'The test looks through a module of Node (`inspect`, `createServer`, ...), and there is none.'

export const GAPS: readonly Gap[] = [
  {
    why: NO_NODE,
    runtimes: ['Chromium'],
    tests: /^node:crypto decrypts the envelope/,
  },
  {
    why: 'What is wrong with a connection is not told: a refused one counts as `unknown`, and the refresh is tried again.',
    runtimes: ['workerd', 'Chromium'],
    tests: /^a refused connection is an error with sent 'no'$/,
  },
  {
    why: 'The browser itself repeats a request whose kept connection breaks, so that it is left to chance.',
    runtimes: ['Chromium'],
    tests: /after the request brings no second request$/,
    isNotRun: true,
  },
]
