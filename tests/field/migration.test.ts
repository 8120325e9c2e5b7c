// Tokens that other libraries stored: `import` reads them, or names the member that it does not understand.
import { expect, test } from '@jest/globals'
import { clientOf, HOUR_MS, startServer } from './support.ts'

const server = await startServer()
const NOW = Date.UTC(2026, 6, 1)
const END = NOW + HOUR_MS
const SECONDS = END / 1000

const STORED: Readonly<Record<string, object>> = {
  'google-auth-library': {
    access_token: 'A',
    refresh_token: 'R',
    scope: 's',
    token_type: 'Bearer',
    expiry_date: END,
  },
  'Go x/oauth2': {
    access_token: 'A',
    token_type: 'Bearer',
    refresh_token: 'R',
    expiry: '2026-07-01T01:00:00.000Z',
  },
  'Go x/oauth2, with an offset': {
    access_token: 'A',
    refresh_token: 'R',
    expiry: '2026-07-01T03:00:00+02:00',
  },
  'MSAL, a cache': {
    AccessToken: {
      'k-1': { credential_type: 'AccessToken', secret: 'A', expires_on: String(SECONDS), target: 's' },
    },
    RefreshToken: { 'k-2': { credential_type: 'RefreshToken', secret: 'R' } },
    IdToken: {},
    Account: {},
  },
  'MSAL, a result': { accessToken: 'A', refreshToken: 'R', expiresOn: new Date(END), idToken: 'i' },
  'MSAL, a result as JSON': { accessToken: 'A', refreshToken: 'R', expiresOn: new Date(END).toJSON() },
  'MSAL, a whole result': {
    accessToken: 'A',
    refreshToken: 'R',
    expiresOn: new Date(END),
    extExpiresOn: new Date(END + HOUR_MS),
    refreshOn: undefined,
    scopes: ['s'],
    fromCache: false,
  },
  passport: { accessToken: 'A', refreshToken: 'R', expires_in: 3600 },
  'next-auth, an account': {
    provider: 'google',
    providerAccountId: '1',
    type: 'oauth',
    access_token: 'A',
    refresh_token: 'R',
    expires_at: SECONDS,
  },
  'next-auth, a row of its database': {
    userId: 'u',
    providerAccountId: '1',
    access_token: 'A',
    refresh_token: 'R',
    expires_at: SECONDS,
    refresh_token_expires_in: null,
    id_token: null,
    session_state: null,
  },
  'next-auth, a token': { accessToken: 'A', refreshToken: 'R', accessTokenExpires: END },
  'simple-oauth2': { access_token: 'A', refresh_token: 'R', expires_in: 3600, expires_at: new Date(END) },
  'simple-oauth2 as JSON': { access_token: 'A', refresh_token: 'R', expires_at: new Date(END).toJSON() },
}

test.each(Object.keys(STORED))('%s: the access token is used until its end, then refreshed', async name => {
  server.respond('/token', { body: { access_token: 'A2', token_type: 'Bearer', expires_in: 3600 } })
  const client = clientOf(server)
  await client.import(STORED[name]!)
  expect(await client.accessToken()).toBe('A')
  expect((await client.tokens())!.refresh_token).toBe('R')
  await client.at.advance(HOUR_MS)
  expect(await client.accessToken()).toBe('A2')
  expect(server.requests.at(-1)!.form['refresh_token']).toBe('R')
})

test.each<[string, object]>([
  ['Go x/oauth2', { access_token: 'A', token_type: 'bearer', expiry: '0001-01-01T00:00:00Z' }],
  ['next-auth', { providerAccountId: '1', access_token: 'A', refresh_token: null, expires_at: null }],
])('%s: an access token that never ends is used', async (_, stored) => {
  const client = clientOf(server)
  await client.import(stored)
  await client.at.advance(1_000 * HOUR_MS)
  expect(await client.accessToken()).toBe('A')
})

test.each<[string, object]>([
  ['expires', { access_token: 'A', expires: SECONDS }],
  ['expiration', { access_token: 'A', expiration: 5 }],
  ['expiry_date', { access_token: 'A', expiry_date: SECONDS }],
  ['expiry', { access_token: 'A', expiry: 'soon' }],
  ['expires_in', { access_token: 'A', expires_in: 'x' }],
  ['accessToken', { AccessToken: { a: { secret: 'A' }, b: { secret: 'B' } } }],
  ['access_token', { accessToken: { token: 'A' } }],
  ['access_token', { token: 'A' }],
])(
  'a member that is not understood is a TypeError that names it, and changes nothing: %s',
  async (member, tokens) => {
    const client = clientOf(server)
    const error = await client.import(tokens).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(new RegExp(member, 'i'))
    expect(await client.status()).toMatchObject({ because: 'never-signed-in' })
  },
)
