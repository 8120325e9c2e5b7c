// The suites, the runtimes that each runs in, and why it does not run in the others.
import { globSync } from 'node:fs'
import { ROOT } from './bundle.ts'
import { type Result, resultOf } from './results.ts'
import { outcomesIn, RUNTIME_NAMES, type RuntimeName } from './runtimes.ts'

/** Runtimes without the modules of Node. */
const WEB: readonly RuntimeName[] = ['workerd', 'Chromium']

export interface Suite {
  readonly what: string
  /** Its test files, as patterns relative to the root of the repository. */
  readonly files: readonly string[]
  /** Those of the files that only Jest runs, on Node 24. */
  readonly without?: readonly string[]
  /** Runtimes that it does not run in, and why. */
  readonly lacks?: readonly { readonly runtimes: readonly RuntimeName[]; readonly why: string }[]
}

export const SUITES: Readonly<Record<string, Suite>> = {
  core: {
    what: 'machines, wire formats, proof key, keeper, client',
    files: ['packages/core/test/**/*.test.ts'],
    without: ['keeper/guarantees', 'keeper/interleavings', 'system/interleavings', 'properties'],
  },
  'core, any input': {
    what: 'random input from outside',
    files: ['packages/core/test/properties.test.ts'],
  },
  'transport contract': {
    what: '`fetchTransport` against a server that misbehaves in every way',
    files: ['packages/transport-fetch/test/contract.test.ts'],
  },
  'store contract, in memory': {
    what: '`MemoryTokenStore`',
    files: ['packages/test-kit/test/memory.test.ts'],
  },
  'store contract, encrypted': {
    what: '`encrypted` around it, and values that cannot be decrypted',
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
    without: ['contract', 'browser', 'ky-import', 'proxies', 'readme', 'redirects'],
    lacks: [
      {
        runtimes: WEB,
        why: 'The tests start servers in their own process, which these runtimes cannot; the transport contract has a separate server.',
      },
    ],
  },
  'store contract, files': {
    what: '`FileTokenStore`, shared with other processes',
    files: ['packages/storage-fs/test/contract.test.ts'],
    lacks: [{ runtimes: WEB, why: 'The runtime has no files.' }],
  },
  'store contract, Keyv': {
    what: '`KeyvTokenStore`',
    files: ['packages/storage-keyv/test/contract.test.ts'],
    lacks: [{ runtimes: WEB, why: 'The tests use keyv-file, which needs files.' }],
  },
  'store contract, Redis': {
    what: '`RedisTokenStore`',
    files: ['packages/storage-redis/test/contract.test.ts'],
    lacks: [{ runtimes: WEB, why: 'The Redis client needs the sockets of Node.' }],
  },
  'store contract, several Redis servers': {
    what: '`RedisTokenStore`, Sentinel and Cluster',
    files: ['packages/storage-redis/test/system/contract-on-several.test.ts'],
    lacks: [{ runtimes: WEB, why: 'The Redis client needs the sockets of Node.' }],
  },
}

/** Returns the files of a suite that run in other runtimes. */
export function filesOf({ files, without = [] }: Suite): string[] {
  return globSync([...files], { cwd: ROOT })
    .filter(file => !without.some(name => file.endsWith(`/${name}.test.ts`)))
    .sort()
}

/** Returns why a suite does not run in a runtime, or `undefined` when it does. */
export function whyNot(suite: string, runtime: RuntimeName): string | undefined {
  return SUITES[suite]!.lacks?.find(({ runtimes }) => runtimes.includes(runtime))?.why
}

/** Returns the runtimes that a suite runs in. */
export function runtimesOf(suite: string): RuntimeName[] {
  return RUNTIME_NAMES.filter(name => whyNot(suite, name) === undefined)
}

export async function runSuite(suite: string, runtime: RuntimeName): Promise<Result> {
  return resultOf(runtime, await outcomesIn(runtime, filesOf(SUITES[suite]!)))
}
