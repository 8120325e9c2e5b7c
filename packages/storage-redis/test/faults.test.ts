// Failures of Redis and of the network, with real servers.
import { afterEach, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient } from '@keyv/redis'
import type { StoreError } from '@latchkey/core'
import type { SwapResult } from '@latchkey/core/ports'
import { RedisTokenStore, type RedisTokenStoreOptions } from '../src/index.ts'
import { Proxy } from '../../../tools/proxy.ts'
import { freePorts, Server, until } from './servers.ts'

const server = await Server.start({ 'enable-debug-command': 'yes' })
const stores: RedisTokenStore[] = []
afterEach(async () => {
  await Promise.all(stores.splice(0).map(store => store.close()))
  await server.command('FLUSHALL')
})

function storeOf(url: string, options: Partial<RedisTokenStoreOptions> = {}): RedisTokenStore {
  const store = new RedisTokenStore({ url, ...options } as RedisTokenStoreOptions)
  stores.push(store)
  return store
}

const through = (proxy: Proxy): string => `redis://127.0.0.1:${proxy.port}`

async function errorOf(work: Promise<unknown>): Promise<StoreError> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(outcome).toMatchObject({ name: 'StoreError', code: 'store_unavailable' })
  return outcome as StoreError
}

const versionOf = (result: SwapResult) => {
  if (!result.swapped) throw new Error('the swap was refused')
  return result.version
}

test('out of memory rejects at once, nothing is written, and stored values can be read', async () => {
  const full = await Server.start()
  const store = storeOf(full.url, { timeoutMs: 60_000 })
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))
  await full.fill()
  const error = await errorOf(store.compareAndSwap('a', version, 2))
  expect(error.message).toBe(`Redis at 127.0.0.1:${full.port}: the server is out of memory (OOM)`)
  expect(error.cause).toEqual({ name: 'RedisError', code: 'OOM' })
  expect(await store.read('a')).toEqual({ value: 1, version })
  await full.makeRoom()
  expect(await store.compareAndSwap('a', version, 2)).toMatchObject({ swapped: true })
})

test('a disk that cannot be written to rejects at once (MISCONF)', async () => {
  const broken = await Server.start({ save: '3600 1', 'stop-writes-on-bgsave-error': 'yes' })
  const store = storeOf(broken.url, { timeoutMs: 60_000 })
  await store.read('a')
  await broken.command('SET', 'something', 'to save')
  // A dump cannot take the place of a folder: a full disk, to root.
  const { mkdir } = await import('node:fs/promises')
  await mkdir(`${broken.folder}/dump.rdb/x`, { recursive: true })
  await broken.command('BGSAVE')
  await until(
    'the save to fail',
    async () => (await broken.info('persistence'))['rdb_last_bgsave_status'] === 'err',
  )
  const error = await errorOf(store.compareAndSwap('a', undefined, 1))
  expect(error.cause).toEqual({ name: 'RedisError', code: 'MISCONF' })
  expect(await store.read('a')).toBeUndefined()
})

test('a value that is not a string is an error for every call, and is not changed', async () => {
  const store = storeOf(server.url)
  await server.command('HSET', 'latchkey::a', 'b', 'c')
  for (const call of [store.read('a'), store.compareAndSwap('a', undefined, 1)])
    expect((await errorOf(call)).cause).toEqual({ name: 'RedisError', code: 'WRONGTYPE' })
  expect(await server.command('HGET', 'latchkey::a', 'b')).toBe('c')
})

test('a server that lost its scripts gets them again', async () => {
  const store = storeOf(server.url)
  let version = versionOf(await store.compareAndSwap('a', undefined, 0))
  for (let n = 1; n <= 5; n += 1) {
    await server.command('SCRIPT', 'FLUSH')
    version = versionOf(await store.compareAndSwap('a', version, n))
  }
  await server.command('SCRIPT', 'FLUSH')
  await store.remove('a')
  expect(await store.read('a')).toBeUndefined()
})

test('a wrong password rejects at once, and no error contains it', async () => {
  const { port, url } = await Server.start({ requirepass: 'right' }, { credentials: { password: 'right' } })
  const wrong = storeOf(`redis://:hunter2@127.0.0.1:${port}`, { timeoutMs: 60_000 })
  const none = storeOf(url, { timeoutMs: 60_000 })
  for (const [store, code] of [
    [wrong, 'WRONGPASS'],
    [none, 'NOAUTH'],
  ] as const)
    for (const call of [store.read('a'), store.compareAndSwap('a', undefined, 1), store.remove('a')]) {
      const error = await errorOf(call)
      expect(error.message).toBe(`Redis at 127.0.0.1:${port}: the password is wrong or missing (${code})`)
      expect(error.cause).toEqual({ name: 'RedisError', code })
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2')
    }
  expect(await storeOf(`redis://:right@127.0.0.1:${port}`).read('a')).toBeUndefined()
})

