// Change notifications may be late or duplicated, but work again after every lost connection.
import { expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisTokenStore, type RedisTokenStoreOptions } from '../src/index.ts'
import { Proxy } from '../../../tools/proxy.ts'
import { atEnd, freePorts, Server, until } from './servers.ts'

const server = await Server.start()
let namespaces = 0

function storeOf(options: Partial<RedisTokenStoreOptions>): RedisTokenStore {
  const store = new RedisTokenStore({ url: server.url, ...options } as RedisTokenStoreOptions)
  atEnd(() => store.close())
  return store
}

/** Watches `a`; resolves when it is subscribed. */
async function watched(options: Partial<RedisTokenStoreOptions> = {}) {
  const namespace = `watch ${(namespaces += 1)}`
  const [store, other] = [storeOf({ ...options, namespace }), storeOf({ namespace })]
  const hints = { count: 0 }
  const unwatch = store.watch('a', () => (hints.count += 1))
  await until('the subscription', async () => hints.count > 0)
  hints.count = 0
  return { store, other, hints, unwatch }
}

test('a watcher is notified once at the start, because the value may have changed before', async () => {
  const { store } = await watched()
  let told = 0
  store.watch('b', () => (told += 1))
  await until('the subscription', async () => told > 0)
  await server.command('PING')
  expect(told).toBe(1)
})

test('only swaps and removals of the key notify, not rejected swaps, other keys or removals of nothing', async () => {
  const { other, hints } = await watched()
  const told = (count: number) => until(`hint ${count}`, async () => hints.count === count)
  const write = await other.compareAndSwap('a', undefined, 1)
  await told(1)
  await other.compareAndSwap('a', undefined, 2)
  await other.compareAndSwap('b', undefined, 1)
  await other.compareAndSwap('a', write.swapped ? write.version : undefined, 2)
  await told(2)
  await other.remove('a')
  await told(3)
  await other.remove('a')
  await other.compareAndSwap('a', undefined, 3)
  await told(4)
})

test('a watcher that ended is not notified, others of the key still are', async () => {
  const { store, other, hints, unwatch } = await watched()
  let told = 0
  const listener = (): void => void (told += 1)
  const [first, second] = [store.watch('a', listener), store.watch('a', listener)]
  unwatch()
  unwatch()
  first()
  await other.compareAndSwap('a', undefined, 1)
  await until('the hint', async () => told === 1)
  expect(hints.count).toBe(0)
  second()
  const channels = () => server.command('PUBSUB', 'NUMSUB', `watch ${namespaces}::a`)
  await until('nobody to be subscribed', async () => ((await channels()) as unknown[])[1] === 0)
})

test('a lost connection is opened again, and watchers are notified at once', async () => {
  const proxy = await Proxy.before(server)
  const { other, hints } = await watched({ url: `redis://127.0.0.1:${proxy.port}` })
  for (let n = 0; n < 3; n += 1) {
    hints.count = 0
    proxy.cut()
    await until('the subscription to be back', async () => hints.count > 0)
    hints.count = 0
    await other.compareAndSwap(`a`, (await other.read('a'))?.version, n)
    await until('the hint', async () => hints.count > 0)
  }
})

test('watching can begin before the server runs', async () => {
  const [port] = await freePorts(1)
  const store = storeOf({ url: `redis://127.0.0.1:${port}` })
  let told = 0
  store.watch('a', () => (told += 1))
  await Server.start({}, { port: port! })
  await until('the subscription', async () => told > 0)
})

test('a user without the permission to subscribe causes one warning, and everything else works', async () => {
  const limited = await Server.start({}, { config: ['user limited on >pass ~* resetchannels +@all'] })
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const store = storeOf({ url: `redis://limited:pass@127.0.0.1:${limited.port}`, logger })
  const unwatch = store.watch('a', () => {})
  store.watch('b', () => {})
  await until('the warning', async () => warnings.length > 0)
  unwatch()
  expect(await store.compareAndSwap('a', undefined, 1)).toMatchObject({ swapped: true })
  await store.remove('a')
  expect(warnings).toEqual([
    'latchkey: cannot watch for changes in Redis: this user lacks a permission (the README lists those needed) (NOPERM)',
  ])
})

test('close ends every watch, also while there is no server', async () => {
  const { store, hints } = await watched()
  await store.close()
  store.watch('a', () => (hints.count += 1))
  const [port] = await freePorts(1)
  const lonely = storeOf({ url: `redis://127.0.0.1:${port}` })
  lonely.watch('a', () => {})
  await lonely.close()
  expect(hints.count).toBe(0)
})

test('close resolves while the server hangs during a subscription, and leaves no connection', async () => {
  const hanging = await Server.start()
  const proxy = await Proxy.before(hanging)
  proxy.mode = 'swallows'
  const store = storeOf({ url: `redis://127.0.0.1:${proxy.port}` })
  store.watch('a', () => {})
  await until('the connection', async () => proxy.connections > 0)
  await sleep(200) // it has sent SUBSCRIBE
  let closed = false
  void store.close().then(() => (closed = true))
  await until('close to resolve', async () => closed, 20_000)
  const count = async () => (await hanging.info('clients'))['connected_clients']
  await until('the connection to end', async () => (await count()) === '1') // the one that counts
})

test('watching begins when the server accepts a password that it rejected before', async () => {
  const locked = await Server.start({}, { config: ['user late on >other ~* &* +@all'] })
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const store = storeOf({ url: `redis://late:pass@127.0.0.1:${locked.port}`, logger })
  let told = 0
  store.watch('a', () => (told += 1))
  await until('the warning', async () => warnings.length > 0)
  await locked.command('ACL', 'SETUSER', 'late', '>pass')
  await until('the subscription', async () => told > 0)
  expect(warnings).toHaveLength(1)
})
