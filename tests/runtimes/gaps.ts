// Why a test that passes on Node fails in another runtime, or does not run there.
import type { RuntimeName } from './runtimes.ts'

export interface Gap {
  readonly why: string
  readonly runtimes: readonly RuntimeName[]
  /** Matches the titles. Each of these tests must fail there; one that passes is reported. */
  readonly tests: RegExp
  /** The tests do not run: their result is random, or they take too long to fail. */
  readonly isNotRun?: true
}

/** The reason of every failure in which a test used a module of Node. */
export const NO_NODE =
  'The test uses a module of Node (`inspect`, `createServer`, ...), which the runtime lacks.'

export const GAPS: readonly Gap[] = [
  {
    why: NO_NODE,
    runtimes: ['Chromium'],
    tests: /^node:crypto decrypts the envelope/,
  },
  {
    why: 'The runtime does not report why a connection failed: a refused one counts as `unknown`, and the refresh is retried.',
    runtimes: ['workerd', 'Chromium'],
    tests: /^a refused connection is an error with sent 'no'$/,
  },
  {
    why: 'The browser itself repeats a request when a reused connection breaks, so the result is random.',
    runtimes: ['Chromium'],
    tests: /after the request causes no second request$/,
    isNotRun: true,
  },
  {
    why: 'The test expects the messages and codes of Node; `sent` is as on Node, or more certain.',
    runtimes: ['Deno'],
    tests:
      /^(a host that does not exist|a port on which nothing listens|a self-signed certificate|a TLS handshake that|HTTP where TLS is expected|a connection (closed|reset) without a response)/,
  },
  {
    why: 'The test expects the messages and codes of Node; `sent` is as on Node, except for a rejected or interrupted TLS handshake, where it is `unknown`.',
    runtimes: ['Bun'],
    tests:
      /^(a port (on which nothing listens|that fetch blocks)|a TLS handshake that|HTTP where TLS is expected|a connection (closed|reset) without a response|a response that is not HTTP)/,
  },
  {
    why: 'Connections are not reused, because Deno would repeat a request on one that breaks.',
    runtimes: ['Deno'],
    tests: /^an idle connection that the server closes as (GET|POST) reuses it/,
  },
  {
    why: 'Bun repeats a GET when a reused connection breaks, as RFC 9110 section 9.2.2 allows. It does not repeat a POST.',
    runtimes: ['Bun'],
    tests: /^an idle connection that the server closes as GET reuses it/,
  },
  {
    why: 'Its fetch accepts a URL with a password.',
    runtimes: ['Deno', 'Bun'],
    tests: /^a URL with a password: not sent/,
  },
  {
    why: 'Plain fetch does not put the header into its error, which the test needs as proof that it would find it.',
    runtimes: ['Bun'],
    tests: /^the canary can be found: the error of plain fetch contains it/,
  },
  {
    why: 'Deno has no setter named `__proto__`, so the mistake has no effect there.',
    runtimes: ['Deno'],
    tests: /^members of a value are assigned one by one: caught by/,
  },
]
