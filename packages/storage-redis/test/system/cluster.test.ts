// A Cluster: slots that move, the keys of every primary, a client of the caller, and a watcher after a failover.
import { expect, test } from '@jest/globals'
import { createCluster } from '@keyv/redis'
import { RedisTokenStore } from '../../src/index.ts'
import { atEnd, until } from '../servers.ts'
import { ClusterOfSix } from '../topologies.ts'

const started = ClusterOfSix.start()

test('a single node is rejected at once', async () => {
  const [node] = (await started).nodes
  const store = new RedisTokenStore({ url: node!.url, timeoutMs: 60_000 })
  atEnd(() => store.close())
  const calls = Promise.all(['a', 'b', 'c', 'd', 'e'].map(key => store.read(key)))
  await expect(calls).rejects.toThrow('the server is a node of a cluster: pass it as cluster')
})

test('while a slot moves, and after, no swap is lost or executed twice', async () => {
  const cluster = await started
  const store = new RedisTokenStore({ cluster: cluster.options, timeoutMs: 20_000 })
  atEnd(() => store.close())
  // The same hash tag, so that the slot has keys that move first and keys that move last.
  const keys = Array.from({ length: 20 }, (_, n) => `{moving} ${n}`)
  const done = new Map(keys.map(key => [key, 0]))
  for (const key of keys) await store.compareAndSwap(key, undefined, 0)
  let moving = true
  const increment = async (key: string): Promise<void> => {
    while (moving) {
      const { value, version } = (await store.read(key))!
      const result = await store.compareAndSwap(key, version, Number(value) + 1)
      if (!result.swapped) throw new Error('nobody else writes, and the swap was refused')
      done.set(key, Number(value) + 1)
    }
  }
  const work = Promise.all(keys.map(increment))
  for (let round = 0; round < 4; round += 1) await cluster.moveSlotOf('latchkey::{moving}')
  moving = false
  await work
  const redirected = async (code: string): Promise<number> => {
    const stats = await Promise.all(cluster.nodes.map(node => node.info('errorstats')))
    return stats.reduce((sum, one) => sum + Number(one[`errorstat_${code}`]?.slice('count='.length) ?? 0), 0)
  }
  expect(await redirected('ASK')).toBeGreaterThan(0)
  expect(await redirected('MOVED')).toBeGreaterThan(0)
  for (const key of keys) expect((await store.read(key))!.value).toBe(done.get(key))
  expect(Math.min(...done.values())).toBeGreaterThan(0)
})

test('keys are listed once each, from every primary', async () => {
  const cluster = await started
  const store = new RedisTokenStore({ cluster: cluster.options, namespace: 'listed' })
  atEnd(() => store.close())
  const keys = Array.from({ length: 300 }, (_, n) => `account ${n}`)
  await Promise.all(keys.map(key => store.compareAndSwap(key, undefined, 1)))
  const found: string[] = []
  for await (const key of store.keys()) found.push(key)
  expect(found.sort()).toEqual(keys.sort())
  const holders = new Set(
    await Promise.all(keys.slice(0, 30).map(key => cluster.primaryOf(`listed::${key}`))),
  )
  expect(holders.size).toBe(3)
})

test('a cluster client of the caller works, reads from primaries only, and stays open', async () => {
  const { options } = await started
  const client = await createCluster({ ...options, useReplicas: true })
    .on('error', () => {})
    .connect()
  atEnd(async () => client.destroy())
  const store = new RedisTokenStore({
    client,
    namespace: 'handed in',
    confirm: { replicas: 1, timeoutMs: 20_000 },
  })
  let version = undefined
  for (let n = 0; n < 100; n += 1) {
    const result = await store.compareAndSwap('a', version, n)
    if (!result.swapped) throw new Error('the swap was refused')
    version = result.version
    expect(await store.read('a')).toEqual({ value: n, version })
  }
  expect(await store.confirm!('a')).toBe(true)
  const told = new Promise<void>(resolve => store.watch('a', resolve))
  await told
  await store.close()
  expect(client.isOpen).toBe(true)
})

test('a watcher is notified after a failover too', async () => {
  const cluster = await started
  const [store, other] = [0, 1].map(
    () => new RedisTokenStore({ cluster: cluster.options, namespace: 'watched', timeoutMs: 20_000 }),
  ) as [RedisTokenStore, RedisTokenStore]
  atEnd(() => Promise.all([store.close(), other.close()]))
  let told = 0
  store.watch('a', () => (told += 1))
  await until('the subscription', async () => told > 0)
  await cluster.failOver('watched::a')
  for (let n = 0, before = told; told < before + 2; n += 1) {
    await other.compareAndSwap('a', (await other.read('a'))?.version, n)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await cluster.recover()
})
