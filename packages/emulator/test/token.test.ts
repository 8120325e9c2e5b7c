import { expect, test } from '@jest/globals'
import {
  REFRESH_TOKEN,
  emulatorWith,
  isAccepted,
  newCode,
  postToken,
  refresh,
  request,
  signIn,
} from './support.ts'

const body = (parameters: object) => ({
  grant_type: 'refresh_token',
  refresh_token: REFRESH_TOKEN,
  ...parameters,
})

test('item 15: urlencoded, multipart and JSON bodies are read, with and without a slash at the end', async () => {
  const { url, client } = await emulatorWith()
  const parameters = body(client) as Record<string, string>
  const form = new FormData()
  for (const [name, value] of Object.entries(parameters)) form.append(name, value)
  const bodies: RequestInit[] = [
    { body: new URLSearchParams(parameters) },
    { body: form },
    { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json; charset=utf-8' } },
  ]
  for (const path of ['/oauth2/token', '/oauth2/token/']) {
    for (const init of bodies) {
      const response = await request(url + path, { method: 'POST', ...init })
      expect([response.status, response.json.account_username]).toEqual([200, 'rmp135'])
    }
  }
})

test('item 15: the client id may come as Authorization: Client-ID, and both credentials as Basic', async () => {
  const emulator = await emulatorWith({ clients: [{ client_id: 'a', client_secret: 'b:c' }] })
  const code = () => newCode(emulator)
  const exchange = async (authorization: string, client_secret?: string) =>
    postToken(
      emulator,
      { grant_type: 'authorization_code', code: await code(), client_id: undefined, client_secret },
      { headers: { authorization } },
    )
  expect((await exchange('Client-ID a', 'b:c')).status).toBe(200)
  expect((await exchange(`Basic ${btoa('a:b:c')}`)).status).toBe(200)
  expect((await exchange(`Basic ${btoa('a:wrong')}`)).status).toBe(400)
})

const GRANT_TYPE = 'Invalid grant_type parameter or parameter missing'
const CREDENTIALS = 'The client credentials are invalid'

test.each<[string, Record<string, string | undefined>]>([
  [GRANT_TYPE, { grant_type: undefined, client_id: undefined }],
  [GRANT_TYPE, { grant_type: 'password', client_id: 'unknown' }],
  [GRANT_TYPE, { grant_type: 'constructor' }],
  ['Client id was not found in the headers or body', { client_id: undefined, client_secret: 'wrong' }],
  [CREDENTIALS, { client_id: 'unknown', refresh_token: undefined }],
  [CREDENTIALS, { client_secret: 'wrong', refresh_token: undefined }],
  [CREDENTIALS, { client_secret: undefined }],
  [CREDENTIALS, { client_secret: '' }],
])('item 16: the first check that fails responses: %s for %j', async (error, parameters) => {
  const emulator = await emulatorWith()
  const response = await postToken(emulator, { ...body({}), ...parameters })
  expect([response.status, response.json.data.error]).toEqual([400, error])
})

test.each(['not json', '[]', 'null', '"x"', ''])('item 16: a JSON body %j has no grant_type', async text => {
  const { url } = await emulatorWith()
  const init = { method: 'POST', body: text, headers: { 'content-type': 'application/json' } }
  expect((await request(`${url}/oauth2/token`, init)).json.data.error).toBe(GRANT_TYPE)
})

test('item 16: requireSecret false accepts an absent secret, as null too, and never a wrong one', async () => {
  const { url, client, ...emulator } = await emulatorWith({ requireSecret: false })
  const post = (client_secret: unknown) =>
    request(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body({ client_id: client.client_id, client_secret })),
    })
  expect((await post(undefined)).status).toBe(200)
  expect((await post(null)).status).toBe(200)
  expect((await post('wrong')).json.data.error).toBe(CREDENTIALS)
  emulator.set({ requireSecret: true })
  expect((await post(null)).json.data.error).toBe(CREDENTIALS)
})

const code = (value: unknown) => ({ grant_type: 'authorization_code', code: value as string })
const BAD_CODE = "Refresh token doesn't exist or is invalid for the client"

test.each([undefined, ''])('item 17: code %j returns: Missing parameter', async value => {
  const response = await postToken(await emulatorWith(), code(value))
  expect([response.status, response.json.data.error]).toEqual([400, 'Missing parameter. "code" is required'])
})

test('item 17: a code of null in JSON returns: Missing parameter', async () => {
  const { url, client } = await emulatorWith()
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...client, ...code(null) }),
  }
  const response = await request(`${url}/oauth2/token`, init)
  expect(response.json.data.error).toBe('Missing parameter. "code" is required')
})

