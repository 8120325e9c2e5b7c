// A store that fails at every point of a refresh. The refresh token is used only after the lease is stored, granted
// tokens are never lost, and a valid access token stays usable.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  type KeeperEvent,
  keepTokens,
  type KeptTokens,
  MemoryTokenStore,
  StoreError,
  type TokenStore,
} from '@latchkey/core'
import type { FakeClock } from '@latchkey/test-kit'
import { hastyClock, storeWith } from './support.ts'

const KEY = 'somebody'

let clock: FakeClock
let medium: MemoryTokenStore
let failing: { read?: boolean; lease?: boolean; commit?: boolean }
let requests: number
let kept: KeptTokens
let events: KeeperEvent[]

const broken = (): Promise<never> => Promise.reject(Object.assign(new Error('access-0'), { code: 'ENOSPC' }))

const never = (): Promise<never> => Promise.reject(new Error('never'))

/** The medium, which fails where the test requests it. */
function faulty(): TokenStore {
  return storeWith(medium, {
    locks: medium.locks,
    read: key => (failing.read ? broken() : medium.read(key)),
    compareAndSwap(key, expected, value, options) {
      const isLease = !!(value as { lease?: unknown }).lease
      if (isLease ? failing.lease : failing.commit) return broken()
      return medium.compareAndSwap(key, expected, value, options)
    },
  })
}

beforeEach(async () => {
  clock = hastyClock()
  medium = new MemoryTokenStore({ clock })
  failing = {}
  requests = 0
  events = []
  kept = keepTokens({
    store: faulty(),
    key: KEY,
    clock,
    logger: { warn() {} },
    async refresh() {
      requests++
      return { access_token: `access-${requests}`, refresh_token: `refresh-${requests}`, expires_in: 3600 }
    },
  })
  await kept.import({ access_token: 'access-0', refresh_token: 'refresh-0', expires_in: 3600 })
  for (const type of ['persist-failed', 'refresh-succeeded', 'refresh-failed'] as const)
    kept.on(type, event => events.push(event))
})

afterEach(() => kept.close())

const stored = async () =>
  (await medium.read(KEY))?.value as unknown as { generation: number; tokens: { refresh_token: string } }

test('while the access token is valid, callers get no error of a store that is down', async () => {
  failing = { read: true, lease: true, commit: true }
  await clock.advance(3_400_000)
  expect(await kept.accessToken()).toBe('access-0')
  expect(requests).toBe(0)
})

test.each([
  ['read', { read: true }],
  ['write the lease', { lease: true }],
])('a store that cannot %s costs no request; the error reports it, without the value', async (_, faults) => {
  failing = faults
  await clock.advance(3_600_000)
  const failure = (await kept.accessToken().catch((error: unknown) => error)) as Error
  expect(failure).toMatchObject({ code: 'store_unavailable', cause: { code: 'ENOSPC' } })
  expect(JSON.stringify([failure.message, failure.cause])).not.toContain('access-0')
  expect(requests).toBe(0)
  failing = {}
  expect(await kept.accessToken()).toBe('access-1')
})

test('new tokens that cannot be stored are returned after 5 s, kept, and stored by a later call', async () => {
  failing = { commit: true }
  await clock.advance(3_600_000)
  const begin = clock.monotonicMs()
  expect(await kept.accessToken()).toBe('access-1')
  expect(clock.monotonicMs() - begin).toBeLessThanOrEqual(6_000)
  expect(events).toMatchObject([{ type: 'persist-failed' }, { type: 'refresh-succeeded', dirty: true }])
  expect((await stored()).tokens.refresh_token).toBe('refresh-0')
  await expect(kept.settled()).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await kept.accessToken()).toBe('access-1')

  failing = {}
  await kept.settled()
  expect(await stored()).toMatchObject({ generation: 2, tokens: { refresh_token: 'refresh-1' } })
  expect(requests).toBe(1)
})

test('if unsaved tokens expire while the store is down, no token is used; when it is back, they are stored and refreshed', async () => {
  failing = { commit: true }
  await clock.advance(3_600_000)
  await kept.accessToken()
  failing = { lease: true, commit: true }
  await clock.advance(3_600_000)
  await expect(kept.accessToken()).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(requests).toBe(1)
  failing = {}
  expect(await kept.accessToken()).toBe('access-2')
  expect(await stored()).toMatchObject({ generation: 3, tokens: { refresh_token: 'refresh-2' } })
})

test('an older record in the store is healed by a process that remembers the newer one', async () => {
  const before = await medium.read(KEY)
  await clock.advance(3_600_000)
  await kept.accessToken()
  const now = await medium.read(KEY)
  await medium.compareAndSwap(KEY, now?.version, before?.value ?? null)
  expect(await kept.tokens()).toMatchObject({ refresh_token: 'refresh-1' })
  expect(await stored()).toMatchObject({ generation: 2, tokens: { refresh_token: 'refresh-1' } })
})

test.each([
  ['of a newer version', { v: 3 }, 'newer version'],
  [
    'of another client',
    {
      v: 2,
      provider: 'x',
      client_id: 'y',
      account: 'z',
      family: 'l',
      generation: 1,
      status: 'live',
      tokens: {},
      spareRefreshTokens: [],
    },
    'another account',
  ],
])('a record %s is not used and not overwritten', async (_, value, words) => {
  const now = await medium.read(KEY)
  await medium.compareAndSwap(KEY, now?.version, value)
  await clock.advance(3_600_000)
  const unusable = { code: 'record_unusable', message: expect.stringContaining(words) }
  await expect(kept.accessToken()).rejects.toMatchObject(unusable)
  await kept.import({ access_token: 'x' })
  await expect(kept.settled()).rejects.toMatchObject(unusable)
  expect((await medium.read(KEY))?.value).toEqual(value)
  expect(requests).toBe(0)
})

test.each([
  [
    'a StoreError, whose words hold no secret',
    new StoreError('the volume is not mounted: run mount -a'),
    true,
  ],
  ['another error, whose words may hold one', new Error('could not write access-0'), false],
])('the words of %s', async (_, thrown, areKept) => {
  const store = storeWith(medium, { locks: medium.locks, read: () => Promise.reject(thrown) })
  const { message, name } = await keepTokens({ store, key: KEY, clock, maxWaitMs: 0, refresh: never })
    .accessToken()
    .then(never, (error: Error) => error)
  expect(name).toBe('StoreError')
  expect(message).toEqual(areKept ? thrown.message : 'the token store could not be read')
})
