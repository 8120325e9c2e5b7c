// Two copies and two versions of core over one store, as docs/reference/support.md promises. A program gets two when its
// dependencies disagree, and a fleet has two while it is updated.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import type * as core from '@latchkey/core'
import type * as storage from '@latchkey/storage-fs'
import type * as transport from '@latchkey/transport-fetch'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { build, type BuildOptions } from 'esbuild'
import { startOddServer } from '../servers/odd-server.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The commit of 0.1.0. */
const OLD = '596adce'
const ENTRIES = ['core', 'storage-fs', 'transport-fetch']

/** A copy of three packages, with classes and module state of its own. */
type Copy = typeof core & Pick<typeof storage, 'FileTokenStore'> & Pick<typeof transport, 'fetchTransport'>

const folder = mkdtempSync(join(tmpdir(), 'latchkey-cores-'))
const server = await startOddServer()
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

async function copyOf(name: string, options: BuildOptions): Promise<Copy> {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    stdin: {
      contents: ENTRIES.map(entry => `export * from '@latchkey/${entry}'`).join('\n'),
      resolveDir: join(ROOT, 'tests'),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@latchkey/source'],
    outfile,
    ...options,
  })
  return (await import(pathToFileURL(outfile).href)) as Copy
}

/** Returns 0.1.0, from the repository's history. */
async function oldCopy(): Promise<Copy> {
  const sources = join(folder, 'sources-0.1')
  mkdirSync(sources)
  // A shallow clone has no history: `git fetch --unshallow`.
  const archive = execFileSync('git', ['archive', OLD, ...ENTRIES.map(name => `packages/${name}/src`)], {
    cwd: ROOT,
    maxBuffer: 100e6,
  })
  execFileSync('tar', ['-x', '-C', sources], { input: archive })
  return copyOf('old', {
    alias: Object.fromEntries(
      ENTRIES.map(name => [`@latchkey/${name}`, join(sources, `packages/${name}/src/index.ts`)]),
    ),
    nodePaths: [join(ROOT, 'node_modules')],
  })
}

const [one, other, old] = await Promise.all([copyOf('one', {}), copyOf('other', {}), oldCopy()])

/** Returns a client of a copy; all share the folder, the clock and the server. */
function clientOf(copy: Copy, directory: string, clock: FakeClock): core.Client {
  return new copy.Client({
    client_id: 'id',
    client_secret: 'shh',
    provider: copy.defineProvider({
      name: 'as',
      grants: ['authorization_code', 'refresh_token'],
      authorizationEndpoint: `${server.url}/authorize`,
      tokenEndpoint: `${server.url}/token`,
      clientAuthentication: 'client_secret_post',
      pkce: 'none',
    }),
    store: new copy.FileTokenStore({ directory }),
    transport: copy.fetchTransport(),
    clock,
    logger: { warn() {} },
  })
}

let directory: string
let clock: FakeClock
let sent: number
beforeEach(() => {
  directory = mkdtempSync(join(folder, 'tokens-'))
  clock = fakeClock({ nowMs: 1_795_000_000_000 })
  server.respond('/token', ...['2', '3'].map(grant))
  sent = server.requests.length
})

const grant = (suffix: string): { body: object } => ({
  body: {
    access_token: `at-${suffix}`,
    refresh_token: `rt-${suffix}`,
    token_type: 'Bearer',
    expires_in: 3600,
  },
})
const FIRST = { access_token: 'at-1', refresh_token: 'rt-1', token_type: 'Bearer', expires_in: 3600 }
const HOUR_MS = 3_600_000
/** The refresh tokens that were sent since the test began. */
const used = (): unknown[] => server.requests.slice(sent).map(({ form }) => form['refresh_token'])

test('two copies of this version refresh once, however many callers each has', async () => {
  const clients = [clientOf(one, directory, clock), clientOf(other, directory, clock)]
  await clients[0]!.import(FIRST)
  await clock.advance(HOUR_MS)
  const tokens = await Promise.all(
    Array.from({ length: 8 }, (_, caller) => clients[caller % 2]!.accessToken()),
  )
  expect(new Set(tokens)).toEqual(new Set(['at-2']))
  expect(used()).toEqual(['rt-1'])
})

test('an error of another copy is known by its code and by isSignInRequired, not by instanceof', async () => {
  const error: unknown = await clientOf(other, directory, clock)
    .accessToken()
    .catch((error: unknown) => error)
  expect(error).toBeInstanceOf(other.SignedOutError)
  expect(error).not.toBeInstanceOf(one.SignedOutError)
  expect(error).toMatchObject({ code: 'signed_out' })
  expect([one.isSignInRequired(error), other.isSignInRequired(error)]).toEqual([true, true])
})

test('a store of one copy serves a client of the other', async () => {
  const store = new one.FileTokenStore({ directory })
  const client = new other.Client({ client_id: 'id', store, clock, transport: other.fetchTransport() })
  await client.import(FIRST)
  expect(await client.accessToken()).toBe('at-1')
})

test('0.1.0 and this version share an account until this version writes; then 0.1.0 rejects the record and keeps it', async () => {
  const before = clientOf(old, directory, clock)
  await before.import(FIRST)
  const after = clientOf(one, directory, clock)
  expect(await after.accessToken()).toBe('at-1')
  expect(await clientOf(old, directory, clock).accessToken()).toBe('at-1')

  await clock.advance(HOUR_MS)
  expect(await after.accessToken()).toBe('at-2')
  const store = new one.FileTokenStore({ directory })
  const record = await store.read('as/id/default')
  expect(record!.value).toMatchObject({ v: 2 })
  for (const client of [before, clientOf(old, directory, clock)])
    await expect(client.accessToken()).rejects.toMatchObject({ code: 'record_unusable' })
  expect(await store.read('as/id/default')).toEqual(record)
  expect(await after.accessToken()).toBe('at-2')
  expect(used()).toEqual(['rt-1'])
})

test('a process of 0.1.0 that expires together with this version costs no second refresh', async () => {
  const before = clientOf(old, directory, clock)
  await before.import(FIRST)
  const after = clientOf(one, directory, clock)
  await clock.advance(HOUR_MS)
  const [oldOutcome, newOutcome] = await Promise.allSettled([before.accessToken(), after.accessToken()])
  expect(newOutcome).toEqual({ status: 'fulfilled', value: 'at-2' })
  if (oldOutcome.status === 'fulfilled') expect(oldOutcome.value).toBe('at-2')
  else expect(oldOutcome.reason).toMatchObject({ code: 'record_unusable' })
  expect(used()).toEqual(['rt-1'])
})
