// A store that fails, at every point of a refresh: the refresh token is spent only when the claim is stored, what the
// server granted is never lost, and a working access token goes on working.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  type KeeperEvent,
  keepTokens,
  type KeptTokens,
  MemoryTokenStore,
  type TokenStore,
} from '@latchkey/core'
import type { FakeClock } from '@latchkey/test-kit'
import { hastyClock, storeWith } from './support.ts'

const KEY = 'somebody'

let clock: FakeClock
let medium: MemoryTokenStore
let failing: { read?: boolean; claim?: boolean; commit?: boolean }
let asked: number
let kept: KeptTokens
let told: KeeperEvent[]

const broken = (): Promise<never> => Promise.reject(Object.assign(new Error('access-0'), { code: 'ENOSPC' }))

/** The medium, failing where the test wants it to. */
function faulty(): TokenStore {
  return storeWith(medium, {
    locks: medium.locks,
    read: key => (failing.read ? broken() : medium.read(key)),
    compareAndSwap(key, expected, value, options) {
      const isClaim = !!(value as { lease?: unknown }).lease
      if (isClaim ? failing.claim : failing.commit) return broken()
      return medium.compareAndSwap(key, expected, value, options)
    },
  })
}

beforeEach(async () => {
  clock = hastyClock()
  medium = new MemoryTokenStore({ clock })
  failing = {}
  asked = 0
  told = []
  kept = keepTokens({
    store: faulty(),
    key: KEY,
    clock,
    logger: { warn() {} },
    async refresh() {
      asked++
      return { access_token: `access-${asked}`, refresh_token: `refresh-${asked}`, expires_in: 3600 }
    },
  })
  await kept.import({ access_token: 'access-0', refresh_token: 'refresh-0', expires_in: 3600 })
  for (const type of ['persist-failed', 'refresh-succeeded', 'refresh-failed'] as const)
    kept.on(type, event => told.push(event))
})

afterEach(() => kept.close())

const stored = async () =>
  (await medium.read(KEY))?.value as unknown as { generation: number; tokens: { refresh_token: string } }

test('while the access token works, a store that is down is nobody’s business', async () => {
  failing = { read: true, claim: true, commit: true }
  await clock.advance(3_400_000)
  expect(await kept.accessToken()).toBe('access-0')
  expect(asked).toBe(0)
})

test.each([
  ['read', { read: true }],
  ['write the claim', { claim: true }],
])(
  'a store that cannot %s costs no request; the error says so, without what it was given',
  async (_, faults) => {
    failing = faults
    await clock.advance(3_600_000)
    const failure = (await kept.accessToken().catch((error: unknown) => error)) as Error
    expect(failure).toMatchObject({ code: 'store_unavailable', cause: { code: 'ENOSPC' } })
    expect(JSON.stringify([failure.message, failure.cause])).not.toContain('access-0')
    expect(asked).toBe(0)
    failing = {}
    expect(await kept.accessToken()).toBe('access-1')
  },
)

test('new tokens that cannot be stored are handed out after 5 s, kept, and stored by a later call', async () => {
  failing = { commit: true }
  await clock.advance(3_600_000)
  const begin = clock.monotonicMs()
  expect(await kept.accessToken()).toBe('access-1')
  expect(clock.monotonicMs() - begin).toBeLessThanOrEqual(6_000)
  expect(told).toMatchObject([{ type: 'persist-failed' }, { type: 'refresh-succeeded', dirty: true }])
  expect((await stored()).tokens.refresh_token).toBe('refresh-0')
  await expect(kept.settled()).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await kept.accessToken()).toBe('access-1')

  failing = {}
  await kept.settled()
  expect(await stored()).toMatchObject({ generation: 2, tokens: { refresh_token: 'refresh-1' } })
  expect(asked).toBe(1)
})

test('when the dirty tokens expire before the store is back, nothing is spent; when it is, they are stored and refreshed', async () => {
  failing = { commit: true }
  await clock.advance(3_600_000)
  await kept.accessToken()
  failing = { claim: true, commit: true }
  await clock.advance(3_600_000)
  await expect(kept.accessToken()).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(asked).toBe(1)
  failing = {}
  expect(await kept.accessToken()).toBe('access-2')
  expect(await stored()).toMatchObject({ generation: 3, tokens: { refresh_token: 'refresh-2' } })
})

test('a record that went back in time is healed by who remembers', async () => {
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
    'of somebody else',
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
])('a record %s is neither used nor written over', async (_, value, words) => {
  const now = await medium.read(KEY)
  await medium.compareAndSwap(KEY, now?.version, value)
  await clock.advance(3_600_000)
  const refused = { code: 'record_unusable', message: expect.stringContaining(words) }
  await expect(kept.accessToken()).rejects.toMatchObject(refused)
  await kept.import({ access_token: 'x' })
  await expect(kept.settled()).rejects.toMatchObject(refused)
  expect((await medium.read(KEY))?.value).toEqual(value)
  expect(asked).toBe(0)
})
