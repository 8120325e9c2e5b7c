// keepTokens around another library: what the library may throw and return, and what happens to the tokens.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type FailureKind, type KeptTokens, keepTokens, MemoryTokenStore, type Tokens } from '@latchkey/core'
import type { FakeClock } from '@latchkey/test-kit'
import { hastyClock } from './support.ts'

const EXPIRED = { access_token: 'access-0', refresh_token: 'refresh-0', expires_in: 60 }

let clock: FakeClock
let store: MemoryTokenStore
let used: string[]

beforeEach(() => {
  clock = hastyClock()
  store = new MemoryTokenStore({ clock })
  used = []
})

let kept: KeptTokens
afterEach(() => kept.close())

/** Returns expired tokens, kept with `refresh` as the library. */
async function keeping(
  refresh: (n: number) => unknown,
  classify?: (error: unknown) => FailureKind,
): Promise<KeptTokens> {
  kept = keepTokens({
    store,
    key: 'somebody',
    clock,
    logger: { warn() {} },
    classify,
    refresh: async refresh_token => {
      used.push(refresh_token)
      return refresh(used.length) as Tokens
    },
  })
  await kept.import({ ...EXPIRED, expires_at: clock.nowMs() - 1 })
  return kept
}

const throwing = (members: object) => () => {
  throw Object.assign(new Error('no'), members)
}

test('a thousand callers cost one refresh, which gets the stored refresh token', async () => {
  await keeping(n => ({ access_token: `access-${n}`, refresh_token: `refresh-${n}`, expires_in: 3600 }))
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => kept.accessToken()))
  expect(new Set(tokens)).toEqual(new Set(['access-1']))
  expect(used).toEqual(['refresh-0'])
  expect(await kept.tokens()).toMatchObject({ refresh_token: 'refresh-1' })
})

test('the tokens are stored under the given key, and shared by keepTokens with the same key and store', async () => {
  await keeping(n => ({ access_token: `access-${n}`, expires_in: 3600 }))
  await kept.accessToken()
  expect(await store.read('somebody')).toBeDefined()
  const other = keepTokens({
    store,
    key: 'somebody',
    clock,
    refresh: () => Promise.reject(new Error('never')),
  })
  expect(await other.accessToken()).toBe('access-1')
  // RFC 6749 section 6: no new refresh token, so the old one stays in use.
  expect(await other.tokens()).toMatchObject({ refresh_token: 'refresh-0' })
})

test.each([[{ error: 'invalid_grant' }], [{ code: 'invalid_grant' }]])(
  'after an error with %j the user must sign in again; nothing is deleted',
  async members => {
    await keeping(throwing(members))
    await expect(kept.accessToken()).rejects.toMatchObject({ code: 'reauth_required', attempts: 1 })
    expect(await kept.status()).toMatchObject({ status: 'reauth', because: 'refresh-token-refused' })
    const { value } = (await store.read('somebody')) as unknown as { value: { tokens: object } }
    expect(value.tokens).toMatchObject({ refresh_token: 'refresh-0' })
  },
)

test('after any other error the tokens are kept, with three attempts at most, and a retry later', async () => {
  await keeping(n => {
    if (n > 3) return { access_token: 'access-4', expires_in: 3600 }
    throw new TypeError('fetch failed')
  })
  await expect(kept.accessToken()).rejects.toMatchObject({ code: 'indeterminate' })
  expect(used).toEqual(['refresh-0', 'refresh-0', 'refresh-0'])
  await clock.advance(1_001)
  expect(await kept.accessToken()).toBe('access-4')
})

test.each([
  ['transient', 'transient', 3],
  ['reauth', 'reauth_required', 1],
  ['misconfigured', 'misconfigured', 1],
  ['indeterminate', 'indeterminate', 3],
] as const)('an error classified as %s rejects with %s after %i requests', async (kind, code, times) => {
  await keeping(throwing({}), () => kind)
  await expect(kept.accessToken({ maxWaitMs: 0 })).rejects.toMatchObject({ code })
  expect(used).toHaveLength(times)
})

test('the error quotes what refresh threw, without the refresh token', async () => {
  await keeping(() => {
    throw new Error('POST refresh_token=refresh-0 failed: refresh-0')
  })
  const failure = await kept.accessToken().catch((error: Error) => error.message)
  expect(failure).toContain('the refresh failed')
  expect(failure).not.toContain('refresh-0')
})

test.each([[undefined], [null], [{}], [{ access_token: 5 }], [{ access_token: 'a\r\nb' }]])(
  'a refresh that resolves to %j loses no token',
  async tokens => {
    await keeping(() => tokens)
    await expect(kept.accessToken()).rejects.toMatchObject({ code: 'indeterminate' })
    expect(await kept.tokens()).toMatchObject({ refresh_token: 'refresh-0' })
  },
)

test('a refresh token in a result without an access token is kept, because it replaced the old one', async () => {
  await keeping(n => ({ refresh_token: `refresh-${n}` }))
  await expect(kept.accessToken()).rejects.toMatchObject({ code: 'indeterminate' })
  expect(await kept.tokens()).toMatchObject({ refresh_token: 'refresh-1' })
})