test('item 17: an unknown code, a used one and one of another client return the misleading message about a refresh token', async () => {
  const emulator = await emulatorWith({
    clients: [{ client_id: 'a' }, { client_id: 'b', client_secret: 's' }],
  })
  const value = await newCode(emulator)
  const foreign = await postToken(emulator, { ...code(value), client_id: 'b', client_secret: 's' })
  expect(foreign.json.data.error).toBe(BAD_CODE)
  expect((await postToken(emulator, code(value))).status).toBe(200)
  for (const bad of [value, 'unknown', 'constructor']) {
    const response = await postToken(emulator, code(bad))
    expect([response.status, response.json.data.error]).toEqual([400, BAD_CODE])
  }
})

test('item 17: a code expires after 30 seconds, or after codeLifetimeMs', async () => {
  const emulator = await emulatorWith()
  const good = await newCode(emulator)
  emulator.clock.advance(29_000)
  expect((await postToken(emulator, code(good))).status).toBe(200)
  const late = await newCode(emulator)
  emulator.clock.advance(30_000)
  expect((await postToken(emulator, code(late))).json.data.error).toBe('The authorization code has expired')
  emulator.set({ codeLifetimeMs: 3_600_000 })
  const longer = await newCode(emulator)
  emulator.clock.advance(600_000)
  expect((await postToken(emulator, code(longer))).status).toBe(200)
})

test('item 17: redirect_uri is checked only if it is sent, and code_verifier never', async () => {
  const emulator = await emulatorWith()
  const value = await newCode(emulator)
  const wrong = await postToken(emulator, { ...code(value), redirect_uri: 'https://evil.example/' })
  expect(wrong.json.data.error).toBe('The redirect URI is missing or do not match')
  const right = { ...code(value), redirect_uri: 'https://imgur.com/', code_verifier: 'anything' }
  expect((await postToken(emulator, right)).status).toBe(200)
})

test('item 18: an unknown PIN, a missing one and one of another client return Invalid Pin', async () => {
  const emulator = await emulatorWith({
    clients: [{ client_id: 'other' }, { client_id: '43652b743b5a7a0', client_secret: 's' }],
  })
  for (const pin of ['0000000000', '4118974', undefined]) {
    const response = await postToken(emulator, { grant_type: 'pin', pin })
    expect([response.status, response.json.data.error]).toEqual([400, 'Invalid Pin'])
  }
  const owner = { client_id: '43652b743b5a7a0', client_secret: 's' }
  expect((await postToken(emulator, { grant_type: 'pin', pin: '4118974', ...owner })).status).toBe(200)
})

test('item 19: a missing refresh token has another error than an unknown one or one of another client', async () => {
  const emulator = await emulatorWith({
    clients: [{ client_id: '43652b743b5a7a0' }, { client_id: 'b', client_secret: 's' }],
  })
  const ask = async (parameters: Record<string, string | undefined>) =>
    (await postToken(emulator, { grant_type: 'refresh_token', ...parameters })).json.data.error
  const foreign = { refresh_token: REFRESH_TOKEN, client_id: 'b', client_secret: 's' }
  expect(await ask({})).toBe('No "refresh_token" parameter found')
  expect(await ask({ refresh_token: 'unknown' })).toBe('Invalid refresh token')
  expect(await ask(foreign)).toBe('Invalid refresh token')
})

test('item 20: the token response is JSON without an envelope, in the recorded order, with no-store', async () => {
  const emulator = await emulatorWith()
  const { status, headers, text, json } = await postToken(emulator, code(await newCode(emulator)))
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(text).toMatch(
    /^\{"access_token":"[0-9a-f]{40}","expires_in":315360000,"token_type":"bearer","scope":null,"refresh_token":"[0-9a-f]{40}","account_id":4118974,"account_username":"rmp135"\}$/,
  )
  expect(await isAccepted(emulator, json.access_token)).toBe(true)
})

const KEYS = [
  'access_token',
  'expires_in',
  'token_type',
  'scope',
  'refresh_token',
  'account_id',
  'account_username',
]
const without = (...names: string[]) => KEYS.filter(key => !names.includes(key))

test.each([
  ['2014', 3600, 'bearer', without('account_id')],
  ['2016', 2_419_200, 'bearer', KEYS],
  ['2021', 315_360_000, 'bearer', KEYS],
  ['docs', 3600, 'Bearer', without('scope', 'account_id')],
] as const)('item 20: era %s', async (era, expires_in, token_type, keys) => {
  const response = await refresh(await emulatorWith({ era }), REFRESH_TOKEN)
  expect(Object.keys(response.json)).toEqual(keys)
  expect(response.json).toMatchObject({ expires_in, token_type })
})

