// What is run where, and why what is not run is not.
import { globSync } from 'node:fs'
import { ROOT } from './bundle.ts'
import { type Result, resultOf } from './results.ts'
import { outcomesIn, RUNTIME_NAMES, type RuntimeName } from './runtimes.ts'

/** Runtimes without the modules of Node. */
const WEB: readonly RuntimeName[] = ['workerd', 'Chromium']

export interface Suite {
  readonly what: string
  /** Its test files, as patterns from the project's root. */
  readonly files: readonly string[]
  /** Files of these that are for no other runtime than Node 24, where Jest runs them. */
  readonly without?: readonly string[]
  /** Runtimes that it is not run in, and why. */
  readonly lacks?: readonly { readonly runtimes: readonly RuntimeName[]; readonly why: string }[]
}

export const SUITES: Readonly<Record<string, Suite>> = {
  core: {
    what: 'machines, wire formats, proof key, keeper, client',
    files: ['packages/core/test/**/*.test.ts'],
    without: ['keeper/guarantees', 'keeper/interleavings', 'system/interleavings', 'properties'],
  },
  'core, any input': {
    what: 'what comes in from outside, drawn at random',
    files: ['packages/core/test/properties.test.ts'],
  },
  'transport contract': {
    what: "`fetchTransport` against a server's every misbehaviour",
    files: ['packages/transport-fetch/test/contract.test.ts'],
  },
  'store contract, in memory': {
    what: '`MemoryTokenStore`',
    files: ['packages/test-kit/test/memory.test.ts'],
  },
  'store contract, encrypted': {
    what: '`encrypted` around it, and what nobody can read',
    files: ['tests/encrypted.test.ts'],
  },
  'test-kit': {
    what: 'broken stores and transports, each of which must fail a contract',
    files: ['packages/test-kit/test/*.test.ts'],
    without: ['memory', 'readme'],
  },
  'transport-fetch': {
    what: 'redirects, errors, deadlines, `authorizedFetch`, over real connections',
    files: ['packages/transport-fetch/test/*.test.ts'],
    without: ['contract', 'browser', 'readme', 'redirects'],
    lacks: [
      {
        runtimes: WEB,
        why: 'The tests have servers of their own in the process, where these runtimes have none; the transport contract brings one.',
      },
    ],
  },
  'store contract, files': {
    what: '`FileTokenStore`, shared with other processes',
    files: ['packages/storage-fs/test/contract.test.ts'],
    lacks: [{ runtimes: WEB, why: 'There are no files.' }],
  },
  'store contract, Keyv': {
    what: '`KeyvTokenStore`',
    files: ['packages/storage-keyv/test/contract.test.ts'],
    lacks: [{ runtimes: WEB, why: 'keyv-file, in the tests, needs files.' }],
  },
  'store contract, Redis': {
    what: '`RedisTokenStore`',
    files: ['packages/storage-redis/test/contract.test.ts'],
    lacks: [{ runtimes: WEB, why: 'The Redis client is for the sockets of Node.' }],
  },
  'store contract, Redis of several': {
    what: '`RedisTokenStore`, Sentinel and Cluster',
    files: ['packages/storage-redis/test/contract-on-several.test.ts'],
    lacks: [{ runtimes: WEB, why: 'The Redis client is for the sockets of Node.' }],
  },
}

/** The files of a suite that are run in other runtimes. */
export function filesOf({ files, without = [] }: Suite): string[] {
  return globSync([...files], { cwd: ROOT })
    .filter(file => !without.some(name => file.endsWith(`/${name}.test.ts`)))
    .sort()
}

/** Why a suite is not run in a runtime, where it is not. */
export function whyNot(suite: string, runtime: RuntimeName): string | undefined {
  return SUITES[suite]!.lacks?.find(({ runtimes }) => runtimes.includes(runtime))?.why
}

/** The runtimes that a suite is run in. */
export function runtimesOf(suite: string): RuntimeName[] {
  return RUNTIME_NAMES.filter(name => whyNot(suite, name) === undefined)
}

export async function runSuite(suite: string, runtime: RuntimeName): Promise<Result> {
  return resultOf(runtime, await outcomesIn(runtime, filesOf(SUITES[suite]!)))
}
