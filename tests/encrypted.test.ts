// AES-256-GCM around a store: the contract still holds, and only the right key, at the right store key, decrypts a value.
import { expect, test } from '@jest/globals'
import { Client, encrypted, MemoryTokenStore, type TokenStore } from '@latchkey/core'
import type { Json } from '@latchkey/core/ports'
import { fakeClock, tokenStoreContract } from '@latchkey/test-kit'
import fc from 'fast-check'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const seeded = (numRuns: number) => ({ seed, numRuns })

/** Includes halves of surrogate pairs. */
const anyString = fc.string({ unit: fc.nat(0xffff).map(unit => String.fromCharCode(unit)) })

const newKey = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))
const keyA = newKey()
const keyB = newKey()

const by = (store: TokenStore, ...keys: Uint8Array[]): TokenStore =>
  encrypted(store, { keys: async () => keys })

/** Returns the stored value as it is in the medium. */
const raw = async (store: TokenStore, key = 'key') => (await store.read(key))?.value as Record<string, Json>

/** Overwrites the value in the medium. */
async function plant(store: TokenStore, value: Json, key = 'key'): Promise<void> {
  await store.remove(key)
  await store.compareAndSwap(key, undefined, value)
}

const DECRYPTION = { name: 'DecryptionError', code: 'decryption_failed' }

const contract = await tokenStoreContract(() => {
  const clock = fakeClock()
  const memory = new MemoryTokenStore({ clock })
  return { open: () => by(memory, keyA, keyB), clock }
})

for (const { name, skip, run } of contract)
  if (skip) test.skip(`encrypted: ${name} (skipped: ${skip})`, run)
  else test(`encrypted: ${name}`, run)

test('the stored value is a JSON envelope of five members, without any part of the plain value', async () => {
  const memory = new MemoryTokenStore()
  await by(memory, keyA).compareAndSwap('key', undefined, { refresh_token: 'canary4711' })
  const envelope = await raw(memory)
  expect(envelope).toEqual({
    v: 1,
    alg: 'A256GCM',
    kid: expect.stringMatching(/^[\w-]{12}$/),
    iv: expect.stringMatching(/^[\w-]{16}$/),
    data: expect.stringMatching(/^[\w-]+$/),
  })
  expect(JSON.stringify(envelope)).not.toContain('canary4711')
})

