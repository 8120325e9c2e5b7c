// What the command line says of an account agrees with what a client does.
import { expect, test } from '@jest/globals'
import { Client, imgur, MemoryTokenStore } from '@latchkey/core'
import type { Json } from '@latchkey/core/ports'
import { keyOf, type TokenRecord } from '@latchkey/core/keeper'
import { fakeClock } from '@latchkey/test-kit'
import { describe } from '../src/descriptions.ts'

const NOW_MS = Date.UTC(2026, 6, 1, 12)
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

const RECORD: TokenRecord = {
  v: 2,
  provider: 'imgur',
  client_id: 'id',
  account: 'default',
  family: 'family',
  generation: 3,
  status: 'live',
  sinceMs: NOW_MS - 2 * HOUR_MS,
  because: 'refreshed',
  tokens: { access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', expires_in: 3600 },
  obtainedAtMs: NOW_MS - 30 * MINUTE_MS,
  spareRefreshTokens: [],
}
const { refresh_token: _, ...ACCESS_ONLY } = RECORD.tokens
const EXPIRED = { obtainedAtMs: NOW_MS - 2 * HOUR_MS }
const REJECTED = { rejectedGeneration: RECORD.generation }
const refusals = (attempts: number, nextTryAtMs: number) => ({
  refusals: {
    count: attempts,
    attempts,
    firstAtMs: NOW_MS - HOUR_MS,
    lastAtMs: NOW_MS - MINUTE_MS,
    nextTryAtMs,
  },
})
const REFUSED = { because: 'refresh-token-refused' } as const

type Case = readonly [name: string, record: Partial<TokenRecord>, message: RegExp]

/** Records for which a client returns a token, or would refresh it. */
const GOOD: readonly Case[] = [
  [
    'a token that works',
    {},
    /^signed in, the access token is valid for 30 minutes, there is a refresh token$/,
  ],
  [
    'an expired one that can be refreshed',
    EXPIRED,
    /^signed in, the access token expired 60 minutes ago, there/,
  ],
  [
    'a refused early refresh: the access token works',
    refusals(1, NOW_MS + 5 * MINUTE_MS),
    /^signed in, the access token is valid for 30 minutes/,
  ],
  [
    'a refused refresh token, and an access token that works',
    REFUSED,
    /valid for 30 minutes, but the server rejected the refresh token$/,
  ],
  [
    'a bucket of rejections that has leaked',
    { ...EXPIRED, ...REJECTED, rejections: { level: 4, atMs: NOW_MS - 10 * MINUTE_MS } },
    /^signed in/,
  ],
  ['refusals whose pause is over', { ...EXPIRED, ...refusals(2, NOW_MS - 1) }, /^signed in/],
]

/** Records for which it rejects and sends nothing. */
const BAD: readonly Case[] = [
  [
    'a refused refresh token, and an access token that has expired',
    { ...EXPIRED, ...REFUSED },
    /^the access token expired 60 minutes ago, and the server rejected the refresh token: it was revoked/,
  ],
  [
    'an expired access token alone',
    { ...EXPIRED, tokens: ACCESS_ONLY },
    /^the access token expired 60 minutes ago, and there is no refresh token$/,
  ],
  [
    'an access token that is about to expire, alone',
    { obtainedAtMs: NOW_MS - HOUR_MS + 5_000, tokens: ACCESS_ONLY },
    /^the access token is valid for 5 seconds, and there is no refresh token$/,
  ],
  [
    'a rejected access token alone',
    { ...REJECTED, tokens: ACCESS_ONLY },
    /^an API rejected the access token, and there is no refresh token$/,
  ],
  [
    'an API that rejects every token',
    { ...REJECTED, rejections: { level: 4, atMs: NOW_MS } },
    /^signed in, but an API rejects one new token after another.* next refresh is possible in 3 minutes/,
  ],
  [
    'refused refreshes',
    { ...EXPIRED, ...refusals(2, NOW_MS + 5 * MINUTE_MS) },
    /^signed in, but the server refused to refresh the tokens 2 times in a row; the next refresh is possible in 5 minutes$/,
  ],
  [
    'a Retry-After',
    { ...EXPIRED, ...refusals(0, NOW_MS + 5 * MINUTE_MS) },
    /^signed in, but the server requested a pause of 5 minutes$/,
  ],
  [
    'a rejected refresh token',
    { ...REFUSED, status: 'reauth' },
    /^the server rejected the refresh token 2 hours ago/,
  ],
  [
    'doubt',
    { ...REFUSED, status: 'reauth', inDoubt: true, ...refusals(3, NOW_MS + HOUR_MS) },
    /^the server has refused to refresh the tokens since 2 hours ago, for a reason that is not known$/,
  ],
  ['a sign-out', { status: 'signedOut', because: 'signed-out', tokens: {} }, /^signed out 2 hours ago$/],
]

/** Returns the status of a client that finds the record, and whether it returns or requests a token. */
async function asClient(record: TokenRecord) {
  const store = new MemoryTokenStore()
  await store.compareAndSwap(keyOf(record), undefined, record as unknown as Json)
  let requests = 0
  const client = new Client({
    client_id: 'id',
    client_secret: 'shh',
    provider: imgur(),
    store,
    clock: fakeClock({ nowMs: NOW_MS }),
    maxWaitMs: 0,
    logger: { warn() {} },
    transport: {
      async send() {
        requests++
        const body = JSON.stringify({ access_token: 'new', token_type: 'Bearer', expires_in: 3600 })
        return { status: 200, headers: {}, body }
      },
    },
  })
  const { status } = await client.status()
  const isGood = await client.accessToken().then(
    () => true,
    () => false,
  )
  return { status, isGood, requests }
}

for (const [cases, isGood] of [
  [GOOD, true],
  [BAD, false],
] as const)
  test.each(cases)('%s', async (_, changed, message) => {
    const record = { ...RECORD, ...changed }
    const described = describe(record, NOW_MS)
    const { requests, ...client } = await asClient(record)
    expect(client).toEqual({ status: described.status, isGood })
    expect(described.isGood).toBe(isGood)
    expect(described.message).toMatch(message)
    if (!isGood) {
      expect(requests).toBe(0)
      expect(described.action).toBe(described.status === 'live' ? 'wait' : 'login')
    }
  })
