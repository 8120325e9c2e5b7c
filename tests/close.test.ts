import { expect, test } from '@jest/globals'
import { Client, MemoryTokenStore } from '@latchkey/core'
import { fakeClock } from '@latchkey/test-kit'
import { deferred, respondingWith, until } from './support.ts'

test('close() waits for the refreshes of other accounts over the same store', async () => {
  const store = new MemoryTokenStore()
  let isClosed = false
  const { promise, resolve } = deferred<{ body: string }>()
  const transport = respondingWith(() => promise)
  const client = new Client({
    client_id: 'id',
    transport,
    store: {
      atomicity: 'process',
      read: key => store.read(key),
      compareAndSwap: (...given) => (expect(isClosed).toBe(false), store.compareAndSwap(...given)),
      remove: key => store.remove(key),
      close: async () => void (isClosed = true),
    },
  })
  const other = client.account('other')
  await other.import({ access_token: 'a', refresh_token: 'r', expires_in: 0 })
  const refreshing = other.accessToken()
  await until(() => transport.requests.length > 0)
  const closing = client.close()
  resolve({ body: '{"access_token":"new","token_type":"bearer","expires_in":3600}' })
  expect(await refreshing).toBe('new')
  await closing
  expect(isClosed).toBe(true)
})

test('a transport that never ends does not hold close() or the account for ever', async () => {
  const clock = fakeClock()
  const transport = { send: () => new Promise<never>(() => {}) }
  const client = new Client({ client_id: 'id', transport, clock, store: new MemoryTokenStore({ clock }) })
  await client.import({ access_token: 'a', refresh_token: 'r', expires_in: 0 })
  const failure = client.accessToken().catch(({ code }: { code: string }) => code)
  await clock.advance(10_000)
  expect(await failure).toBe('transient')
  const closing = client.close()
  await clock.advance(60_000)
  await closing
})