test('a closed port is an error within the timeout, and the next call finds a server that has started', async () => {
  const [port] = await freePorts(1)
  const store = storeOf(`redis://user:hunter2@127.0.0.1:${port}`, { timeoutMs: 2_000 })
  const start = performance.now()
  const error = await errorOf(store.read('a'))
  expect(error.message).toBe(`Redis at 127.0.0.1:${port}: the connection was refused (ECONNREFUSED)`)
  expect(performance.now() - start).toBeLessThan(20_000)
  expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2')

  await Server.start({}, { port: port!, config: ['user user on >hunter2 ~* &* +@all'] })
  expect(await store.read('a')).toBeUndefined()
})

test.each([
  ['WRONGPASS', { password: 'hunter2' }],
  ['NOAUTH', {}],
  ['NOPERM', { username: 'limited', password: 'pass' }],
])('the error tells what one of several nodes replied, not that another is down: %s', async (code, login) => {
  const config = ['user limited on >pass ~* &*', 'requirepass right']
  const credentials = { password: 'right' }
  const cluster = await Server.start({ 'cluster-enabled': 'yes' }, { config, credentials })
  const sentinel = await Server.start({}, { program: 'redis-sentinel', config, credentials })
  const down = { host: '127.0.0.1', port: (await freePorts(1))[0]! }
  const inBothOrders = ({ node }: Server) => [
    [down, node],
    [node, down],
  ]
  const targets = [
    ...inBothOrders(cluster).map(nodes => ({
      cluster: { rootNodes: nodes.map(socket => ({ socket })), defaults: login },
    })),
    ...inBothOrders(sentinel).map(sentinelRootNodes => ({
      sentinel: { name: 'any', sentinelRootNodes, sentinelClientOptions: login },
    })),
  ]
  for (const target of targets) {
    const store = new RedisTokenStore({ ...target, timeoutMs: 60_000 })
    stores.push(store)
    const error = await errorOf(store.read('a'))
    expect(error.cause).toEqual({ name: 'RedisError', code })
    expect(error.isPermanent).toBe(true)
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2')
  }
})

test('the error tells that a node has no slots, not that another is down', async () => {
  const { node } = await Server.start({ 'cluster-enabled': 'yes' })
  const down = { host: '127.0.0.1', port: (await freePorts(1))[0]! }
  const store = new RedisTokenStore({
    cluster: { rootNodes: [{ socket: down }, { socket: node }] },
    timeoutMs: 2_000,
  })
  stores.push(store)
  expect((await errorOf(store.read('a'))).cause).toMatchObject({ code: 'CLUSTERDOWN' })
})

test('a network that drops everything is an error within the timeout, and close resolves', async () => {
  const proxy = await Proxy.before(server)
  const store = storeOf(through(proxy), { timeoutMs: 2_000 })
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))
  proxy.mode = 'swallows'
  const calls = [store.read('a'), store.compareAndSwap('a', version, 2), store.remove('a')]
  for (const call of calls) expect((await errorOf(call)).message).toContain('no response in time')
  proxy.mode = 'passes'
  expect(await store.read('a')).toMatchObject({ value: 1 })
  proxy.mode = 'swallows'
  await errorOf(store.read('a'))
  await store.close()
})

test('a connection that hangs costs only a part of the timeout: the call continues over another', async () => {
  const proxy = await Proxy.before(server)
  const store = storeOf(through(proxy), { timeoutMs: 3_000 })
  await store.read('a')
  proxy.hangCurrent()
  expect(await store.compareAndSwap('a', undefined, 1)).toMatchObject({ swapped: true })
  expect(await store.read('a')).toMatchObject({ value: 1 })
})

test('a retried swap whose response was lost detects its own write', async () => {
  const proxy = await Proxy.before(server)
  const store = storeOf(through(proxy))
  let version = versionOf(await store.compareAndSwap('a', undefined, 0))
  for (let n = 1; n <= 5; n += 1) {
    const lost = proxy.loseAnswer()
    const swap = store.compareAndSwap('a', version, n)
    await lost
    expect(JSON.parse(String(await server.command('GET', 'latchkey::a')))).toMatchObject({ value: n })
    proxy.mode = 'passes'
    proxy.cut()
    version = versionOf(await swap)
    expect(await store.read('a')).toEqual({ value: n, version })
  }
})

