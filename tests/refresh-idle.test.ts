// `client.refreshIdle()`: refresh tokens that would end without use.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Client, MemoryTokenStore } from '@latchkey/core'
import { type FixtureServer, startFixtureServer } from '@latchkey/emulator'
import { quickbooks } from '@latchkey/providers'
import { fakeClock } from '@latchkey/test-kit'
import { fetchTransport } from '@latchkey/transport-fetch'
import { quickbooks as fixture } from '../packages/providers/fixtures/quickbooks.ts'

const DAY_MS = 86_400_000
let server: FixtureServer
let clock: ReturnType<typeof fakeClock>
let store: MemoryTokenStore
const closing: Client[] = []

beforeEach(async () => {
  clock = fakeClock()
  store = new MemoryTokenStore({ clock })
  server = await startFixtureServer(fixture, { now: () => clock.nowMs() })
})
afterEach(async () => {
  await Promise.all(closing.splice(0).map(client => client.close()))
  await server.close()
})

function makeClient(): Client {
  const client = new Client({
    ...server.client,
    scope: fixture.scope,
    provider: quickbooks(),
    clock,
    store,
    transport: fetchTransport({ fetch: server.fetch }),
    logger: { warn() {} },
  })
  closing.push(client)
  return client
}

async function signIn(client: Client, account: string): Promise<void> {
  const auth = client.account(account).Authorize.byCode()
  await auth.authorize(await server.authorize(auth.url))
  await client.account(account).settled()
}

/** Lets time pass until `work` is done: a retry waits for it. */
async function passing<T>(work: Promise<T>): Promise<T> {
  let isDone = false
  void work.finally(() => (isDone = true))
  while (!isDone) {
    await clock.advance(1_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  return work
}

const tokenRequests = (): number => server.requests.filter(one => one.endsWith('/tokens/bearer')).length

describe('refreshIdle', () => {
  test('refreshes what would end, and nothing else; two clients refresh each account once', async () => {
    const [a, b] = [makeClient(), makeClient()]
    for (const name of ['x', 'y', 'z']) await signIn(a, name)
    await a.account('z').signOut()
    expect(await a.refreshIdle({ withinMs: DAY_MS })).toEqual({
      checked: 3,
      refreshed: 0,
      reauth: 0,
      failed: 0,
    })
    await clock.advance(7 * DAY_MS)
    const before = tokenRequests()
    const counts = await Promise.all([a, b].map(client => client.refreshIdle({ maxIdleMs: 7 * DAY_MS })))
    expect(tokenRequests()).toBe(before + 2)
    expect(counts.map(({ failed, reauth }) => [failed, reauth])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect((await b.refreshIdle({ maxIdleMs: 7 * DAY_MS })).refreshed).toBe(0)
  })

  test('by the end of the refresh token that the server sent', async () => {
    const client = makeClient()
    await signIn(client, 'x')
    const { refreshTokenExpiresAt: end } = await client.account('x').status()
    await clock.advance(end! - clock.nowMs() - DAY_MS)
    expect(await client.refreshIdle({ withinMs: DAY_MS })).toMatchObject({ checked: 1, refreshed: 1 })
    expect((await client.account('x').status()).refreshTokenExpiresAt).toBeGreaterThan(end!)
  })

  test('a limit, an ended sign-in, a server that is down, an aborted signal', async () => {
    const client = makeClient()
    for (const name of ['a', 'b', 'c', 'd', 'e']) await signIn(client, name)
    await clock.advance(DAY_MS)
    const due = { maxIdleMs: DAY_MS }
    const aborted = AbortSignal.abort()
    expect(await client.refreshIdle({ ...due, signal: aborted })).toMatchObject({ checked: 0, refreshed: 0 })
    expect(await client.refreshIdle({ ...due, limit: 2 })).toMatchObject({ refreshed: 2 })
    server.endSignIn()
    const ended = client.refreshIdle({ ...due, limit: 2, concurrency: 1 })
    expect(await passing(ended)).toMatchObject({ reauth: 2 })
    await server.close()
    expect(await passing(client.refreshIdle(due))).toMatchObject({ checked: 5, failed: 1 })
  })

  test.each([
    [undefined, 'must be an object'],
    [{}, 'needs withinMs or maxIdleMs'],
    [{ withinMs: '1' }, 'withinMs must be a number'],
    [{ maxIdleMs: NaN }, 'maxIdleMs must be a number'],
    [{ maxIdleMs: 1, limit: 0 }, 'limit must be a number above 0'],
    [{ maxIdleMs: 1, concurrency: -1 }, 'concurrency must be a number above 0'],
    [{ maxIdle: 1 }, "'maxIdle' is not an option of refreshIdle()"],
  ])('%j is a TypeError', async (options, message) => {
    await expect(makeClient().refreshIdle(options as never)).rejects.toThrow(message)
  })
})