test('item 20: expiresIn overrides the era, and access tokens last that long', async () => {
  const emulator = await emulatorWith({ expiresIn: 60 })
  const { expires_in, access_token } = await signIn(emulator)
  expect(expires_in).toBe(60)
  emulator.clock.advance(59_999)
  expect(await isAccepted(emulator, access_token!)).toBe(true)
  emulator.clock.advance(1)
  expect(await isAccepted(emulator, access_token!)).toBe(false)
})

test.each([
  ['never', true, true],
  ['on-refresh', true, false],
  ['always', false, false],
] as const)('item 20: omitRefreshToken %s', async (omitRefreshToken, atSignIn, onRefresh) => {
  const emulator = await emulatorWith({ omitRefreshToken })
  expect('refresh_token' in (await signIn(emulator))).toBe(atSignIn)
  expect('refresh_token' in (await refresh(emulator, REFRESH_TOKEN)).json).toBe(onRefresh)
})

test('item 22: with singleSession a new sign-in ends earlier access tokens, and a refresh returns a valid one', async () => {
  const emulator = await emulatorWith({ singleSession: true })
  const first = await signIn(emulator)
  const second = await signIn(emulator)
  expect(await isAccepted(emulator, first.access_token!)).toBe(false)
  const recovered = await refresh(emulator, first.refresh_token!)
  expect(await isAccepted(emulator, recovered.json.access_token)).toBe(true)
  expect(await isAccepted(emulator, second.access_token!)).toBe(true)
})

test('item 22: without singleSession sign-ins are independent', async () => {
  const emulator = await emulatorWith()
  const first = await signIn(emulator)
  await signIn(emulator)
  expect(await isAccepted(emulator, first.access_token!)).toBe(true)
})

test('item 23: actualExpiryMs expires access tokens long before expires_in', async () => {
  const emulator = await emulatorWith({ actualExpiryMs: 3_600_000, era: '2016' })
  const { access_token, expires_in } = await signIn(emulator)
  expect(expires_in).toBe(2_419_200)
  emulator.clock.advance(3_600_000)
  expect(await isAccepted(emulator, access_token!)).toBe(false)
  emulator.set({ actualExpiryMs: 0 })
  const honest = await signIn(emulator)
  emulator.clock.advance(3_600_000)
  expect(await isAccepted(emulator, honest.access_token!)).toBe(true)
})

test('item 24: an error is the envelope on the wire, slashes escaped, the status repeated', async () => {
  const emulator = await emulatorWith()
  const { status, headers, text } = await refresh(emulator, 'unknown')
  expect([status, headers.get('content-type')]).toEqual([400, 'application/json'])
  expect(text).toBe(
    String.raw`{"data":{"error":"Invalid refresh token","request":"\/oauth2\/token","method":"POST"},"success":false,"status":400}`,
  )
})

test('item 25: the token endpoint has no rate limit headers and costs no credits, unless oauthRateLimitHeaders', async () => {
  const emulator = await emulatorWith()
  const names = ({ headers }: { headers: Headers }) =>
    [...headers.keys()].filter(name => name.startsWith('x-'))
  expect(names(await refresh(emulator, REFRESH_TOKEN))).toEqual([])
  emulator.set({ oauthRateLimitHeaders: true })
  const response = await refresh(emulator, REFRESH_TOKEN)
  expect(names(response)).toContain('x-ratelimit-clientremaining')
  expect(response.headers.get('x-ratelimit-clientremaining')).toBe('12500')
})

test('item 16: an invalid multipart body has no grant_type, and is not a form for the authorize page', async () => {
  const { url, client } = await emulatorWith()
  const init = { method: 'POST', body: 'no', headers: { 'content-type': 'multipart/form-data; boundary=x' } }
  expect((await request(`${url}/oauth2/token`, init)).json.data.error).toBe(GRANT_TYPE)
  const query = new URLSearchParams({ client_id: client.client_id, response_type: 'code' })
  expect((await request(`${url}/oauth2/authorize?${query}`, init)).status).toBe(403)
})

/** A body without Content-Length. */
const streamed = (text: string): RequestInit & { duplex: 'half' } => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new Blob([text]).stream(),
  duplex: 'half',
})

test('item 15: a body of unknown length is read', async () => {
  const emulator = await emulatorWith()
  const text = String(new URLSearchParams(body(emulator.client)))
  expect((await request(`${emulator.url}/oauth2/token`, streamed(text))).json.account_username).toBe('rmp135')
})

test('a body of more than 1 MiB is rejected with 413, with or without Content-Length', async () => {
  const emulator = await emulatorWith()
  const padding = 'x'.repeat(1_100_000)
  expect((await postToken(emulator, body({ padding }))).status).toBe(413)
  expect((await request(`${emulator.url}/oauth2/token`, streamed(padding))).status).toBe(413)
  expect(emulator.ledger).toEqual([])
})
