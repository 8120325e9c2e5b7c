import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createClient, createSentinel } from '@keyv/redis'
import type { SwapResult } from '@latchkey/core/ports'
import { RedisTokenStore, type RedisTokenStoreOptions } from '../src/index.ts'
import { atEnd, Server } from './servers.ts'

const server = await Server.start()
let stores = 0

function storeOf(options: Partial<RedisTokenStoreOptions> = {}): RedisTokenStore {
  const namespace = `store ${(stores += 1)}`
  const store = new RedisTokenStore({ url: server.url, namespace, ...options } as RedisTokenStoreOptions)
  atEnd(() => store.close())
  return store
}

async function listed(keys: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const key of keys) found.push(key)
  return found
}

const versionOf = (result: SwapResult) => {
  if (!result.swapped) throw new Error('the swap was refused')
  return result.version
}

test.each<[string, unknown]>([
  ['exactly one of url, client, cluster, sentinel', {}],
  ['exactly one of url, client, cluster, sentinel', undefined],
  ['exactly one of url, client, cluster, sentinel', { url: server.url, cluster: { rootNodes: [{}] } }],
  ['url must be', { url: 'localhost:6379' }],
  ['url must be', { url: 'http://user:hunter2@localhost' }],
  ['url must be', { url: 'redis://user:hunter2@localhost/database' }],
  ['url must be', { url: 'redis://user:hunter2@:::1' }],
  ['exactly one of', { url: undefined }],
  ['client must be', { client: {} }],
  [
    'client must be',
    { client: createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }) },
  ],
  ['cluster.rootNodes', { cluster: { rootNodes: [] } }],
  ['sentinel.name', { sentinel: { sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] } }],
  ['sentinel.name', { sentinel: { name: 'x', sentinelRootNodes: [] } }],
  ['namespace', { url: server.url, namespace: '' }],
  ['namespace', { url: server.url, namespace: 'half \ud800' }],
  ['timeoutMs', { url: server.url, timeoutMs: 0 }],
  ['timeoutMs', { url: server.url, timeoutMs: 2 ** 31 }],
  ['logger', { url: server.url, logger: {} }],
  ['confirm.replicas', { url: server.url, confirm: { replicas: 0 } }],
  ['confirm.timeoutMs', { url: server.url, confirm: { replicas: 1, timeoutMs: -1 } }],
])('a wrong argument is a TypeError that names it: %s, and quotes no password', (words, options) => {
  const make = () => new RedisTokenStore(options as RedisTokenStoreOptions)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(words)
  expect(make).not.toThrow('hunter2')
})

test('an expiry that is NaN is a TypeError, and nothing is written', async () => {
  const store = storeOf()
  await expect(store.compareAndSwap('a', undefined, 1, { expiresAtMs: NaN })).rejects.toThrow(TypeError)
  expect(await store.read('a')).toBeUndefined()
})

test('an expiry with a fraction of a millisecond is not early', async () => {
  const store = storeOf()
  const expiresAtMs = Date.now() + 60_000
  await store.compareAndSwap('a', undefined, 1, { expiresAtMs: expiresAtMs + 0.9 })
  expect(await server.command('PEXPIRETIME', `store ${stores}::a`)).toBe(expiresAtMs + 1)
})

test('the version is the whole stored string', async () => {
  const store = storeOf({ namespace: 'whole' })
  const version = versionOf(await store.compareAndSwap('a', undefined, { b: 1 }))
  expect(await server.command('GET', 'whole::a')).toBe(version)
})

test('the same value written twice has two versions, and an old version never returns', async () => {
  const store = storeOf()
  const first = versionOf(await store.compareAndSwap('a', undefined, 1))
  const second = versionOf(await store.compareAndSwap('a', first, 1))
  expect(second).not.toBe(first)
  expect(await store.compareAndSwap('a', first, 2)).toMatchObject({
    swapped: false,
    current: { version: second },
  })
})

