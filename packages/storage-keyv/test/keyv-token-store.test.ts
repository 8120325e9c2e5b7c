import { afterEach, expect, jest, test } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type TokenStore } from '@latchkey/core'
import { increment } from '@latchkey/test-kit'
import fc from 'fast-check'
import { Keyv } from 'keyv'
import { KeyvFile } from 'keyv-file'
import { KeyvTokenStore } from '../src/index.ts'
import { keyOf, nameOf } from '../src/names.ts'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const logger = { warn: jest.fn<(message: string) => void>() }
const folders: string[] = []
afterEach(() => {
  logger.warn.mockClear()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-keyv-'))
  folders.push(folder)
  return join(folder, 'tokens.json')
}

const inFile = (filename: string): Keyv =>
  new Keyv({ store: new KeyvFile({ filename, writeDelay: 0 }), throwOnErrors: true })

async function keysOf(store: TokenStore): Promise<string[]> {
  const found: string[] = []
  for await (const key of store.keys!()) found.push(key)
  return found
}

test.each([
  ['nothing', undefined],
  ['something else', new Map()],
  ['a Keyv with default options', new Keyv()],
  ['a Keyv that hides errors', new Keyv({ throwOnErrors: false })],
])('a Keyv that reports an error as an absent value is rejected: %s', (_, keyv) => {
  expect(() => new KeyvTokenStore({ keyv: keyv as Keyv })).toThrow(
    new TypeError('keyv must be a Keyv with throwOnErrors: true'),
  )
})

test('it warns if other processes may share the medium, but not for a Map', () => {
  new KeyvTokenStore({ keyv: new Keyv({ throwOnErrors: true }), logger })
  expect(logger.warn).not.toHaveBeenCalled()
  new KeyvTokenStore({ keyv: inFile(newFile()), logger })
  expect(logger.warn.mock.calls).toEqual([
    ['KeyvTokenStore: other processes that use this Keyv are not kept from writing at the same time'],
  ])
})

test('the next process reads what was written to a file', async () => {
  const filename = newFile()
  const before = new KeyvTokenStore({ keyv: inFile(filename), logger })
  const { version } = (await before.compareAndSwap('imgur/id/Ä', undefined, { n: 1 })) as { version: string }
  const after = new KeyvTokenStore({ keyv: inFile(filename), logger })
  expect(await after.read('imgur/id/Ä')).toEqual({ value: { n: 1 }, version })
  expect(await keysOf(after)).toEqual(['imgur/id/Ä'])
})

test('atomicity is process: two Keyvs over one medium, as in two processes, lose writes', async () => {
  const medium = new Map()
  const open = (): TokenStore =>
    new KeyvTokenStore({ keyv: new Keyv({ store: medium, throwOnErrors: true }), logger })
  const [one, other] = [open(), open()]
  await Promise.all([increment(one, 'key', 50), increment(other, 'key', 50)])
  expect((await one.read('key'))?.value).toBeLessThan(100)
  expect(one.atomicity).toBe('process')
})

test("a write that Keyv's adapter dropped is an error, not a success", async () => {
  class Swallowing extends Map<string, unknown> {
    override set(): this {
      return this
    }
  }
  const store = new KeyvTokenStore({ keyv: new Keyv({ store: new Swallowing(), throwOnErrors: true }) })
  await expect(store.compareAndSwap('key', undefined, { refresh_token: 'canary' })).rejects.toMatchObject({
    name: 'StoreError',
    message: 'keyv did not keep the value',
  })
})

test("a removal that Keyv's adapter dropped is an error, not a success", async () => {
  class Keeping extends Map<string, unknown> {
    override delete(): boolean {
      return true
    }
  }
  const store = new KeyvTokenStore({ keyv: new Keyv({ store: new Keeping(), throwOnErrors: true }) })
  const { version } = (await store.compareAndSwap('key', undefined, 1)) as { version: string }
  const error = { name: 'StoreError', message: 'keyv did not remove the value' }
  await expect(store.compareAndSwap('key', version, 2, { expiresAtMs: 0 })).rejects.toMatchObject(error)
  await expect(store.remove('key')).rejects.toMatchObject(error)
  await store.remove('another key')
})

/** Takes only whole times, as Redis does. Records the last one. */
class Whole extends Map<string, unknown> {
  ttl: unknown
  override set(key: string, value: unknown, ttl?: number): this {
    if (ttl !== undefined && !Number.isSafeInteger(ttl)) throw new Error('value is not an integer')
    this.ttl = ttl
    return super.set(key, value)
  }
}

test('expiresAtMs may be a fraction, and one after the largest Date is none', async () => {
  const medium = new Whole()
  const store = new KeyvTokenStore({ keyv: new Keyv({ store: medium, throwOnErrors: true }) })
  const expiresAtMs = Date.now() + 60_000.5
  expect((await store.compareAndSwap('a', undefined, 1, { expiresAtMs })).swapped).toBe(true)
  expect(medium.ttl).toEqual(expect.any(Number))
  for (const never of [8.64e15, 1e300, Infinity]) {
    expect((await store.compareAndSwap(`${never}`, undefined, 1, { expiresAtMs: never })).swapped).toBe(true)
    expect(medium.ttl).toBeUndefined()
  }
})

test.each([-Infinity, -1e300, -1.5, -0, 0, 0.5])(
  'expiresAtMs in the past removes the value: %p',
  async expiresAtMs => {
    const store = new KeyvTokenStore({ keyv: new Keyv({ store: new Whole(), throwOnErrors: true }) })
    const { version } = (await store.compareAndSwap('a', undefined, 1)) as { version: string }
    expect((await store.compareAndSwap('a', version, 2, { expiresAtMs })).swapped).toBe(true)
    expect(await store.read('a')).toBeUndefined()
  },
)

test('expiresAtMs that is NaN is a TypeError, and nothing is written', async () => {
  const store = new KeyvTokenStore({ keyv: new Keyv({ throwOnErrors: true }) })
  await expect(store.compareAndSwap('a', undefined, 1, { expiresAtMs: NaN })).rejects.toThrow(
    new TypeError('expiresAtMs must be a Unix time in ms'),
  )
  expect(await store.read('a')).toBeUndefined()
})

test.each([['canary text'], [{ refresh_token: 'canary' }]])(
  'what somebody else put there is an error that does not show it: %p',
  async foreign => {
    const keyv = new Keyv({ throwOnErrors: true })
    await keyv.set(nameOf('key'), foreign)
    const error = await new KeyvTokenStore({ keyv }).read('key').catch((caught: Error) => caught)
    expect(error).toMatchObject({ name: 'StoreCorruptError', code: 'store_corrupt' })
    expect(String((error as Error).stack)).not.toContain('canary')
  },
)

test('removing an expired value does not remove a newer value', async () => {
  let beforeGet = async (): Promise<void> => {}
  class Slow extends Map<string, unknown> {
    override get(key: string): unknown {
      const found = super.get(key)
      return beforeGet().then(() => found)
    }
  }
  const keyv = new Keyv({ store: new Slow(), throwOnErrors: true })
  const store = new KeyvTokenStore({ keyv })
  await keyv.set(nameOf('key'), '"old"', -1)
  let swap: Promise<unknown> | undefined
  beforeGet = async () => {
    if (swap) return
    swap = store.compareAndSwap('key', undefined, 'new')
    for (let turns = 0; turns < 200; turns++) await new Promise(setImmediate) // enough for a swap that does not wait
  }
  expect(await store.read('key')).toBeUndefined()
  await swap
  expect((await store.read('key'))?.value).toBe('new')
})

test('a failed operation does not block later ones', async () => {
  class Failing extends Map<string, unknown> {
    failing = true
    override get(key: string): unknown {
      if (this.failing) throw new Error('the connection was lost')
      return super.get(key)
    }
  }
  const medium = new Failing()
  const store = new KeyvTokenStore({ keyv: new Keyv({ store: medium, throwOnErrors: true }) })
  const failed = store.read('key')
  const next = failed
    .catch(() => (medium.failing = false))
    .then(() => store.compareAndSwap('key', undefined, 1))
  await expect(failed).rejects.toThrow('the connection was lost')
  expect(await next).toMatchObject({ swapped: true })
})

test('without an iterator in Keyv, keys is absent', () => {
  const noIterator = { get: () => {}, set: () => {}, delete: () => {}, clear: () => {} }
  const keyv = new Keyv({ store: noIterator, throwOnErrors: true })
  expect(new KeyvTokenStore({ keyv, logger }).keys).toBeUndefined()
  expect(new KeyvTokenStore({ keyv: new Keyv({ throwOnErrors: true, namespace: '' }) }).keys).toBeUndefined()
})

test(`a name has only lower-case letters, digits, - and _, and can be decoded (seed ${seed})`, () => {
  const anyString = fc.string({ unit: fc.nat(0xffff).map(unit => String.fromCharCode(unit)) })
  fc.assert(
    fc.property(fc.oneof(anyString, fc.string({ unit: fc.constantFrom(...'aA1_-:%/') })), key => {
      expect(nameOf(key)).toMatch(/^[a-z0-9_-]*$/)
      expect(keyOf(nameOf(key))).toBe(key)
    }),
    { seed, numRuns: 2_000 },
  )
})

test('a client keeps its tokens in it', async () => {
  const filename = newFile()
  const client = (): Client =>
    new Client({
      client_id: 'id',
      client_secret: 'secret',
      store: new KeyvTokenStore({ keyv: inFile(filename), logger }),
    })
  const first = client()
  const { url, authorize } = first.Authorize.byToken('state')
  expect(url).toContain('id')
  authorize('https://a.example/#access_token=a&refresh_token=r&token_type=bearer&expires_in=3600&state=state')
  await first.settled()
  const later = new KeyvTokenStore({ keyv: inFile(filename), logger })
  expect(await keysOf(later)).toEqual(['imgur/id/default'])
})