test('a swap whose response was lost, followed by a swap of another process, returns the value of that process', async () => {
  const proxy = await Proxy.before(server)
  const [store, other] = [storeOf(through(proxy)), storeOf(server.url)]
  await store.read('a')
  const lost = proxy.loseAnswer()
  const swap = store.compareAndSwap('a', undefined, 'ours')
  await lost
  const ours = (await other.read('a'))!
  expect(ours.value).toBe('ours')
  const theirs = versionOf(await other.compareAndSwap('a', ours.version, 'theirs'))
  proxy.mode = 'passes'
  proxy.cut()
  expect(await swap).toEqual({ swapped: false, current: { value: 'theirs', version: theirs } })
})

test('a removal whose response was lost is not retried: a newer value is kept', async () => {
  const proxy = await Proxy.before(server)
  const [store, other] = [storeOf(through(proxy)), storeOf(server.url)]
  await store.remove('a') // from here on, the server knows the script
  await store.compareAndSwap('a', undefined, 'old')
  const lost = proxy.loseAnswer()
  const removal = errorOf(store.remove('a'))
  await lost
  versionOf(await other.compareAndSwap('a', undefined, 'a new sign-in'))
  proxy.mode = 'passes'
  proxy.cut()
  await removal
  expect(await other.read('a')).toMatchObject({ value: 'a new sign-in' })
})

test('a removal after a restart of the server is sent over another connection', async () => {
  const restarted = await Server.start()
  const store = storeOf(restarted.url, { timeoutMs: 20_000 })
  await store.compareAndSwap('a', undefined, 'old')
  await restarted.kill()
  await restarted.run()
  await restarted.command('SET', 'latchkey::a', 'x')
  await store.remove('a')
  expect(await restarted.command('EXISTS', 'latchkey::a')).toBe(0)
})

/** Blocks the event loop where timers come next, and sockets only then. */
async function block(ms: number): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  for (const end = performance.now() + ms; performance.now() < end;);
}

test('a process that stood still reads what has arrived before it times out', async () => {
  const store = storeOf(server.url, { timeoutMs: 2_000 })
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))
  server.pause()
  const read = store.read('a')
  await sleep(50) // it is sent
  server.resume()
  await block(2_500)
  expect(await read).toEqual({ value: 1, version })
})

test('a call whose connection broke while the process stood still continues over another', async () => {
  const proxy = await Proxy.before(server)
  const store = storeOf(through(proxy), { timeoutMs: 2_000 })
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))
  server.pause()
  const read = store.read('a')
  await sleep(50)
  server.resume()
  proxy.cut()
  await block(2_500)
  expect(await read).toEqual({ value: 1, version })
})

test('connections that break are replaced within the call', async () => {
  const store = storeOf(server.url)
  for (let n = 0; n < 5; n += 1) {
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    const { version } = (await store.read('a')) ?? {}
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    versionOf(await store.compareAndSwap('a', version, n))
  }
})

test('pending calls wait for a server that restarts', async () => {
  const restarted = await Server.start({ appendonly: 'yes', appendfsync: 'always' })
  const store = storeOf(restarted.url, { timeoutMs: 20_000 })
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))
  await restarted.kill()
  const calls = [store.read('a'), store.compareAndSwap('a', version, 2)] as const
  await restarted.run()
  const [before, swap] = await Promise.all(calls)
  expect([1, 2]).toContain(before?.value)
  expect(await store.read('a')).toEqual({ value: 2, version: versionOf(swap) })
})

test('calls wait for a server that loads its data', async () => {
  const loading = await Server.start({
    save: '',
    'enable-debug-command': 'yes',
    'loading-process-events-interval-bytes': 1024,
  })
  const store = storeOf(loading.url, { timeoutMs: 30_000 })
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))
  await loading.command('EVAL', "for n = 1, 2000 do redis.call('SET', 'k' .. n, string.rep('x', 100)) end", 0)
  await loading.command('SAVE')
  await loading.kill()
  await loading.run(['--key-load-delay', '500'], { ready: false })
  const refused = await loading.command('GET', 'latchkey::a').catch((error: Error) => error.message)
  expect(refused).toMatch(/^LOADING/)
  expect(await store.read('a')).toEqual({ value: 1, version })
})

test('calls wait for a paused server, and for one that is busy with a script', async () => {
  const store = storeOf(server.url, { timeoutMs: 20_000 })
  await store.read('a')
  await server.command('CLIENT', 'PAUSE', 300, 'ALL')
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))

  await server.command('CONFIG', 'SET', 'busy-reply-threshold', 10)
  const long = server.command(
    'EVAL',
    "local n = 0 while redis.call('TIME')[1] + 0 < ARGV[1] + 0 do n = n + 1 end",
    0,
    Math.ceil(Date.now() / 1000) + 1,
  )
  expect(await store.compareAndSwap('a', version, 2)).toMatchObject({ swapped: true })
  await long
})