test('a library that returns only expires_at is supported', async () => {
  await keeping(n => ({
    access_token: `access-${n}`,
    refresh_token: 'r',
    expires_at: clock.nowMs() + 120_000,
  }))
  expect(await kept.accessToken()).toBe('access-1')
  await clock.advance(121_000)
  expect(await kept.accessToken()).toBe('access-2')
})

test('a sign-out leaves no token in the store', async () => {
  await keeping(n => ({ access_token: `access-${n}`, refresh_token: `refresh-${n}`, expires_in: 3600 }))
  expect(JSON.stringify(await store.read('somebody'))).toContain('refresh-0')
  await kept.signOut()
  expect(JSON.stringify(await store.read('somebody'))).not.toMatch(/access-0|refresh-0/)
})

test('callers get an error after 10 s, the signal aborts the library after 60 s, and its result is still kept', async () => {
  const patient = keepTokens({
    store,
    key: 'slow',
    clock,
    refresh: (_, { signal }) =>
      new Promise(resolve =>
        signal.addEventListener('abort', () => resolve({ access_token: 'late', expires_in: 3600 })),
      ),
  })
  kept = patient
  await patient.import({ ...EXPIRED, expires_at: clock.nowMs() - 1 })
  const begin = clock.monotonicMs()
  await expect(patient.accessToken()).rejects.toMatchObject({ code: 'transient' })
  expect(clock.monotonicMs() - begin).toBe(10_000)
  await patient.settled()
  expect(clock.monotonicMs() - begin).toBe(60_000)
  expect(await patient.accessToken()).toBe('late')
})

test.each([
  [{}, 'store'],
  [{ store: new MemoryTokenStore() }, 'key'],
  [{ store: new MemoryTokenStore(), key: 'k' }, 'refresh'],
])('keepTokens(%j) is a TypeError that names %s', (options, named) => {
  kept = keepTokens({ store, key: 'k', refresh: () => Promise.reject(new Error('never')) })
  expect(() => keepTokens(options as never)).toThrow(TypeError)
  expect(() => keepTokens(options as never)).toThrow(named)
})

test('refreshTokenRequired: false renews without a refresh token, once for all that share the tokens', async () => {
  const renewing = (): KeptTokens =>
    keepTokens({
      store,
      key: 'service',
      clock,
      refreshTokenRequired: false,
      refresh: refresh_token => {
        used.push(String(refresh_token))
        return Promise.resolve({ access_token: `access-${used.length}`, expires_in: 3600 })
      },
    })
  kept = renewing()
  await kept.import({ access_token: 'access-0', expires_in: 60 })
  expect(await kept.accessToken()).toBe('access-0')
  await clock.advance(61_000)
  expect(await kept.status()).toMatchObject({ status: 'live' })
  const other = renewing()
  const tokens = await Promise.all([kept, other, kept].map(one => one.accessToken()))
  expect(tokens).toEqual(['access-1', 'access-1', 'access-1'])
  expect(used).toEqual(['undefined'])

  // A program that requires one sends nothing, and leaves the record alone.
  await clock.advance(3_601_000)
  const before = await store.read('service')
  const strict = keepTokens({
    store,
    key: 'service',
    clock,
    refresh: () => Promise.reject(new Error('never')),
  })
  await expect(strict.accessToken()).rejects.toMatchObject({
    code: 'misconfigured',
    message: expect.stringContaining("'refreshTokenRequired: false'"),
  })
  expect(await store.read('service')).toEqual(before)
  expect(await kept.accessToken()).toBe('access-2')
})

test('refreshTokenRequired: false with a refresh token passes it, and keeps it until there is another one', async () => {
  kept = keepTokens({
    store,
    key: 'service',
    clock,
    refreshTokenRequired: false,
    refresh: refresh_token => {
      used.push(String(refresh_token))
      const replaced = used.length === 2 && { refresh_token: 'refresh-2' }
      return Promise.resolve({ access_token: `access-${used.length}`, expires_in: 60, ...replaced })
    },
  })
  await kept.import({ ...EXPIRED, expires_at: clock.nowMs() - 1 })
  for (let n = 1; n <= 4; n++) {
    await kept.accessToken()
    await clock.advance(61_000)
  }
  expect(used).toEqual(['refresh-0', 'refresh-0', 'refresh-2', 'refresh-2'])

  // Imported without one: what the library obtains meanwhile is kept as well.
  used = []
  await kept.import({ access_token: 'a', expires_in: 60 })
  for (let n = 1; n <= 4; n++) {
    await clock.advance(61_000)
    await kept.accessToken()
  }
  expect(used).toEqual(['undefined', 'undefined', 'refresh-2', 'refresh-2'])
})

test('refreshTokenRequired must be a boolean', () => {
  kept = keepTokens({ store, key: 'k', refresh: () => Promise.reject(new Error('never')) })
  const options = {
    store,
    key: 'k',
    refresh: () => Promise.reject(new Error('never')),
    refreshTokenRequired: 0,
  }
  expect(() => keepTokens(options as never)).toThrow('refreshTokenRequired must be a boolean')
})
