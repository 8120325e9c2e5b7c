import { expect, test } from '@jest/globals'
import { callApi, emulatorWith, request, signIn } from './support.ts'

const ACCOUNT = '/3/account/me'
const CREDITS = '/3/credits'
const CLIENT = 'Client-ID 43652b743b5a7a0'
const BEARER = 'Bearer c6f67dc9be42c74cfb052a640d51b056d9a06c42'
const PIXEL = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
const BAD_TOKEN = 'The access token provided is invalid.'

test.each<[number, string, string, string | undefined]>([
  [401, 'Authentication required', CREDITS, undefined],
  [403, 'Malformed auth header.', CREDITS, '43652b743b5a7a0'],
  [403, 'Malformed auth header.', CREDITS, 'Basic YTpi'],
  [403, 'Malformed auth header.', CREDITS, 'Bearer'],
  [403, 'Invalid client_id', CREDITS, 'Client-ID unknown'],
  [403, BAD_TOKEN, CREDITS, 'Bearer unknown'],
  [401, 'Authentication required', ACCOUNT, CLIENT],
])('item 26: %i %s for %s with %s', async (status, error, path, authorization) => {
  const response = await callApi(await emulatorWith(), path, authorization)
  expect([response.status, response.json]).toEqual([
    status,
    { data: { error, request: path, method: 'GET' }, success: false, status },
  ])
})

test.each(['403', '401', '429'] as const)('item 26: rejectedTokenStatus %s', async rejectedTokenStatus => {
  const emulator = await emulatorWith({ rejectedTokenStatus, expiresIn: 1 })
  const { access_token } = await signIn(emulator)
  emulator.clock.advance(1000)
  const response = await callApi(emulator, ACCOUNT, `Bearer ${access_token}`)
  expect([response.status, response.json.data.error]).toEqual([Number(rejectedTokenStatus), BAD_TOKEN])
})

test('item 27: the account, in the success envelope', async () => {
  const response = await callApi(await emulatorWith(), ACCOUNT, BEARER)
  expect(response.json).toMatchObject({
    data: { id: 4118974, url: 'rmp135', bio: null },
    success: true,
    status: 200,
  })
})

test('item 27: the five X-RateLimit headers count down and reset, and /3/credits repeats them', async () => {
  const emulator = await emulatorWith()
  emulator.clock.set(Date.UTC(2026, 0, 1, 12, 30))
  const { headers } = await callApi(emulator, ACCOUNT, BEARER)
  const read = (name: string) => headers.get(`x-ratelimit-${name}`)
  const resetAt = Date.UTC(2026, 0, 1, 13) / 1000
  expect(['userlimit', 'userremaining', 'userreset', 'clientlimit', 'clientremaining'].map(read)).toEqual([
    '500',
    '499',
    String(resetAt),
    '12500',
    '12499',
  ])
  expect(headers.has('x-post-rate-limit-limit')).toBe(false)
  expect((await callApi(emulator, CREDITS, CLIENT)).json.data).toEqual({
    UserLimit: 500,
    UserRemaining: 498,
    UserReset: resetAt,
    ClientLimit: 12_500,
    ClientRemaining: 12_498,
  })
  emulator.clock.advance(24 * 3_600_000)
  expect((await callApi(emulator, CREDITS, CLIENT)).json.data).toMatchObject({ ClientRemaining: 12_499 })
})

test('item 27: a client without remaining clientCredits gets 429 until the next day', async () => {
  const emulator = await emulatorWith({ clientCredits: 1, userCredits: 0 })
  expect((await callApi(emulator, CREDITS, CLIENT)).status).toBe(200)
  const refused = await callApi(emulator, CREDITS, CLIENT)
  expect([refused.status, refused.json.data.error]).toEqual([429, 'Daily client requests exceeded'])
  expect(refused.headers.get('x-ratelimit-clientremaining')).toBe('0')
  emulator.clock.advance(24 * 3_600_000)
  expect((await callApi(emulator, CREDITS, CLIENT)).status).toBe(200)
})

