// A client that waits for another one, over a store without locks.
import { afterEach, expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientOptions, imgur, type TokenStore } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { fakeClock } from '@latchkey/test-kit'
import { startStormServer } from '../benchmarks/src/storm/server.ts'
import { Server } from '../packages/storage-redis/test/servers.ts'
import { storeWith } from './support.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('a client that waits for the lease of another reads the record a few times a second, and learns of the new tokens at once', async () => {
  const server = await startStormServer(0)
  ends.push(() => server.close())
  const { url } = await Server.start()
  const clientOf = (
    changed: (store: RedisTokenStore) => Partial<TokenStore>,
    options: ClientOptions = {},
  ): Client => {
    const store = new RedisTokenStore({ url })
    ends.push(() => store.close())
    return new Client({
      client_id: 'id',
      client_secret: 'shh',
      provider: imgur({ baseUrl: server.url }),
      transport: fetchTransport(),
      store: storeWith(store, { watch: (...given) => store.watch(...given), ...changed(store) }),
      ...options,
    })
  }
  let reads = 0
  const holder = clientOf(() => ({}))
  await holder.import({ access_token: 'expired', refresh_token: 'family.0', expires_in: 0 })
  const held = holder.accessToken()
  while (server.waiting() === 0) await sleep(5)
  const clock = fakeClock({ nowMs: Date.now() })
  const waiter = clientOf(store => ({ read: key => (reads++, store.read(key)) }), { clock })
  const waiting = waiter.accessToken()
  for (let ms = 0; ms < 2_000; ms += 10) {
    await sleep(10) // in which a read ends
    await clock.advance(10)
  }
  // First every 50 ms, then at half the time that it has waited.
  expect(reads).toBeGreaterThan(1)
  expect(reads).toBeLessThanOrEqual(20)
  server.respond()
  // From here on no wait ends by the clock.
  expect(await waiting).toBe(await held)
})
