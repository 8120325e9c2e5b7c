// Servers tell that a refresh token is dead in many ways, and so does a wrong address. None of them is "try again".
import { expect } from '@jest/globals'
import { isSignInRequired, MemoryTokenStore } from '@latchkey/core'
import type { Json } from '@latchkey/core/ports'
import type { OddResponse } from '../servers/odd-server.ts'
import {
  clientOf,
  EXPIRED,
  field,
  granted,
  HOUR_MS,
  MINUTE_MS,
  neighbour,
  outcomeOf,
  startServer,
} from './support.ts'

const server = await startServer()

/** Asks for an access token once a minute, and notes when a request was sent and what the status was. */
async function askFor(client: ReturnType<typeof clientOf>, ms: number) {
  const beganAtMs = client.at.nowMs()
  const sentAtMinutes: number[] = []
  let reauthAtMinute: number | undefined
  let last: unknown
  while (client.at.nowMs() < beganAtMs + ms) {
    const minute = Math.floor((client.at.nowMs() - beganAtMs) / MINUTE_MS)
    const before = server.requests.length
    last = await client.accessToken().catch((error: unknown) => error)
    if (server.requests.length > before) sentAtMinutes.push(minute)
    if (reauthAtMinute === undefined && isSignInRequired(last)) reauthAtMinute = minute
    await client.at.advance(MINUTE_MS)
  }
  return { sentAtMinutes, reauthAtMinute, last }
}

async function expiredClient(response: OddResponse, account: string) {
  server.respond('/token', response)
  const client = clientOf(server, { account })
  await client.import(EXPIRED)
  return client
}

const STRAVA = {
  status: 400,
  body: {
    message: 'Bad Request',
    errors: [{ resource: 'RefreshToken', field: 'refresh_token', code: 'invalid' }],
  },
}

const COUNTED: readonly (readonly [string, OddResponse, RegExp])[] = [
  ['Strava (dreeve#1449)', STRAVA, /Bad Request.*RefreshToken|Bad Request.*refresh_token/],
  [
    'Atlassian (raycast#11836), glewlwyd',
    { status: 403, body: { error: 'unauthorized_client', error_description: 'refresh_token is invalid' } },
    /unauthorized_client: refresh_token is invalid \(HTTP 403\)/,
  ],
]
const NEIGHBOURS: readonly (readonly [string, OddResponse, RegExp])[] = [
  ['access_denied of a token endpoint', { status: 401, body: { error: 'access_denied' } }, /access_denied/],
  [
    'a number and errmsg',
    { status: 200, body: { error: 40014, errmsg: 'invalid refresh token' } },
    /40014.*invalid refresh token/,
  ],
  [
    'reason and detail',
    { status: 422, body: { reason: 'gone', detail: 'token expired' } },
    /gone.*token expired|token expired/,
  ],
  [
    'a nested error',
    { status: 400, body: { error: { code: 'E17', message: 'no such token' } } },
    /E17.*no such token/,
  ],
]

const counted = (source: string, response: OddResponse, words: RegExp, record: typeof field) =>
  record(
    source,
    'three refusals over 10 minutes, then the user must sign in again; a week costs 33 requests at most',
    async () => {
      const client = await expiredClient(response, source)
      const first = await outcomeOf(client.accessToken())
      expect(first).toMatchObject({
        code: 'unrecognized',
        kind: 'unrecognized',
        message: expect.stringMatching(words),
      })
      const week = await askFor(client, 7 * 24 * HOUR_MS)
      expect(week.reauthAtMinute).toBe(10)
      expect(week.sentAtMinutes.length).toBeLessThanOrEqual(33)
      expect(week.last).toMatchObject({ code: 'reauth_required', inDoubt: true })
      expect(await client.status()).toMatchObject({ status: 'reauth', inDoubt: true })
      // The server changes its mind: the next try clears the doubt.
      server.respond('/token', granted(1))
      await client.at.advance(6 * HOUR_MS)
      expect(await client.accessToken()).toBe('A1')
      expect(await client.status()).toMatchObject({ status: 'live', inDoubt: false })
    },
  )

for (const [source, response, words] of COUNTED) counted(source, response, words, field)
for (const [title, response, words] of NEIGHBOURS)
  counted(title, response, words, (_, what, run) => neighbour(`${title}: ${what}`, run))

const WORDLESS: readonly (readonly [string, OddResponse])[] = [
  ['400 with an empty body', { status: 400, body: '' }],
  [
    '403 with a long HTML page of a firewall',
    { status: 403, headers: { 'content-type': 'text/html' }, body: `<html>${'x'.repeat(20_000)}</html>` },
  ],
  [
    '403 with a short HTML page',
    { status: 403, headers: { 'content-type': 'text/html' }, body: '<p>no</p>' },
  ],
  ['401 with plain text', { status: 401, headers: { 'content-type': 'text/plain' }, body: 'Unauthorized' }],
  ['402 with words', { status: 402, body: { message: 'pay' } }],
]
for (const [title, response] of WORDLESS)
  (title.startsWith('400')
    ? (title: string, run: () => Promise<void>) => field('Atlassian', title, run)
    : neighbour)(`${title} signs nobody out for a day, and then only after six attempts`, async () => {
    const client = await expiredClient(response, title)
    const day = await askFor(client, 24 * HOUR_MS)
    expect(day.reauthAtMinute).toBeUndefined()
    expect(day.sentAtMinutes.length).toBeGreaterThanOrEqual(6)
    expect(day.sentAtMinutes.length).toBeLessThanOrEqual(40)
    expect(await client.status()).toMatchObject({ status: 'live' })
    const later = await askFor(client, 3 * HOUR_MS)
    expect(later.last).toMatchObject({ code: 'reauth_required', inDoubt: true })
  })

