import { expect, test } from '@jest/globals'
import { callApi, emulatorWith, request } from './support.ts'

const preflight = (url: string, origin = 'https://app.example') =>
  request(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })

const METHODS = 'GET, PUT, POST, DELETE, OPTIONS'

test('item 30: the API sends the CORS headers of 2018, also for errors, and handles a preflight with 200', async () => {
  const emulator = await emulatorWith()
  const responses = [await callApi(emulator, '/3/credits'), await preflight(`${emulator.url}/3/image`)]
  expect(responses.map(({ status }) => status)).toEqual([401, 200])
  for (const { headers } of responses) {
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-methods')).toBe(METHODS)
    expect(headers.get('access-control-allow-headers')).toMatch(/^Authorization, Content-Type, Accept, /)
    expect(headers.get('access-control-expose-headers')).toMatch(/^X-RateLimit-ClientLimit, /)
    expect(headers.get('access-control-expose-headers')).not.toContain('Post')
    expect(headers.has('access-control-allow-credentials')).toBe(false)
  }
})

test('item 30: apiCors 2025 adds PATCH and credentials', async () => {
  const { headers } = await preflight(`${(await emulatorWith({ apiCors: '2025' })).url}/3/image`)
  expect(headers.get('access-control-allow-methods')).toBe(`${METHODS}, PATCH`)
  expect(headers.get('access-control-allow-credentials')).toBe('true')
})

test('item 30: failLocalhostPreflight fails preflights from localhost, not from 127.0.0.1', async () => {
  const emulator = await emulatorWith({ failLocalhostPreflight: true })
  const from = async (origin: string) => (await preflight(`${emulator.url}/3/image`, origin)).status
  expect([await from('http://localhost:3000'), await from('http://127.0.0.1:3000')]).toEqual([403, 200])
  emulator.set({ failLocalhostPreflight: false })
  expect(await from('http://localhost:3000')).toBe(200)
})

test('item 30: oauthCors selects the CORS headers of the OAuth endpoints', async () => {
  const emulator = await emulatorWith()
  const token = `${emulator.url}/oauth2/token`
  expect((await preflight(token)).headers.get('access-control-allow-origin')).toBe('*')
  emulator.set({ oauthCors: 'none' })
  const { status, headers } = await preflight(token)
  expect([status, headers.has('access-control-allow-origin')]).toEqual([404, false])
})

test('the control endpoint sends no CORS headers', async () => {
  const { url } = await emulatorWith()
  const { status, headers } = await preflight(`${url}/_emulator/switches`)
  expect([status, headers.has('access-control-allow-origin')]).toEqual([403, false])
})
