// A client and the emulator over real HTTP, with a shared virtual clock: how many requests it costs to keep tokens, and
// which faults it survives. The titles state the numbers; no real time is measured.
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import {
  type Client,
  type KeeperEvent,
  type LatchkeyError,
  MemoryTokenStore,
  type Tokens,
} from '@latchkey/core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { respondingWith, clientOf, collected, hastyClock } from './support.ts'

const HOUR_MS = 3_600_000
const YEARS_10_MS = 10 * 365 * 24 * HOUR_MS

let clock: FakeClock
let emulator: Emulator
let store: MemoryTokenStore

beforeEach(async () => {
  clock = fakeClock()
  store = new MemoryTokenStore({ clock })
  emulator = await startEmulator({ rotation: 'strict', expiresIn: 3600, now: clock.nowMs })
})

afterEach(() => emulator.close())

const newClient = (): Client => clientOf(emulator, { clock, store })

/** Returns a client with a signed-in user. */
async function signedIn(): Promise<Client> {
  const client = newClient()
  const auth = client.Authorize.byCode()
  const { account_username: username, password } = emulator.user
  await auth.authorize(await simulateUser({ username, password }).allow(auth.url))
  return client
}

const refreshes = (): number => emulator.ledger.filter(entry => entry.grant_type === 'refresh_token').length

test('10,000 concurrent callers at one expiry, strict rotation, 50 ms latency: 1 refresh, 0 failures', async () => {
  const client = await signedIn()
  await clock.advance(HOUR_MS)
  emulator.faults.add({ kind: 'delay', ms: 50, grant_type: 'refresh_token', times: 'always' })

  const callers = Array.from({ length: 10_000 }, () => client.accessToken())
  await emulator.clock.sleeping()
  const late = Array.from({ length: 10 }, () => client.accessToken())
  emulator.clock.advance(50)

  expect(new Set(await Promise.all([...callers, ...late])).size).toBe(1)
  expect(refreshes()).toBe(1)
})

test('50 clients on one store, in one process, 200 callers each: 1 refresh, 0 failures', async () => {
  await signedIn()
  await clock.advance(HOUR_MS)
  const clients = Array.from({ length: 50 }, newClient)
  const callers = clients.flatMap(client => Array.from({ length: 200 }, () => client.accessToken()))
  expect(new Set(await Promise.all(callers)).size).toBe(1)
  expect(refreshes()).toBe(1)
})

test('50 parallel rejections of one access token: 1 refresh, and all get the new one', async () => {
  const client = await signedIn()
  const rejected = await client.accessToken()
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.rejected(rejected)))
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).not.toBe(rejected)
  expect(refreshes()).toBe(1)
  // A late rejection of the old token costs nothing.
  expect(await newClient().rejected(rejected)).toBe(answers[0])
  expect(refreshes()).toBe(1)
})

test('a token that soon expires is returned at once and refreshed in the background, once; the next caller gets the new one', async () => {
  const client = await signedIn()
  const old = await client.accessToken()
  await clock.advance(HOUR_MS - 300_000)
  expect(await client.accessToken()).toBe(old)
  expect(await client.accessToken()).toBe(old)
  while (client.access_token === old) await setImmediate()
  expect(await client.accessToken()).not.toBe(old)
  expect(refreshes()).toBe(1)
})

test('while the access token is valid, callers get no error of a failed refresh, and there is no retry loop', async () => {
  const client = await signedIn()
  const failed: KeeperEvent[] = []
  client.on('refresh-failed', event => failed.push(event))
  await clock.advance(HOUR_MS - 300_000)
  emulator.faults.add({
    kind: 'retry-after',
    status: 503,
    retryAfter: 'seconds',
    seconds: 60,
    times: 'always',
  })
  const old = client.access_token
  for (let i = 0; i < 20; i++) {
    expect(await client.accessToken()).toBe(old)
    await setImmediate()
  }
  while (failed.length === 0) await setImmediate()
  expect(failed[0]).toMatchObject({ hidden: true, kind: 'transient', status: 503 })
  expect(refreshes()).toBe(1)

  // Another process also waits until then.
  const other = newClient()
  await clock.advance(30_000)
  expect(await other.accessToken()).toBe(old)
  expect(refreshes()).toBe(1)
})

test('after Retry-After, callers get a typed error once the token has expired, and the store shares the delay', async () => {
  const client = await signedIn()
  await clock.advance(HOUR_MS)
  emulator.faults.add({ kind: 'retry-after', status: 429, retryAfter: 'seconds', seconds: 60 })
  const retryAtMs = clock.nowMs() + 60_000
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'transient', retryAtMs })
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'transient', retryAtMs })
  await expect(newClient().accessToken()).rejects.toMatchObject({ code: 'transient', retryAtMs })
  expect(refreshes()).toBe(1)
  await clock.advance(60_001)
  expect(await client.accessToken()).toMatch(/^[0-9a-f]{40}$/)
  expect(refreshes()).toBe(2)
})

