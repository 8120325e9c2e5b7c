// Eight processes that share an account whose tokens are bound to a key, at a server with strict rotation whose nonce changes
// with every response. LATCHKEY_EXPIRIES sets how often the token expires; LATCHKEY_SOAK is the full count.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { dpop } from '@latchkey/core'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { expectOneToken } from '../processes/one-token.ts'
import { expire, refreshesAt, signIn, startWorkers, stopWorkers, type Worker } from '../processes/workers.ts'
import { type DpopGate, startDpopGate } from '../servers/dpop-gate.ts'
import { clientOf } from '../support.ts'
import { soaked } from '../../tools/soak/shard.ts'

const EXPIRIES = soaked(500, Number(process.env['LATCHKEY_EXPIRIES'] ?? 50))
const PROCESSES = 8
const CALLERS = 100

let directory: string
let emulator: Emulator
let gate: DpopGate
let workers: Worker[] = []
const gated = (): Emulator => ({ ...emulator, url: gate.url })

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-dpop-'))
  emulator = await startEmulator({ rotation: 'strict', expiresIn: 3600 })
  gate = await startDpopGate(emulator.url)
})

afterEach(async () => {
  await stopWorkers(workers)
  workers = []
  await gate.close()
  await emulator.close()
  await rm(directory, { recursive: true, force: true })
})

async function signedIn(options: Parameters<typeof clientOf>[1] = {}): Promise<void> {
  const store = new FileTokenStore({ directory })
  await signIn(clientOf(gated(), { store, dpop: dpop(), ...options }), emulator)
  await store.close()
}

test(`${PROCESSES} processes x ${CALLERS} callers, ${EXPIRIES} expiries: as many refreshes count, with one key`, async () => {
  await signedIn()
  workers = await startWorkers(gated(), { kind: 'files', directory }, PROCESSES, { dpop: true })
  for (let n = 1; n <= EXPIRIES; n++) {
    expectOneToken(await expire(emulator, workers, CALLERS), PROCESSES * CALLERS)
    // The emulator is behind the gate: it sees only what is processed.
    expect(refreshesAt(emulator)).toBe(n)
  }
  expect(gate.keys.size).toBe(1)
  expect(gate.demands).toBeGreaterThan(0)
}, 3_600_000)

test('eight clients of one process, each request to the API with a nonce of its own: all succeed', async () => {
  const store = new FileTokenStore({ directory })
  const options = { store, dpop: dpop() }
  await signIn(clientOf(gated(), options), emulator)
  const url = `${gate.url}/3/account/me`
  for (let n = 0; n < 8; n++) {
    const response = await authorizedFetch(clientOf(gated(), { store, dpop: dpop() }))(url)
    expect(response.status).toBe(200)
  }
  expect(gate.keys.size).toBe(1)
  await store.close()
})