const MISCONFIGURED: readonly (readonly [string, OddResponse, RegExp])[] = [
  [
    'django (courtlistener#7927)',
    { status: 301, headers: { location: '/o/token/' }, body: '' },
    /HTTP 301.*redirects to \/o\/token\//,
  ],
  [
    'HTML 404',
    { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not found</h1>' },
    /HTTP 404.*check the endpoint/,
  ],
  ['405', { status: 405, body: '' }, /HTTP 405/],
  ['410', { status: 410, body: '' }, /HTTP 410/],
  ['415', { status: 415, body: '' }, /HTTP 415/],
  [
    'invalid_client',
    { status: 401, body: { error: 'invalid_client' } },
    /the client_secret was sent in the body/,
  ],
]
for (const [title, response, words] of MISCONFIGURED)
  (title.includes('#') ? (what: string, run: () => Promise<void>) => field(title, what, run) : neighbour)(
    `${title} is misconfigured, says what helps, and is never reauth`,
    async () => {
      const client = await expiredClient(response, title)
      expect(await outcomeOf(client.accessToken())).toMatchObject({
        kind: 'misconfigured',
        message: expect.stringMatching(words),
      })
      const week = await askFor(client, 7 * 24 * HOUR_MS)
      expect(week.reauthAtMinute).toBeUndefined()
      expect(week.sentAtMinutes.length).toBeLessThanOrEqual(32)
      expect(await client.status()).toMatchObject({ status: 'live' })
    },
  )

neighbour(
  'while every account of the client is refused, the client is suspected and not its users, for a day',
  async () => {
    server.respond('/token', { status: 400, body: { message: 'application disabled' } })
    const one = clientOf(server, { account: 'one' })
    const two = one.account('two')
    await one.import(EXPIRED)
    await two.import(EXPIRED)
    const beganAtMs = one.at.nowMs()
    let last: unknown
    while (one.at.nowMs() < beganAtMs + 20 * HOUR_MS) {
      last = await one.accessToken().catch((error: unknown) => error)
      await two.accessToken().catch(() => {})
      await one.at.advance(10 * MINUTE_MS)
    }
    expect(last).toMatchObject({ code: 'unrecognized', message: expect.stringContaining('check the client') })
    expect(await one.status()).toMatchObject({ status: 'live' })
    await one.at.advance(12 * HOUR_MS)
    await expect(one.accessToken()).rejects.toMatchObject({ code: 'reauth_required', inDoubt: true })
  },
)

neighbour(
  'an early refresh that is refused does not cost a token that works, by a known word or not',
  async () => {
    for (const response of [{ status: 400, body: { error: 'invalid_grant' } }, STRAVA]) {
      server.respond('/token', response)
      const client = clientOf(server)
      await client.import({ access_token: 'A0', refresh_token: 'R0', expires_in: 3600 })
      await client.at.advance(56 * MINUTE_MS) // less than a tenth is left
      for (let call = 0; call < 3; call++) {
        expect(await client.accessToken()).toBe('A0')
        await client.at.advance(20_000)
      }
      expect(await client.status()).toMatchObject({ status: 'live' })
      await client.at.advance(5 * MINUTE_MS)
      const known = response !== STRAVA
      if (known)
        expect(await client.status()).toMatchObject({ status: 'reauth', because: 'refresh-token-refused' })
      await expect(client.accessToken()).rejects.toMatchObject({
        code: known ? 'reauth_required' : 'unrecognized',
      })
    }
  },
)

neighbour(
  'a spare refresh token that is throttled after another one was rejected is not given up',
  async () => {
    const store = new MemoryTokenStore()
    const client = clientOf(server, { store, maxWaitMs: 0 })
    await client.import(EXPIRED)
    const key = `${client.provider.name}/id/default`
    const { value, version } = (await store.read(key))!
    const spareRefreshTokens = [{ refresh_token: 'spare', obtainedAtMs: 0 }]
    await store.compareAndSwap(key, version, { ...(value as object), spareRefreshTokens } as Json)
    server.respond(
      '/token',
      { status: 400, body: { error: 'invalid_grant' } },
      { status: 429, headers: { 'retry-after': '5' } },
      { status: 400, body: { error: 'invalid_grant' } },
      granted(1),
    )
    await expect(client.accessToken()).rejects.toMatchObject({ kind: 'transient' })
    expect(await client.status()).toMatchObject({ status: 'live' })
    await client.at.advance(MINUTE_MS)
    expect(await client.accessToken()).toBe('A1')
  },
)