const LIFETIMES: readonly (readonly [string, object, number])[] = [
  ['missing', {}, 0],
  ['null', { expires_in: null }, 0],
  ['0', { expires_in: 0 }, 10],
  ['negative', { expires_in: -5 }, 10],
  ['"3600"', { expires_in: '3600' }, 0],
  ['1e308', { expires_in: 1e308 }, 0],
  ['"3600s", which is no number,', { expires_in: '3600s' }, 0],
]

test.each(LIFETIMES)(
  'an expires_in that is %s (%j): 10,000 calls cost no request, and 300 s of calls at most %i',
  async (_, member, most) => {
    let n = 0
    const body = () =>
      JSON.stringify({
        access_token: `access-${++n}`,
        token_type: 'bearer',
        refresh_token: `refresh-${n}`,
        ...member,
      })
    const transport = respondingWith(() => ({ body: body() }))
    const client = clientOf(emulator, { clock, store, transport })
    await client.import({ refresh_token: 'refresh-0' })
    expect(await client.accessToken()).toBe('access-1')
    for (let i = 0; i < 10_000; i++) expect(await client.accessToken()).toBe('access-1')
    expect(transport.requests).toHaveLength(1)
    for (let s = 0; s < 300; s++) {
      await clock.advance(1_000)
      await client.accessToken()
    }
    expect(transport.requests.length).toBeLessThanOrEqual(1 + most)
  },
)

test('a 200 response cut at every byte: both tokens are used whenever their strings are complete', async () => {
  const whole = JSON.stringify({
    access_token: 'access-1',
    expires_in: 3600,
    token_type: 'bearer',
    refresh_token: 'refresh-1',
    account_username: 'somebody',
  })
  const complete = whole.indexOf('"refresh-1"') + '"refresh-1"'.length
  for (let length = 0; length < whole.length; length++) {
    const hasty = hastyClock()
    const kept = new MemoryTokenStore({ clock: hasty })
    const transport = respondingWith(() => ({ body: whole.slice(0, length), truncated: true }))
    const client = clientOf(emulator, { clock: hasty, store: kept, transport, logger: { warn() {} } })
    await client.import({ refresh_token: 'refresh-0' })
    const result = await client.accessToken().catch(({ code }: LatchkeyError) => code)
    expect(result).toBe(length >= complete ? 'access-1' : 'indeterminate')
    const { refresh_token } = (await client.tokens()) as Tokens
    expect([length, refresh_token]).toEqual([length, length >= complete ? 'refresh-1' : 'refresh-0'])
    // Without a new refresh token the old one is tried again, at most three times.
    expect(transport.requests.length).toBeLessThanOrEqual(length >= complete ? 1 : 4)
  }
})

test('a response with two refresh tokens is rejected, and both are kept as candidates', async () => {
  const transport = respondingWith(() => ({
    body: '{"access_token":"a","token_type":"bearer","refresh_token":"one","refresh_token":"two"}',
  }))
  const client = clientOf(emulator, { clock, store, transport })
  await client.import({ refresh_token: 'refresh-0' })
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'indeterminate' })
  const [key = ''] = await collected(store.keys())
  expect((await store.read(key))?.value).toMatchObject({
    tokens: { refresh_token: 'two' },
    spareRefreshTokens: [{ refresh_token: 'one' }],
  })
})

test.each([
  ['forward', YEARS_10_MS],
  ['back', -YEARS_10_MS],
])(
  'a wall clock that jumps %s by ten years, repeatedly, costs at most one refresh in 30 s',
  async (_, jump) => {
    const client = await signedIn()
    let requests = 0
    for (let s = 0; s < 120; s++) {
      clock.jump(s % 2 ? -jump : jump)
      await client.accessToken()
      while (requests < refreshes()) {
        requests = refreshes()
        await setImmediate()
      }
      await clock.advance(1_000)
    }
    expect(refreshes()).toBeLessThanOrEqual(120 / 30 + 1)
  },
)

