// `confirm` counts the replicas that have the last write, whichever connection sent it.
import { expect, test } from '@jest/globals'
import { createClient } from '@keyv/redis'
import { RedisTokenStore } from '../src/index.ts'
import { Proxy } from '../../../tools/proxy.ts'
import { atEnd, Server, until } from './servers.ts'

const primary = await Server.start()
const replicas = await Promise.all(
  [1, 2].map(() =>
    Server.start({ 'repl-diskless-sync-delay': 0 }, { config: [`replicaof 127.0.0.1 ${primary.port}`] }),
  ),
)
const inStep = (count: number) =>
  until('replication', async () => {
    const { connected_slaves } = await primary.info('replication')
    const links = await Promise.all(replicas.map(one => one.info('replication')))
    return connected_slaves === String(count) && links.every(link => link['master_link_status'] === 'up')
  })
await inStep(2)

/** A store that waits long for replicas, which answer late on a busy machine, or `briefly` for some that cannot. */
function storeOf(count: number, { briefly = false } = {}): RedisTokenStore {
  const confirm = { replicas: count, timeoutMs: briefly ? 50 : 20_000 }
  const store = new RedisTokenStore({ url: primary.url, confirm, timeoutMs: 20_000 })
  atEnd(() => store.close())
  return store
}

async function write(store: RedisTokenStore, key: string, value: number): Promise<void> {
  const result = await store.compareAndSwap(key, (await store.read(key))?.version, value)
  if (!result.swapped) throw new Error('the swap was refused')
}

test('without the option there is no confirm', () => {
  const store = new RedisTokenStore({ url: primary.url })
  expect(store.confirm).toBeUndefined()
})

test('it is true with as many replicas as requested, and false with fewer', async () => {
  for (const [count, confirmed] of [
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    const store = storeOf(count, { briefly: !confirmed })
    await write(store, 'a', count)
    expect(await store.confirm!('a')).toBe(confirmed)
  }
})

test('it is false while a connected replica receives nothing, although WAIT alone would succeed', async () => {
  const store = storeOf(2)
  await write(store, 'a', 1)
  expect(await store.confirm!('a')).toBe(true)
  const impatient = storeOf(2, { briefly: true })
  replicas[0]!.pause()
  try {
    await write(impatient, 'a', 2)
    expect(await impatient.confirm!('a')).toBe(false)
    // The trap: a connection that has written nothing waits for nothing.
    const fresh = await createClient({ url: primary.url, disableClientInfo: true }).connect()
    expect(await fresh.sendCommand(['WAIT', '2', '50'])).toBe(2)
    fresh.destroy()
  } finally {
    replicas[0]!.resume()
  }
  expect(await storeOf(2).confirm!('a')).toBe(true)
})

test('it works after the connection of the write was lost', async () => {
  const store = storeOf(2)
  await write(store, 'a', 1)
  await primary.command('CLIENT', 'KILL', 'TYPE', 'normal')
  expect(await store.confirm!('a')).toBe(true)
})

test('it blocks no other call: reads and swaps work while it waits', async () => {
  const store = storeOf(2)
  await write(store, 'a', 1)
  replicas[0]!.pause()
  let over = false
  const waiting = store.confirm!('a').finally(() => (over = true))
  try {
    await until('WAIT', async () => (await primary.info('clients'))['blocked_clients'] !== '0')
    await write(store, 'b', 1)
    expect(over).toBe(false)
  } finally {
    replicas[0]!.resume()
  }
  expect(await waiting).toBe(true)
})

test('it is false when our write is no longer stored, and true for a write of another process', async () => {
  const [store, other] = [storeOf(2), storeOf(2)]
  await write(store, 'a', 1)
  await write(other, 'a', 2)
  expect(await store.confirm!('a')).toBe(false)
  expect(await other.confirm!('a')).toBe(true)
  await other.remove('a')
  expect(await other.confirm!('a')).toBe(false)
})

test('it does not change the value, its version or its expiry', async () => {
  const store = storeOf(2)
  const expiresAtMs = Date.now() + 3_600_000
  await store.compareAndSwap('expires', undefined, 1, { expiresAtMs })
  const before = await store.read('expires')
  expect(await store.confirm!('expires')).toBe(true)
  expect(await store.read('expires')).toEqual(before)
  expect(await primary.command('PEXPIRETIME', 'latchkey::expires')).toBe(expiresAtMs)
})

test('it rejects when Redis cannot be reached', async () => {
  const proxy = await Proxy.before(primary)
  const store = new RedisTokenStore({
    url: `redis://127.0.0.1:${proxy.port}`,
    confirm: { replicas: 1, timeoutMs: 50 },
  })
  atEnd(() => store.close())
  await write(store, 'a', 5)
  proxy.mode = 'swallows'
  await expect(store.confirm!('a')).rejects.toMatchObject({ code: 'store_unavailable' })
})

test('it leaves no connection to a server that hangs', async () => {
  const hanging = await Server.start()
  const proxy = await Proxy.before(hanging)
  const confirm = { replicas: 1, timeoutMs: 50 }
  const store = new RedisTokenStore({ url: `redis://127.0.0.1:${proxy.port}`, confirm, timeoutMs: 1_000 })
  atEnd(() => store.close())
  await write(store, 'a', 1)
  proxy.mode = 'swallows'
  await expect(store.confirm!('a')).rejects.toMatchObject({ code: 'store_unavailable' })
  await store.close()
  const count = async () => (await hanging.info('clients'))['connected_clients']
  await until('the connections to end', async () => (await count()) === '1', 20_000) // the one that counts
})