test('node:crypto decrypts the envelope, which confirms the documented format', async () => {
  const { createDecipheriv } = await import('node:crypto')
  const memory = new MemoryTokenStore()
  await by(memory, keyA).compareAndSwap('imgur/id/é', undefined, { a: 'é' })
  const { kid, iv, data } = (await raw(memory, 'imgur/id/é')) as Record<'kid' | 'iv' | 'data', string>
  const bytes = Buffer.from(data, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', keyA, Buffer.from(iv, 'base64url'))
  decipher.setAAD(Buffer.from(JSON.stringify([1, 'A256GCM', kid, 'imgur/id/é'])))
  decipher.setAuthTag(bytes.subarray(-16))
  const text = decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')
  expect(JSON.parse(text)).toEqual({ a: 'é' })
})

test('every write has a new nonce, even for the same value', async () => {
  const memory = new MemoryTokenStore()
  const store = by(memory, keyA)
  const nonces = new Set<unknown>()
  for (let n = 0; n < 100; n++) {
    await store.remove('key')
    await store.compareAndSwap('key', undefined, 'same')
    nonces.add((await raw(memory))['iv'])
  }
  expect(nonces.size).toBe(100)
})

test('nonces come from the Crypto port, if it is passed', async () => {
  const memory = new MemoryTokenStore()
  const crypto = { randomBytes: (length: number) => new Uint8Array(length).fill(0xff) }
  await encrypted(memory, { keys: async () => [keyA], crypto }).compareAndSwap('key', undefined, 1)
  expect(await raw(memory)).toMatchObject({ iv: '_'.repeat(16) })
})

test('keys rotate: the first one encrypts, all of them decrypt, and the old one can be removed after the next write', async () => {
  const memory = new MemoryTokenStore()
  await by(memory, keyA).compareAndSwap('key', undefined, 1)
  const [old, rotated, next] = [by(memory, keyA), by(memory, keyB, keyA), by(memory, keyB)]
  const stored = await rotated.read('key')
  expect(stored?.value).toBe(1)
  await expect(next.read('key')).rejects.toMatchObject(DECRYPTION)
  await rotated.compareAndSwap('key', stored?.version, 2)
  expect((await next.read('key'))?.value).toBe(2)
  await expect(old.read('key')).rejects.toMatchObject(DECRYPTION)
})

test('keys are read before every operation, so a running program can rotate them', async () => {
  const memory = new MemoryTokenStore()
  let keys = [keyA]
  const store = encrypted(memory, { keys: async () => keys })
  const first = await store.compareAndSwap('key', undefined, 1)
  keys = [keyB, keyA]
  await store.compareAndSwap('key', first.swapped ? first.version : undefined, 2)
  expect((await by(memory, keyB).read('key'))?.value).toBe(2)
})

test('keys are compared by their bytes: another key in the same array is a different key, in any view of bytes', async () => {
  const memory = new MemoryTokenStore()
  const bytes = Uint8Array.from(keyA)
  const views = [bytes, new DataView(bytes.buffer) as never, new Uint16Array(bytes.buffer) as never]
  const stores = views.map(view => by(memory, view))
  await plant(stores[0]!, 'a')
  for (const store of [...stores, by(memory, keyA)]) expect((await store.read('key'))?.value).toBe('a')
  bytes.set(keyB)
  for (const store of stores) await expect(store.read('key')).rejects.toMatchObject(DECRYPTION)
  await plant(stores[0]!, 'b')
  for (const store of [...stores, by(memory, keyB)]) expect((await store.read('key'))?.value).toBe('b')
})

test('a wrong key causes a DecryptionError, and changes nothing', async () => {
  const memory = new MemoryTokenStore()
  await by(memory, keyA).compareAndSwap('key', undefined, 1)
  const before = await memory.read('key')
  const wrong = by(memory, keyB)
  await expect(wrong.read('key')).rejects.toMatchObject(DECRYPTION)
  await expect(wrong.compareAndSwap('key', undefined, 2)).rejects.toMatchObject(DECRYPTION)
  expect(await memory.read('key')).toEqual(before)
})

test.each([
  ['tokens in plain text', { access_token: 'a', refresh_token: 'r' }],
  ['null', null],
  ['a string', 'v'],
  ['an empty object', {}],
  ['an inherited envelope', JSON.parse('{"__proto__":{"v":1,"alg":"A256GCM","kid":"k","iv":"","data":""}}')],
])('a value that is not encrypted is rejected, never read as plain text: %s', async (_, value) => {
  const memory = new MemoryTokenStore()
  await plant(memory, value as Json)
  await expect(by(memory, keyA).read('key')).rejects.toMatchObject({
    ...DECRYPTION,
    message: 'the stored value is not encrypted, or in an unknown format',
  })
})

test(`a change to any character of any member of an envelope is rejected (seed ${seed})`, async () => {
  const memory = new MemoryTokenStore()
  const store = by(memory, keyA)
  await store.compareAndSwap('key', undefined, { refresh_token: 'r'.repeat(40), n: [1, 2] })
  const envelope = await raw(memory)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n'
  for (const [name, text] of Object.entries(envelope))
    for (let at = 0; at < String(text).length; at++) {
      const others = fc.sample(fc.constantFrom(...alphabet), { seed: seed + at, numRuns: 3 })
      for (const other of others.filter(one => one !== String(text)[at])) {
        await plant(memory, {
          ...envelope,
          [name]: String(text).slice(0, at) + other + String(text).slice(at + 1),
        })
        await expect(store.read('key')).rejects.toMatchObject(DECRYPTION)
      }
      for (const cut of [
        String(text).slice(0, at),
        `${String(text).slice(0, at)}${String(text).slice(at + 1)}`,
      ]) {
        await plant(memory, { ...envelope, [name]: cut })
        await expect(store.read('key')).rejects.toMatchObject(DECRYPTION)
      }
    }
  for (const name of Object.keys(envelope))
    for (const value of [null, 1.5, [], {}, true]) {
      await plant(memory, { ...envelope, [name]: value })
      await expect(store.read('key')).rejects.toMatchObject(DECRYPTION)
    }
  await plant(memory, envelope)
  expect((await store.read('key'))?.value).toEqual({ refresh_token: 'r'.repeat(40), n: [1, 2] })
})

test(`a value moved to another key is rejected, however similar the keys (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(anyString, anyString, async (one, other) => {
      fc.pre(one !== other)
      const memory = new MemoryTokenStore()
      const store = by(memory, keyA)
      await store.compareAndSwap(one, undefined, 1)
      await plant(memory, await raw(memory, one), other)
      await expect(store.read(other)).rejects.toMatchObject(DECRYPTION)
      expect((await store.read(one))?.value).toBe(1)
    }),
    seeded(50),
  )
  const memory = new MemoryTokenStore()
  const store = by(memory, keyA)
  await store.compareAndSwap('\ud800', undefined, 1)
  await plant(memory, await raw(memory, '\ud800'), '\ufffd')
  await expect(store.read('\ufffd')).rejects.toMatchObject(DECRYPTION)
})

test(`any JSON value under any key comes back equal (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(anyString, fc.json(), async (key, text) => {
      const value = JSON.parse(text) as Json
      const store = by(new MemoryTokenStore(), keyA)
      await store.compareAndSwap(key, undefined, value)
      expect(JSON.stringify((await store.read(key))?.value)).toBe(JSON.stringify(value))
    }),
    seeded(100),
  )
})