test('a suspended account, every token of which an API rejects: a call every 5 s for an hour costs 20 refreshes at most', async () => {
  const client = await signedIn()
  let failures = 0
  for (let s = 0; s < 3600; s += 5) {
    const token = await client.accessToken({ maxWaitMs: 0 }).catch(() => client.access_token ?? '')
    if (token)
      await client
        .rejected(token, { maxWaitMs: 0 })
        .catch((error: LatchkeyError) => expect(error.code).toBe('transient'))
    else failures++
    await clock.advance(5_000)
  }
  // Three at once, and one every 210 s.
  expect(refreshes()).toBeLessThanOrEqual(20)
  expect(failures).toBeGreaterThan(600)
})

test('after a lost response, on a server that assumes theft when a token is used twice, the error has inDoubt', async () => {
  const hasty = hastyClock()
  const client = clientOf(emulator, { clock: hasty, store })
  await (await signedIn()).close()
  await clock.advance(HOUR_MS)
  emulator.faults.add({ kind: 'reset', at: 'after', grant_type: 'refresh_token' })
  const late = clientOf(emulator, { clock: hastyClock(clock.nowMs()), store })
  await expect(late.accessToken()).rejects.toMatchObject({
    code: 'reauth_required',
    inDoubt: true,
    attempts: 1,
    message: expect.stringContaining('Invalid refresh token'),
  })
  await expect(late.status()).resolves.toMatchObject({ status: 'reauth', because: 'refresh-token-refused' })
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'reauth_required' })
})

test('every decision is emitted at once, without a secret', async () => {
  const warn = jest.fn()
  await signedIn()
  const client = clientOf(emulator, { clock, store, logger: { warn } })
  const events: KeeperEvent[] = []
  for (const type of [
    'refresh-joined',
    'refresh-started',
    'refresh-succeeded',
    'token-rejected',
    'signed-out',
  ] as const)
    client.on(type, event => events.push(event))
  client.on('refresh-started', () => {
    throw new Error('a listener that throws affects nothing else')
  })
  const before = (await client.tokens()) as Tokens
  await clock.advance(HOUR_MS)
  await Promise.all([client.accessToken(), client.accessToken()])
  const between = client.access_token as string
  await client.rejected(between)
  await client.signOut()

  expect(events.map(({ type }) => type)).toEqual([
    'refresh-joined',
    'refresh-started',
    'refresh-succeeded',
    'token-rejected',
    'refresh-started',
    'refresh-succeeded',
    'signed-out',
  ])
  expect(warn.mock.calls).toEqual(Array(2).fill(["Latchkey: a listener of 'refresh-started' failed"]))
  const secrets = [before.access_token, before.refresh_token, between, client.client_secret]
  for (const secret of secrets) expect(JSON.stringify(events)).not.toContain(secret)
})

test('status and tokens follow what happens to the account', async () => {
  const client = newClient()
  expect(await client.status()).toEqual({
    status: 'signedOut',
    since: undefined,
    because: 'never-signed-in',
    inDoubt: false,
  })
  expect(await client.tokens()).toBeUndefined()
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'signed_out' })
  expect(await client.headersFor({ url: `${emulator.url}/3/me` })).toEqual({
    authorization: `Client-ID ${client.client_id}`,
  })

  const signed = await signedIn()
  const since = clock.nowMs()
  expect(await client.status()).toEqual({ status: 'live', since, because: 'signed-in', inDoubt: false })
  expect(await client.headersFor({ url: `${emulator.url}/3/me` })).toEqual({
    authorization: `Bearer ${signed.access_token}`,
  })

  await clock.advance(1_000)
  await client.signOut()
  expect(await signed.status()).toEqual({
    status: 'signedOut',
    since: since + 1_000,
    because: 'signed-out',
    inDoubt: false,
  })
  expect(await signed.tokens()).toBeUndefined()
})

test('accounts are separate, have one object each, and are listed', async () => {
  const client = newClient()
  await client.account('a/b').import({ access_token: 'for-a', refresh_token: 'r' })
  await client.account('ü').import({ access_token: 'for-u' })
  expect(client.account('a/b')).toBe(client.account('a/b'))
  expect(await client.account('a/b').accessToken()).toBe('for-a')
  expect((await collected(client.accounts())).sort()).toEqual(['a/b', 'ü'])
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'signed_out' })
})

test('a caller’s signal ends only its own wait', async () => {
  const client = await signedIn()
  await clock.advance(HOUR_MS)
  emulator.faults.add({ kind: 'delay', ms: 50, grant_type: 'refresh_token' })
  const controller = new AbortController()
  const impatient = client.accessToken({ signal: controller.signal })
  const patient = client.accessToken()
  await emulator.clock.sleeping()
  controller.abort(new Error('no more'))
  await expect(impatient).rejects.toThrow('no more')
  emulator.clock.advance(50)
  expect(await patient).toMatch(/^[0-9a-f]{40}$/)
  expect(refreshes()).toBe(1)
})
