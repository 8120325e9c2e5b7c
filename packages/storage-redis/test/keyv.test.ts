// Stored values have Keyv's format, so Keyv can read them; and pitfalls of Keyv.
import { expect, test } from '@jest/globals'
import KeyvRedis, { createKeyv, Keyv } from '@keyv/redis'
import { RedisTokenStore } from '../src/index.ts'
import { atEnd, Server } from './servers.ts'

const server = await Server.start()
const store = new RedisTokenStore({ url: server.url })
atEnd(() => store.close())

/** A Keyv with its own adapter, with flags for both. */
function keyvWith(flags: { readonly adapter: boolean; readonly keyv: boolean }, url = server.url): Keyv {
  const adapter = new KeyvRedis<unknown>(url, { throwOnErrors: flags.adapter })
  const keyv = new Keyv({
    store: adapter,
    throwOnErrors: flags.keyv,
    namespace: 'latchkey',
    useKeyPrefix: false,
  })
  atEnd(() => keyv.disconnect())
  return keyv
}

const RECORD = {
  v: 1,
  tokens: { access_token: ':colon first', expires_in: 3600, scope: null, list: [':base64:AAAA', 'é\ud800'] },
}

test('a plain Keyv over the same URL and namespace reads what we write', async () => {
  await store.compareAndSwap('imgur/id/default', undefined, RECORD)
  const keyv = createKeyv(server.url, { namespace: 'latchkey' })
  atEnd(() => keyv.disconnect())
  expect(await keyv.get('imgur/id/default')).toEqual(RECORD)
  expect(await keyv.getRaw('imgur/id/default')).not.toHaveProperty('expires')
})

test('a plain Keyv sees the expiry', async () => {
  const expiresAtMs = Date.now() + 3_600_000
  await store.compareAndSwap('pending', undefined, 'v', { expiresAtMs })
  const keyv = createKeyv(server.url, { namespace: 'latchkey' })
  atEnd(() => keyv.disconnect())
  expect(await keyv.getRaw('pending')).toMatchObject({ value: 'v', expires: expiresAtMs })
  expect(await server.command('PEXPIRETIME', 'latchkey::pending')).toBe(expiresAtMs)
})

test('the store reads and swaps values of a plain Keyv', async () => {
  const keyv = createKeyv(server.url, { namespace: 'latchkey' })
  atEnd(() => keyv.disconnect())
  await keyv.set('by keyv', RECORD)
  const found = await store.read('by keyv')
  expect(found?.value).toEqual(RECORD)
  expect(await store.compareAndSwap('by keyv', found!.version, 'ours')).toMatchObject({ swapped: true })
  expect(await keyv.get('by keyv')).toBe('ours')
})

test('the key in Redis is the namespace, two colons and the key: the prefix is not doubled', async () => {
  await store.compareAndSwap('imgur/id/one', undefined, 1)
  expect(await server.command('KEYS', '*imgur/id/one')).toEqual(['latchkey::imgur/id/one'])
})

test("a clock that runs ahead does not delete a value that has not expired by Redis's clock", async () => {
  const write = await store.compareAndSwap('skewed', undefined, 'v', { expiresAtMs: Date.now() + 60_000 })
  const now = Date.now
  try {
    Date.now = () => now() + 3_600_000
    expect(await store.read('skewed')).toMatchObject({ value: 'v' })
  } finally {
    Date.now = now
  }
  expect(await store.read('skewed')).toEqual({ value: 'v', version: write.swapped && write.version })
})

test('only both throwOnErrors flags together make an OOM write and a WRONGTYPE read throw', async () => {
  const full = await Server.start()
  await full.command('HSET', 'latchkey::hash', 'a', 'b')
  await full.fill()
  const outcomes = async (flags: Parameters<typeof keyvWith>[0]) => {
    const keyv = keyvWith(flags, full.url)
    const message = (error: Error) => error.message.split(' ')[0]
    return [await keyv.set('x', 'y').catch(message), await keyv.get('hash').catch(message)]
  }
  expect(await outcomes({ adapter: false, keyv: false })).toEqual([true, undefined])
  expect(await outcomes({ adapter: true, keyv: false })).toEqual([false, undefined])
  expect(await outcomes({ adapter: false, keyv: true })).toEqual([true, undefined])
  expect(await outcomes({ adapter: true, keyv: true })).toEqual(['OOM', 'WRONGTYPE'])

  const onFull = new RedisTokenStore({ url: full.url })
  atEnd(() => onFull.close())
  await expect(onFull.read('hash')).rejects.toMatchObject({
    code: 'store_unavailable',
    cause: { code: 'WRONGTYPE' },
  })
  await expect(onFull.compareAndSwap('x', undefined, 'y')).rejects.toMatchObject({ cause: { code: 'OOM' } })
})