test('of many calls that fail at once, each rejects to its caller only', async () => {
  const proxy = await Proxy.before(server)
  const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const code = `
    import { RedisTokenStore } from ${JSON.stringify(index)}
    const store = new RedisTokenStore({ url: '${through(proxy)}', timeoutMs: 5_000 })
    await store.read('a')
    await new Promise(resolve => setTimeout(resolve, 300))
    console.log('ready')
    let failed = false
    const work = async () => {
      while (!failed) await store.read('a').catch(() => (failed = true))
    }
    await Promise.all(Array.from({ length: 50 }, work))
    await store.close()`
  const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', code]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const exited = once(child, 'exit')
  await proxy.close()
  expect(await exited).toEqual([0, null])
})

test('calls wait for a server with too many clients', async () => {
  const { url } = await Server.start({ maxclients: 2 })
  const other = await createClient({ url })
    .on('error', () => {})
    .connect()
  const store = storeOf(url, { timeoutMs: 20_000 })
  const impatient = storeOf(url, { timeoutMs: 2_000 })
  // Whether the reason arrives before the end of the connection is a matter of luck.
  expect((await errorOf(impatient.read('a'))).message).toMatch(
    /the server has too many clients|the connection/,
  )
  const read = store.read('a')
  other.destroy()
  expect(await read).toBeUndefined()
})

test('a replica does not respond to a swap, not even with a rejection', async () => {
  const primary = await Server.start()
  const replica = await Server.start({}, { config: [`replicaof 127.0.0.1 ${primary.port}`] })
  await until('replication', async () => (await replica.info('replication'))['master_link_status'] === 'up')
  const store = storeOf(replica.url, { timeoutMs: 2_000 })
  for (const expected of [undefined, 'anything']) {
    const error = await errorOf(store.compareAndSwap('a', expected, 1))
    expect(error.message).toBe(`Redis at 127.0.0.1:${replica.port}: the server is a replica (READONLY)`)
  }
  await replica.command('REPLICAOF', 'NO', 'ONE')
  expect(await store.compareAndSwap('a', undefined, 1)).toMatchObject({ swapped: true })
})

test('the error tells why a slow server rejected the call, not that the rest of the time was too short', async () => {
  const primary = await Server.start()
  const replica = await Server.start({}, { config: [`replicaof 127.0.0.1 ${primary.port}`] })
  const proxy = await Proxy.before(replica)
  proxy.delayMs = 100 // each attempt sends twice, so that the fourth has a part of its time
  const store = storeOf(through(proxy), { timeoutMs: 1_100 })
  expect((await errorOf(store.compareAndSwap('a', undefined, 1))).message).toMatch(
    /: the server is a replica \(READONLY\)$/,
  )
})

test('writes wait when there are too few replicas (NOREPLICAS)', async () => {
  const careful = await Server.start({ 'min-replicas-to-write': 1 })
  const store = storeOf(careful.url, { timeoutMs: 2_000 })
  expect((await errorOf(store.compareAndSwap('a', undefined, 1))).cause).toMatchObject({ code: 'NOREPLICAS' })
  const patient = storeOf(careful.url, { timeoutMs: 20_000 })
  const swap = patient.compareAndSwap('a', undefined, 1)
  await Server.start({ 'repl-diskless-sync-delay': 0 }, { config: [`replicaof 127.0.0.1 ${careful.port}`] })
  expect(await swap).toMatchObject({ swapped: true })
})

test('hundreds of calls at once succeed over one connection', async () => {
  const proxy = await Proxy.before(server)
  const store = storeOf(through(proxy), { timeoutMs: 60_000 }) // a slow machine is no reason for another
  await Promise.all(Array.from({ length: 500 }, (_, n) => store.compareAndSwap(`a${n}`, undefined, n)))
  const found = await Promise.all(Array.from({ length: 500 }, (_, n) => store.read(`a${n}`)))
  expect(found.map(one => one?.value)).toEqual(Array.from({ length: 500 }, (_, n) => n))
  expect(proxy.connections).toBe(1)
})

test('a primary that may evict tokens causes one warning; others cause none', async () => {
  const evicting = await Server.start({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' })
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  const use = async () => {
    const store = storeOf(evicting.url, { logger })
    for (let n = 0; n < 3; n += 1) await store.read('a')
    await store.close()
  }
  await use()
  expect(warnings).toEqual([
    expect.stringContaining(
      'may evict tokens, which signs their users out: its maxmemory-policy is allkeys-lru',
    ),
  ])
  await evicting.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl')
  await use()
  expect(warnings.splice(0)).toHaveLength(2)
  await evicting.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  await use()
  await evicting.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  await evicting.command('CONFIG', 'SET', 'maxmemory', 0)
  await use()
  expect(warnings).toEqual([])
})