test('of many writers of the same value from the same version, exactly one succeeds', async () => {
  const store = storeOf()
  const version = versionOf(await store.compareAndSwap('pending', undefined, 'waiting'))
  const swaps = Array.from({ length: 50 }, () => store.compareAndSwap('pending', version, 'used'))
  expect((await Promise.all(swaps)).filter(({ swapped }) => swapped)).toHaveLength(1)
})

test('an account is one key, and only keys() takes longer with more accounts', async () => {
  const store = storeOf({ namespace: 'many' })
  const commands = async (): Promise<number> => {
    const stats = await server.info('commandstats')
    return Object.values(stats).reduce((sum, line) => sum + Number(/calls=(\d+)/.exec(line)?.[1]), 0)
  }
  const cost = async (): Promise<number> => {
    const before = await commands()
    const { version } = (await store.read('account 0'))!
    await store.compareAndSwap('account 0', version, 'again')
    return (await commands()) - before
  }
  await store.compareAndSwap('account 0', undefined, 1)
  await store.read('account 0')
  await server.command('PING')
  const alone = await cost()
  for (let n = 1; n < 500; n += 1) await store.compareAndSwap(`account ${n}`, undefined, n)
  expect(await server.command('DBSIZE')).toBeGreaterThanOrEqual(500)
  expect(await cost()).toBe(alone)
  expect(await server.command('EVAL', "return #redis.call('KEYS', 'many::*')", 0)).toBe(500)
})

test('keys lists thousands of keys of its namespace once each, and no foreign ones', async () => {
  const store = storeOf({ namespace: 'listed[*]' })
  await server.command('SET', 'listed[*]::not\nours', 'x')
  await server.command('HSET', 'listed[*]::hash', 'a', 'b')
  await server.command('SET', 'listedX::other', 'x')
  const fill = "for n = 1, ARGV[1] do redis.call('SET', KEYS[1] .. n, 'x') end"
  await server.command('EVAL', fill, 1, 'listed[*]::account ', 5_000)
  const found = await listed(store.keys())
  expect(found.sort()).toEqual(Array.from({ length: 5_000 }, (_, n) => `account ${n + 1}`).sort())
})

test('stores of different namespaces do not see each other', async () => {
  const [one, other] = [storeOf(), storeOf()]
  await one.compareAndSwap('a', undefined, 1)
  expect(await other.read('a')).toBeUndefined()
  expect(await listed(other.keys())).toEqual([])
})

test.each(['secret-not-json', '{"secret":1}', '5', 'null', ''])(
  'what is no value of Keyv (%j) is an error that does not quote it, not an absent value',
  async text => {
    const store = storeOf({ namespace: 'foreign' })
    await server.command('SET', 'foreign::a', text)
    for (const attempt of [store.read('a'), store.compareAndSwap('a', undefined, 1)]) {
      const error = await attempt.then(
        () => undefined,
        (reason: Error) => reason,
      )
      expect(error).toMatchObject({ name: 'StoreCorruptError', code: 'store_corrupt' })
      expect(`${error} ${JSON.stringify(error)} ${error?.cause}`).not.toContain('secret')
    }
    expect(await server.command('GET', 'foreign::a')).toBe(text)
  },
)

test('a database is chosen by the URL', async () => {
  const store = storeOf({ url: `${server.url}/3`, namespace: 'database' })
  await store.compareAndSwap('a', undefined, 1)
  expect(await server.command('EXISTS', 'database::a')).toBe(0)
  expect((await server.info('keyspace'))['db3']).toMatch(/^keys=1,/)
})

test('after close every call rejects', async () => {
  const store = storeOf()
  await store.compareAndSwap('a', undefined, 1)
  await store.close()
  for (const call of [
    store.read('a'),
    store.compareAndSwap('a', undefined, 1),
    store.remove('a'),
    listed(store.keys()),
  ])
    await expect(call).rejects.toThrow('the store is closed')
})

