// Eight processes that share an account without a refresh token, whose tokens a JWT renews: one request for each expiry.
// LATCHKEY_EXPIRIES sets how often the token expires; LATCHKEY_SOAK is the full count.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Client, defineProvider } from '@latchkey/core'
import { jwtBearer, signInByGrant } from '@latchkey/core/provider'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fetchTransport } from '@latchkey/transport-fetch'
import { expectOneToken } from '../processes/one-token.ts'
import type { Answer } from '../processes/worker.ts'
import { LIFETIME_MS, startWorkers, stopWorkers, type Worker } from '../processes/workers.ts'
import { type GrantServer, startGrantServer } from '../servers/grants.ts'
import { CLIENTS } from '../servers/oidc-provider.ts'
import { soaked } from '../../tools/soak/shard.ts'

const EXPIRIES = soaked(500, Number(process.env['LATCHKEY_EXPIRIES'] ?? 50))
const PROCESSES = 8
const CALLERS = 100

let directory: string
let server: GrantServer
let workers: Worker[] = []
let strangers: Worker[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-grants-'))
  server = await startGrantServer()
  const { url, issuer, key } = server
  const client = new Client({
    ...CLIENTS.confidential,
    provider: defineProvider({ name: 'service', issuer: url, tokenEndpoint: `${url}/token` }),
    transport: fetchTransport(),
    store: new FileTokenStore({ directory }),
    grants: { service: jwtBearer({ issuer, key, subject: 'somebody' }) },
  })
  await signInByGrant(client, 'service')
  await client.close()
  const start = (count: number, service: { issuer: string; key?: string }): Promise<Worker[]> =>
    startWorkers({ url, client: CLIENTS.confidential }, { kind: 'files', directory }, count, { service })
  workers = await start(PROCESSES, { issuer, key })
  strangers = await start(1, { issuer })
})

afterEach(async () => {
  await stopWorkers([...workers, ...strangers])
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

async function expire(): Promise<void> {
  server.advance(LIFETIME_MS)
  await Promise.all(
    [...workers, ...strangers].map(worker => worker.ask({ type: 'advance', ms: LIFETIME_MS })),
  )
}

const ask = (of: readonly Worker[], callers: number): Promise<Answer[]> =>
  Promise.all(of.map(worker => worker.ask({ type: 'ask', callers })))

test(`${PROCESSES} processes x ${CALLERS} callers, ${EXPIRIES} expiries: as many requests`, async () => {
  for (let n = 1; n <= EXPIRIES; n++) {
    await expire()
    expectOneToken(await ask(workers, CALLERS), PROCESSES * CALLERS)
    expect(server.requests).toHaveLength(n + 1)
  }
}, 3_600_000)

test('a process without the grant sends nothing, and uses what the others obtain', async () => {
  await expire()
  const [failed] = await ask(strangers, 3)
  expect(failed!.failures).toEqual(Array(3).fill('misconfigured'))
  expect(server.requests).toHaveLength(1)
  const [first] = await ask(workers.slice(0, 1), 1)
  const [served] = await ask(strangers, 3)
  expect(served).toMatchObject({ tokens: Array(3).fill(first!.tokens[0]), failures: [] })
  expect(server.requests).toHaveLength(2)
})
