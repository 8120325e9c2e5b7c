// Eight processes that share an account in Redis, over real HTTP, against a server that takes a refresh token spent
// twice for theft; and what a failover makes them lose. LATCHKEY_EXPIRIES and LATCHKEY_FAILOVERS say how often; LATCHKEY_SOAK is the full count.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { Server } from '../packages/storage-redis/test/servers.ts'
import { ClusterOfSix, Replicated } from '../packages/storage-redis/test/topologies.ts'
import { expire, refreshesAt, signIn, startWorkers, stopWorkers, type Worker } from './processes/workers.ts'
import { clientOf } from './support.ts'

const SOAK = process.env['LATCHKEY_SOAK']
const EXPIRIES = SOAK ? 500 : Number(process.env['LATCHKEY_EXPIRIES'] ?? 10)
const FAILOVERS = SOAK ? 300 : Number(process.env['LATCHKEY_FAILOVERS'] ?? 3)
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

/** Signs in through Redis, and starts processes that share what is stored. */
async function share(
  options: ConstructorParameters<typeof RedisTokenStore>[0],
  count: number,
): Promise<void> {
  const store = new RedisTokenStore(options)
  await signIn(clientOf(emulator, { store }), emulator)
  await store.close()
  workers = await startWorkers(emulator, { kind: 'redis', options }, count)
}

test(`${PROCESSES} processes x ${CALLERS} callers, ${EXPIRIES} expiries: as many refreshes, 0 failures`, async () => {
  const server = await Server.start()
  await share({ url: server.url }, PROCESSES)
  for (let n = 1; n <= EXPIRIES; n++) {
    const answers = await expire(emulator, workers, CALLERS)
    expect(answers.flatMap(answer => answer.failures)).toEqual([])
    const tokens = answers.flatMap(answer => answer.tokens)
    expect(tokens).toHaveLength(PROCESSES * CALLERS)
    expect(new Set(tokens).size).toBe(1)
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
  `${FAILOVERS} failovers %s that each lose the last refresh: who remembers puts it back, and nobody is signed out`,
  async (_, start) => {
    const { redis, target } = await start()
    const key = `latchkey::imgur/${emulator.client.client_id}/default`
    await share({ ...target, timeoutMs: 20_000 }, 2)
    for (let n = 1; n <= FAILOVERS; n++) {
      await redis.cutReplication(key)
      const before = await expire(emulator, workers, 1)
      expect(before.flatMap(answer => answer.failures)).toEqual([])
      await redis.failOver(key)
      const after = await expire(emulator, workers, 1)
      expect(after.flatMap(answer => answer.failures)).toEqual([])
      expect(new Set(after.flatMap(answer => answer.tokens)).size).toBe(1)
      expect(refreshesAt(emulator)).toBe(2 * n)
      await redis.recover()
    }
  },
  3_600_000,
)