test('a script that closes its store ends by itself, and its connections are closed', async () => {
  const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const code = `
    import { RedisTokenStore } from ${JSON.stringify(index)}
    const store = new RedisTokenStore({ url: '${server.url}', namespace: 'script', confirm: { replicas: 1, timeoutMs: 10 } })
    const told = new Promise(resolve => store.watch('a', resolve))
    await store.compareAndSwap('a', undefined, 1)
    await store.confirm('a')
    await told
    console.log((await store.read('a')).value)
    await store.close()`
  const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', code]
  const before = Number((await server.info('clients'))['connected_clients'])
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
  expect(stdout).toBe('1\n')
  expect(Number((await server.info('clients'))['connected_clients'])).toBe(before)
})

test('inspecting a store shows nothing of the connection to Redis', async () => {
  const { inspect } = await import('node:util')
  const store = storeOf({ url: `redis://user:hunter2@127.0.0.1:${server.port}` })
  expect(inspect(store, { depth: 9, showHidden: true }) + JSON.stringify(store)).not.toContain('hunter2')
})

test("a caller's client is not changed and stays open, without listeners of ours", async () => {
  const client = await createClient({
    url: server.url,
    RESP: 3,
    commandOptions: { typeMapping: { 36: Buffer } },
  })
    .on('error', () => {})
    .connect()
  atEnd(async () => client.destroy())
  const listeners = client.eventNames().map(name => client.listenerCount(name))
  const store = storeOf({ url: undefined, client } as never)
  const told = new Promise<void>(resolve => store.watch('a', resolve))
  const version = versionOf(await store.compareAndSwap('a', undefined, { b: 1 }))
  expect(await store.read('a')).toEqual({ value: { b: 1 }, version })
  expect(await listed(store.keys())).toEqual(['a'])
  await told
  await store.close()
  expect(client.isOpen).toBe(true)
  expect(String(await client.ping())).toBe('PONG')
  expect(client.eventNames().map(name => client.listenerCount(name))).toEqual(listeners)
})

test("a caller's client must be connected", async () => {
  const client = createClient({ url: server.url })
  const store = storeOf({ url: undefined, client } as never)
  await expect(store.read('a')).rejects.toThrow('the client option is not connected')
  expect(client.isOpen).toBe(false)
})

test('scripts are sent by digest, and by text only if the server does not know them', async () => {
  const store = storeOf()
  await server.command('SCRIPT', 'FLUSH')
  await server.command('CONFIG', 'RESETSTAT')
  for (let n = 0; n < 10; n += 1) await store.compareAndSwap(`a${n}`, undefined, n)
  const stats = await server.info('commandstats')
  expect(stats['cmdstat_eval']).toMatch(/^calls=1,/)
  expect(stats['cmdstat_evalsha']).toMatch(/^calls=10,/)
})

test('no namespace can produce a key of another: the values of each are its own', async () => {
  const server = await Server.start()
  const pairs = [
    ['app', 'eu::bob'],
    ['app::eu', 'bob'],
    ['app:', 'x'],
    ['app', ':x'],
    ['app::', ':x'],
    ['app', '::::x'],
    ['app::', '::x'],
  ] as const
  const stores = pairs.map(([namespace]) => new RedisTokenStore({ url: server.url, namespace }))
  for (const [at, [, key]] of pairs.entries())
    expect(await stores[at]!.compareAndSwap(key, undefined, at)).toMatchObject({ swapped: true })
  for (const [at, [, key]] of pairs.entries())
    expect(await stores[at]!.read(key)).toMatchObject({ value: at })
  for (const [at, [namespace]] of pairs.entries()) {
    const own = pairs.filter(pair => pair[0] === namespace).map(pair => pair[1])
    expect((await listed(stores[at]!.keys())).sort()).toEqual(own.sort())
    await stores[at]!.close()
  }
})
