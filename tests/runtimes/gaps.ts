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
    tests: /after the request causes no second request$/,
    isNotRun: true,
  },
  {
    why: 'The words and codes of the errors are those of Node; `sent` is as on Node, or more certain.',
    runtimes: ['Deno'],
    tests:
      /^(a host that does not exist|a port on which nothing listens|a self-signed certificate|a TLS handshake that|HTTP where TLS is expected|a connection (closed|reset) without a response)/,
  },
  {
    why: 'The words and codes of the errors are those of Node; `sent` is as on Node, but for a refused or cut TLS handshake, where it is `unknown`.',
    runtimes: ['Bun'],
    tests:
      /^(a port (on which nothing listens|that fetch blocks)|a TLS handshake that|HTTP where TLS is expected|a connection (closed|reset) without an answer|a response that is not HTTP)/,
  },
  {
    why: 'No connection is kept, since Deno would repeat a request on one that breaks.',
    runtimes: ['Deno'],
    tests: /^an idle connection that the server closes as (GET|POST) reuses it/,
  },
  {
    why: 'Bun repeats a GET whose kept connection breaks, as RFC 9110 section 9.2.2 allows; a POST it does not.',
    runtimes: ['Bun'],
    tests: /^an idle connection that the server closes as GET reuses it/,
  },
  {
    why: 'Its fetch takes a URL with a password.',
    runtimes: ['Deno', 'Bun'],
    tests: /^a URL with a password: not sent/,
  },
  {
    why: 'Plain fetch does not put the header into its error, which the test wants as proof that it would be seen.',
    runtimes: ['Bun'],
    tests: /^the canary can be found: the error of plain fetch contains it/,
  },
  {
    why: 'Deno has no setter named `__proto__`, so that the mistake does no harm there.',
    runtimes: ['Deno'],
    tests: /^members of a value are assigned one by one: caught by/,
  },
]