test('the encrypted store has exactly the capabilities of the store inside', () => {
  const memory = new MemoryTokenStore()
  expect(Object.keys(by(memory, keyA)).sort()).toEqual([
    'atomicity',
    'close',
    'compareAndSwap',
    'confirm',
    'keys',
    'locks',
    'read',
    'remove',
    'watch',
  ])
  const { atomicity } = memory
  const bare: TokenStore = {
    atomicity,
    read: key => memory.read(key),
    compareAndSwap: (...args) => memory.compareAndSwap(...args),
    remove: key => memory.remove(key),
  }
  expect(Object.keys(by(bare, keyA)).sort()).toEqual(['atomicity', 'compareAndSwap', 'read', 'remove'])
  expect(by({ ...bare, atomicity: 'cluster' }, keyA).atomicity).toBe('cluster')
})

test('an error of the store is passed on unchanged, and an error of keys changes nothing', async () => {
  const down = new Error('the medium is down')
  const failing = {
    ...new MemoryTokenStore(),
    atomicity: 'process',
    read: () => Promise.reject(down),
    remove: () => Promise.reject(down),
    compareAndSwap: () => Promise.reject(down),
  } as const
  const store = by(failing, keyA)
  await expect(store.read('key')).rejects.toBe(down)
  await expect(store.compareAndSwap('key', undefined, 1)).rejects.toBe(down)
  await expect(store.remove('key')).rejects.toBe(down)

  const memory = new MemoryTokenStore()
  const locked = encrypted(memory, { keys: () => Promise.reject(new Error('the keyring is locked')) })
  await expect(locked.compareAndSwap('key', undefined, 1)).rejects.toThrow('the keyring is locked')
  expect(await memory.read('key')).toBeUndefined()
})

test.each([
  ['no keys', []],
  ['nothing', undefined],
  ['a key of 16 bytes', [new Uint8Array(16)]],
  ['a key of 33 bytes after a good one', [keyA, new Uint8Array(33)]],
  ['a string', ['k'.repeat(32)]],
  ['a key that is not in a list', keyA],
])('keys that are none are a TypeError, and nothing is written: %s', async (_, keys) => {
  const memory = new MemoryTokenStore()
  const store = encrypted(memory, { keys: async () => keys as Uint8Array[] })
  const wrong = new TypeError('keys must resolve to at least one Uint8Array, each of 32 bytes')
  await expect(store.compareAndSwap('key', undefined, 1)).rejects.toThrow(wrong)
  expect(await memory.read('key')).toBeUndefined()
})

test('keys must be a function', () => {
  expect(() => encrypted(new MemoryTokenStore(), { keys: [keyA] as never })).toThrow(
    new TypeError('keys must be a function that resolves to keys'),
  )
})

test('without Web Crypto, on a page over plain http, the error names what is missing', () => {
  const subtle = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(crypto), 'subtle')!
  Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })
  try {
    expect(() => by(new MemoryTokenStore(), keyA)).toThrow('encryption needs Web Crypto')
  } finally {
    delete (crypto as { subtle?: unknown }).subtle
  }
  expect(subtle.get).toBeDefined()
  expect(crypto.subtle).toBeDefined()
})

test('no error contains a key or a decrypted value', async () => {
  const memory = new MemoryTokenStore()
  await by(memory, keyA).compareAndSwap('key', undefined, { refresh_token: 'canary4711' })
  const error = await by(memory, keyB)
    .read('key')
    .catch((caught: Error) => caught)
  const shown = (await import('node:util')).inspect(error, { depth: Infinity, showHidden: true })
  for (const secret of [
    'canary4711',
    ...[keyA, keyB].flatMap(key =>
      ['base64', 'base64url', 'hex'].map(as => Buffer.from(key).toString(as as 'hex')),
    ),
  ])
    expect(shown).not.toContain(secret)
})

test('a lost key: the message says what to do, a sign-in keeps the record, and a sign-out gives it up', async () => {
  const memory = new MemoryTokenStore()
  const clientOf = (key: Uint8Array): Client =>
    new Client({ client_id: 'c', store: by(memory, key), logger: { warn() {} } })
  await clientOf(keyA).import({ access_token: 'old' })
  const lost = clientOf(keyB)
  await expect(lost.accessToken()).rejects.toMatchObject({
    ...DECRYPTION,
    message: expect.stringContaining('give the tokens up with signOut()'),
  })
  await lost.import({ access_token: 'new' })
  await expect(lost.settled()).rejects.toMatchObject({ code: 'decryption_failed' })
  expect((await clientOf(keyA).tokens())?.access_token).toBe('old')
  await lost.signOut()
  expect((await clientOf(keyB).status()).status).toBe('signedOut')
  await lost.import({ access_token: 'new' })
  await lost.settled()
  expect(await clientOf(keyB).accessToken()).toBe('new')
})
