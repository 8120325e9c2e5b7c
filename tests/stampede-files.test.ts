// Eight processes that share an account in files, over real HTTP, against a server that assumes theft when a refresh token
// is used twice. LATCHKEY_EXPIRIES sets how often the token expires; LATCHKEY_SOAK is the full count.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { asRoot, temporaryFolder } from '../packages/storage-fs/test/support.ts'
import { expectOneToken } from './processes/one-token.ts'
import { leadFrom } from './processes/relay.ts'
import {
  expire,
  inCluster,
  inNamespace,
  refreshesAt,
  signIn,
  startWorkers,
  stopWorkers,
  type Worker,
} from './processes/workers.ts'
import { clientOf } from './support.ts'
import { soaked } from '../tools/soak/shard.ts'

const EXPIRIES = soaked(500, Number(process.env['LATCHKEY_EXPIRIES'] ?? 10))
const PROCESSES = 8
const CALLERS = 100

let directory: string
let emulator: Emulator
let workers: Worker[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-stampede-'))
  emulator = await startEmulator({ rotation: 'strict', expiresIn: 3600 })
  const store = new FileTokenStore({ directory })
  await signIn(clientOf(emulator, { store }), emulator)
  await store.close()
})

afterEach(async () => {
  await stopWorkers(workers)
  workers = []
  await emulator.close()
  await rm(directory, { recursive: true, force: true })
})

/** Starts `count` more processes that share the account. */
async function share(count: number, options: Parameters<typeof startWorkers>[3] = {}): Promise<void> {
  workers.push(...(await startWorkers(emulator, { kind: 'files', directory }, count, options)))
}

/** All processes request a token at each of `expiries` expiries; each time all get one new token, for one request. */
async function stampede(expiries: number): Promise<void> {
  for (let n = 1; n <= expiries; n++) {
    expectOneToken(await expire(emulator, workers, CALLERS), workers.length * CALLERS)
    expect(refreshesAt(emulator)).toBe(n)
  }
}

test(`${PROCESSES} processes x ${CALLERS} callers, ${EXPIRIES} expiries: as many refreshes, 0 failures`, async () => {
  await share(PROCESSES)
  await stampede(EXPIRIES)
}, 3_600_000)

test(`the four workers of a cluster x ${CALLERS} callers, ${EXPIRIES} expiries: the same`, async () => {
  await share(4, { start: inCluster })
  await stampede(EXPIRIES)
}, 3_600_000)

asRoot(
  `two processes here and two in other network namespaces x ${CALLERS} callers, ${EXPIRIES} expiries: the same, by their leases`,
  async () => {
    const relay = join(temporaryFolder(), 'relay')
    const relaying = await leadFrom(relay, Number(new URL(emulator.url).port))
    await share(2)
    await share(2, { start: inNamespace, relay })
    await stampede(EXPIRIES)
    relaying.close()
  },
  3_600_000,
)

test('a holder stopped during a refresh, for longer than every limit: no second request, and when it continues all get its token', async () => {
  await share(1, { deadlineMs: 1_000 })
  await share(PROCESSES - 1)
  const [holder, ...others] = workers as [Worker, ...Worker[]]
  emulator.clock.advance(3_600_000)
  await Promise.all(workers.map(worker => worker.ask({ type: 'advance', ms: 3_600_000 })))
  emulator.faults.add({ kind: 'delay', ms: 50, grant_type: 'refresh_token' })
  const held = holder.ask({ type: 'ask', callers: 1 })
  await emulator.clock.sleeping()
  holder.process.kill('SIGSTOP')

  // Far more time passes than a lease lasts, and more processes request tokens.
  const waiting = others.map(worker => worker.ask({ type: 'ask', callers: 10 }))
  await Promise.all(others.map(worker => worker.ask({ type: 'advance', ms: 600_000 })))
  waiting.push(...others.map(worker => worker.ask({ type: 'ask', callers: 10 })))
  emulator.clock.advance(50)
  await Promise.all(others.map(worker => worker.ask({ type: 'advance', ms: 0 })))
  await sleep(1_500) // its response is there, and its deadline passes
  expect(refreshesAt(emulator)).toBe(1)
  holder.process.kill('SIGCONT')

  expectOneToken(await Promise.all([held, ...waiting]), 1 + waiting.length * 10)
  expect(refreshesAt(emulator)).toBe(1)
})

test('a holder killed during a refresh: the next one takes over at once, and gets tokens if the server has a grace window', async () => {
  await share(2)
  const [holder, next] = workers as [Worker, Worker]
  emulator.set({ rotation: 'grace-all' })
  emulator.clock.advance(3_600_000)
  await Promise.all(workers.map(worker => worker.ask({ type: 'advance', ms: 3_600_000 })))
  emulator.faults.add({ kind: 'delay', ms: 50, grant_type: 'refresh_token' })
  const held = holder.ask({ type: 'ask', callers: 1 }).catch((error: Error) => error.message)
  await emulator.clock.sleeping()
  const begin = performance.now()
  holder.process.kill('SIGKILL')
  expect(await held).toContain('SIGKILL')

  const { tokens, failures, events } = await next.ask({ type: 'ask', callers: 10 })
  const tookMs = Math.round(performance.now() - begin)
  expect(failures).toEqual([])
  expect(new Set(tokens).size).toBe(1)
  expect(events).toContain('lock-taken-over')
  process.stdout.write(`takeover of a dead holder, its refresh included: ${tookMs} ms\n`)
  expect(refreshesAt(emulator)).toBe(2)
})
