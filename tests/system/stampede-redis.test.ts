// Eight processes that share an account in Redis, over real HTTP, against a server that assumes theft when a refresh token
// is used twice; and failovers. LATCHKEY_EXPIRIES and LATCHKEY_FAILOVERS set the counts; LATCHKEY_SOAK is the full count.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { Proxy } from '../../tools/proxy.ts'
import { Server } from '../../packages/storage-redis/test/servers.ts'
import { ClusterOfSix, Replicated } from '../../packages/storage-redis/test/topologies.ts'
import { expectOneToken } from '../processes/one-token.ts'
import type { Answer } from '../processes/worker.ts'
import {
  expire,
  LIFETIME_MS,
  pass,
  refreshesAt,
  signIn,
  startWorkers,
  stopWorkers,
  type Worker,
} from '../processes/workers.ts'
import { clientOf, defaultKey } from '../support.ts'
import { soaked } from '../../tools/soak/shard.ts'

const EXPIRIES = soaked(500, Number(process.env['LATCHKEY_EXPIRIES'] ?? 50))
const FAILOVERS = soaked(300, Number(process.env['LATCHKEY_FAILOVERS'] ?? 20))
const PROCESSES = 8
const CALLERS = 100

let emulator: Emulator
let workers: Worker[] = []

beforeEach(async () => {
  emulator = await startEmulator({ rotation: 'strict', expiresIn: 3600 })
})

afterEach(async () => {
  await stopWorkers(workers)
  workers = []
  await emulator.close()
})

/** Signs in through Redis, and starts processes that share the account. */
async function share(
  options: ConstructorParameters<typeof RedisTokenStore>[0],
  count: number,
  { signedIn = false } = {},
): Promise<Worker[]> {
  if (!signedIn) {
    const store = new RedisTokenStore(options)
    await signIn(clientOf(emulator, { store }), emulator)
    await store.close()
  }
  const started = await startWorkers(emulator, { kind: 'redis', options }, count)
  workers.push(...started)
  return started
}

/** Requests a token until there is one: on a busy machine Redis may take longer than the timeout. */
function untilToken(asking: readonly Worker[]): Promise<Answer[]> {
  const ask = async (worker: Worker): Promise<Answer> => {
    const answer = await worker.ask({ type: 'ask', callers: 1 })
    return /transient|store_unavailable/.test(answer.failures[0] ?? '') ? ask(worker) : answer
  }
  return Promise.all(asking.map(ask))
}

test(`${PROCESSES} processes x ${CALLERS} callers, ${EXPIRIES} expiries: as many refreshes, 0 failures`, async () => {
  const server = await Server.start()
  await share({ url: server.url, timeoutMs: 20_000 }, PROCESSES)
  for (let n = 1; n <= EXPIRIES; n++) {
    expectOneToken(await expire(emulator, workers, CALLERS), PROCESSES * CALLERS)
    expect(refreshesAt(emulator)).toBe(n)
  }
}, 3_600_000)

const TOPOLOGIES = {
  'under Sentinel': async () => {
    const redis = await Replicated.start()
    return { redis, target: { sentinel: redis.options } }
  },
  'in a cluster of six': async () => {
    const redis = await ClusterOfSix.start()
    return { redis, target: { cluster: redis.options } }
  },
}

test.each(Object.entries(TOPOLOGIES))(
  `${FAILOVERS} failovers %s with replication cut before: without confirm a process that remembers the last refresh restores it, with confirm there is none in the meantime; no user is signed out`,
  async (_, start) => {
    const { redis, target } = await start()
    // One hash tag puts both accounts on one primary.
    const [plain, confirming] = ['{tokens} plain', '{tokens} confirming'] as const
    const patient = { ...target, timeoutMs: 20_000 }
    const trusting = await share({ ...patient, namespace: plain }, 2)
    const confirm = { replicas: 1, timeoutMs: 200 }
    const careful = await share({ ...patient, namespace: confirming, confirm }, 2)
    const key = `${plain}::${defaultKey(emulator)}`
    for (let n = 1; n <= FAILOVERS; n++) {
      await redis.cutReplication(key)
      await pass(LIFETIME_MS, emulator, workers)
      expectOneToken(await untilToken(trusting))
      expect(refreshesAt(emulator)).toBe(3 * n - 2)
      for (const worker of careful) {
        const { failures } = await worker.ask({ type: 'ask', callers: 1 })
        expect(failures).toEqual([expect.stringMatching(/transient|store_unavailable/)])
      }
      expect(refreshesAt(emulator)).toBe(3 * n - 2)

      await redis.failOver(key)
      await pass(LIFETIME_MS, emulator, workers)
      expectOneToken(await untilToken(trusting))
      expect(refreshesAt(emulator)).toBe(3 * n - 1)
      await redis.recover()
      expectOneToken(await untilToken(careful))
      expect(refreshesAt(emulator)).toBe(3 * n)
    }
  },
  3_600_000,
)

test('a process without a connection to Redis sends no request without a lease, and keeps its tokens until they can be stored', async () => {
  const server = await Server.start()
  const proxy = await Proxy.before(server)
  const [other] = await share({ url: server.url, timeoutMs: 20_000 }, 1)
  const [cutOff] = await share({ url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: 500 }, 1, {
    signedIn: true,
  })
  const ask = (worker: Worker) => worker.ask({ type: 'ask', callers: 10 })

  proxy.mode = 'swallows'
  await pass(LIFETIME_MS, emulator, workers)
  expect(new Set((await ask(cutOff!)).failures)).toEqual(new Set(['store_unavailable']))
  expect(refreshesAt(emulator)).toBe(0)
  const first = await ask(other!)
  proxy.mode = 'passes'
  expectOneToken([first, await ask(cutOff!)], 20)
  expect(refreshesAt(emulator)).toBe(1)

  await pass(LIFETIME_MS, emulator, workers)
  emulator.faults.add({ kind: 'delay', ms: 50, grant_type: 'refresh_token' })
  const answer = ask(cutOff!)
  await emulator.clock.sleeping()
  proxy.mode = 'swallows'
  const waiting = ask(other!)
  emulator.clock.advance(50)
  const got = await answer
  expect(got.events).toContain('persist-failed')
  proxy.mode = 'passes'
  await ask(cutOff!)
  expectOneToken([got, await waiting], 20)
  expect(refreshesAt(emulator)).toBe(2)
})
