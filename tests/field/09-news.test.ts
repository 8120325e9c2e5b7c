// What another client does to an account reaches this one within 10 s, on every store, without a call that waits for it.
import { afterEach, expect } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { KeyvTokenStore } from '@latchkey/storage-keyv'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { fakeClock } from '@latchkey/test-kit'
import Keyv from 'keyv'
import { Server } from '../../packages/storage-redis/test/servers.ts'
import { clientOf as hastyClientOf, field, neighbour, startServer } from './support.ts'

const server = await startServer()
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Alice's tokens, which work for four weeks. */
const ALICE = { access_token: 'alice', refresh_token: 'RA', expires_in: 2_419_200 }
const BOB = { ...ALICE, access_token: 'bob', refresh_token: 'RB' }

/** Two stores of two processes over one medium. */
type Stores = () => Promise<readonly [TokenStore, TokenStore]>

const STORES: Readonly<Record<string, Stores>> = {
  memory: async () => {
    const store = new MemoryTokenStore()
    return [store, store]
  },
  'any Keyv, which cannot watch': async () => {
    const keyv = new Keyv({ throwOnErrors: true })
    return [new KeyvTokenStore({ keyv }), new KeyvTokenStore({ keyv })]
  },
  files: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-news-'))
    ends.push(() => rmSync(directory, { recursive: true }))
    return [new FileTokenStore({ directory }), new FileTokenStore({ directory })]
  },
  Redis: async () => {
    const redis = await Server.start()
    ends.push(() => redis.kill())
    const url = `redis://127.0.0.1:${redis.port}`
    return [new RedisTokenStore({ url }), new RedisTokenStore({ url })]
  },
}

/** Returns a store in memory with some methods replaced. */
function memoryStore(changed: (store: MemoryTokenStore) => Partial<TokenStore>): TokenStore {
  const store = new MemoryTokenStore()
  const { locks } = store
  return {
    atomicity: 'process',
    locks,
    read: key => store.read(key),
    compareAndSwap: (...given) => store.compareAndSwap(...given),
    remove: key => store.remove(key),
    watch: (...given) => store.watch(...given),
    ...changed(store),
  }
}

type TimedClient = ReturnType<typeof clientOf>

/** A client in virtual time, which passes only where the test says so: stores take real time. */
function clientOf(store: TokenStore) {
  const clock = fakeClock()
  return Object.assign(hastyClientOf(server, { store, clock }), { at: clock })
}

/** A signs in as Alice, and B knows her token. */
async function aliceInBoth(stores: Stores) {
  const [a, b] = (await stores()).map(store => {
    ends.push(() => store.close?.())
    return clientOf(store)
  }) as [TimedClient, TimedClient]
  await a.import(ALICE)
  expect(await b.accessToken()).toBe('alice')
  const events: string[] = []
  for (const type of ['signed-in', 'signed-out'] as const) b.on(type, event => events.push(event.type))
  return { a, b, events }
}

/** Calls every second, as a busy program does, until the token changes; returns how many seconds that took. */
async function secondsUntilChange(b: TimedClient) {
  for (let s = 1; s <= 30; s++) {
    await b.at.advance(1_000)
    const token = await b.accessToken().catch((error: { code: string }) => error.code)
    if (token !== 'alice') return { s, token }
    await b.settled() // a read takes real time, in which the clock stands still
  }
  return { s: Infinity }
}

for (const [name, stores] of Object.entries(STORES)) {
  field(
    'angular-auth-oidc-client#1248, monarch-mcp-server#120',
    `${name}: a sign-out elsewhere stops a busy client within 10 s, with an event`,
    async () => {
      const { a, b, events } = await aliceInBoth(stores)
      await a.signOut()
      const { s, token } = await secondsUntilChange(b)
      expect(token).toBe('signed_out')
      expect(s).toBeLessThanOrEqual(10)
      expect(events).toEqual(['signed-out'])
    },
  )

  field(
    'oidc-client#1428',
    `${name}: the next call after a pause does not return a former user's token`,
    async () => {
      const { a, b, events } = await aliceInBoth(stores)
      await a.import(BOB)
      await b.at.advance(10_000)
      expect(await b.accessToken()).toBe('bob')
      expect(events).toEqual(['signed-in'])
    },
  )
}

neighbour('a store that can watch tells a client that has been used lately, without a call', async () => {
  const { a, b, events } = await aliceInBoth(STORES['memory']!)
  await b.at.advance(6_000)
  expect(await b.accessToken()).toBe('alice')
  await a.signOut()
  await b.at.advance(1)
  expect(events).toEqual(['signed-out'])
  expect(b.access_token).toBe(null)
})

neighbour('a client that nobody has called for a minute no longer watches', async () => {
  let reads = 0
  const store = memoryStore(memory => ({ read: key => (reads++, memory.read(key)) }))
  const [a, b] = [clientOf(store), clientOf(store)]
  await a.import(ALICE)
  await b.accessToken()
  await b.at.advance(6_000)
  await b.accessToken()
  await b.at.advance(61_000)
  await a.import(BOB)
  reads = 0
  await a.import(ALICE)
  expect(reads).toBe(1) // its own
  await a.import(BOB)
  expect(await b.accessToken()).toBe('bob')
})

neighbour('a store that fails does not hold up or end what this process knows', async () => {
  let isDown = false
  const store = memoryStore(memory => ({
    read: async key => {
      if (isDown) throw new Error('down')
      return memory.read(key)
    },
  }))
  const client = clientOf(store)
  await client.import(ALICE)
  isDown = true
  for (let n = 0; n < 5; n++) {
    await client.at.advance(11_000)
    expect(await client.accessToken()).toBe('alice')
  }
})

neighbour('the record is read at most once in 5 s, however often a token is requested', async () => {
  let reads = 0
  const store = memoryStore(memory => ({ read: key => (reads++, memory.read(key)) }))
  const { b } = await aliceInBoth(async () => [store, store])
  reads = 0
  for (let n = 0; n < 600; n++) {
    await b.accessToken()
    await b.at.advance(100)
  }
  expect(reads).toBeLessThanOrEqual(60 / 5)
})