test('item 27: userCredits are in the headers, and calls without remaining ones are not rejected', async () => {
  const emulator = await emulatorWith({ userCredits: 1 })
  const calls = [await callApi(emulator, CREDITS, CLIENT), await callApi(emulator, CREDITS, CLIENT)]
  expect(
    calls.map(({ status, headers }) => [
      status,
      headers.get('x-ratelimit-userlimit'),
      headers.get('x-ratelimit-userremaining'),
    ]),
  ).toEqual([
    [200, '1', '0'],
    [200, '1', '0'],
  ])
})

function file(): FormData {
  const form = new FormData()
  form.append('image', new Blob([Buffer.from(PIXEL, 'base64')]), 'pixel.gif')
  form.append('title', 'A pixel')
  return form
}

test.each<[string, string, () => RequestInit]>([
  ['base64 in a form', '/3/image', () => ({ body: new URLSearchParams({ image: PIXEL }) })],
  [
    'base64 with unencoded plus signs',
    '/3/image',
    () => ({ body: `image=${PIXEL}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  ],
  ['a file in multipart', '/3/upload', () => ({ body: file() })],
  ['the raw body', '/3/image', () => ({ body: Buffer.from(PIXEL, 'base64') })],
])('an upload as %s is answered with the picture, which can be fetched', async (_, path, init) => {
  const emulator = await emulatorWith()
  const { headers, ...rest } = init()
  const response = await request(emulator.url + path, {
    method: 'POST',
    headers: { ...headers, authorization: BEARER },
    ...rest,
  })
  expect(response.json).toMatchObject({
    data: { type: 'image/gif', size: 42, account_id: 4118974, account_url: 'rmp135' },
    success: true,
    status: 200,
  })
  const { link, id, deletehash } = response.json.data
  expect([link, deletehash.length]).toEqual([`${emulator.url}/i/${id}.gif`, 15])
  const picture = await fetch(link)
  expect(picture.headers.get('content-type')).toBe('image/gif')
  expect(Buffer.from(await picture.arrayBuffer()).toString('base64')).toBe(PIXEL)
  expect(emulator.ledger.at(-1)).toMatchObject({
    endpoint: 'upload',
    account_username: 'rmp135',
    status: 200,
  })
})

test('item 27: a POST has the three X-Post-Rate-Limit headers, costs 10 credits, and is anonymous with a Client-ID', async () => {
  const emulator = await emulatorWith()
  emulator.clock.set(Date.UTC(2026, 0, 1, 12, 59))
  const { json, headers } = await request(`${emulator.url}/3/image`, {
    method: 'POST',
    headers: { authorization: CLIENT },
    body: file(),
  })
  expect(json.data).toMatchObject({
    account_id: null,
    account_url: null,
    title: 'A pixel',
    description: null,
  })
  const read = (name: string) => headers.get(name)
  expect(read('x-ratelimit-clientremaining')).toBe('12490')
  expect(['limit', 'remaining', 'reset'].map(name => read(`x-post-rate-limit-${name}`))).toEqual([
    '1250',
    '1249',
    '60',
  ])
})

test.each<[string, BodyInit | undefined]>([
  ['No image data was sent to the upload api', undefined],
  ['No image data was sent to the upload api', new URLSearchParams({ picture: PIXEL })],
  ['File type invalid', new URLSearchParams({ image: 'not a picture' })],
  ['File type invalid', '<svg/>'],
])('an upload without a picture is refused: %s', async (error, body) => {
  const { url } = await emulatorWith()
  const response = await request(`${url}/3/image`, {
    method: 'POST',
    headers: { authorization: CLIENT },
    body: body ?? null,
  })
  expect([response.status, response.json.data.error]).toEqual([400, error])
})

test('an unknown address has an error page', async () => {
  const { url } = await emulatorWith()
  for (const path of ['/nothing', '/i/none.png', '/oauth2/token']) {
    const response = await request(url + path)
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8'])
  }
})
