import { expect, test } from '@jest/globals'
import type { ResponseName, ShapeName } from '../src/index.ts'
import { RESPONSES, TOKEN_SHAPES } from '../src/index.ts'
import { REFRESH_TOKEN, emulatorWith, refresh } from './support.ts'

const OVER_CAPACITY = 'Imgur is temporarily over capacity. Please try again later.'
const error = (message: string, status: number) => ({ data: { error: message }, success: false, status })
const located = { request: '/oauth2/token', method: 'POST' }
const tooFast = (status: number) => ({
  data: {
    error: { code: 429, message: 'You are uploading too fast.', type: 'ImgurException', exception: [] },
    ...located,
  },
  success: false,
  status,
})

/** Item 28: the expected response by name. A pattern matches a body that is not JSON. */
const EXPECTED: Record<ResponseName, [number, unknown]> = {
  'over-capacity-500': [500, error(OVER_CAPACITY, 500)],
  'over-capacity-403': [403, error(OVER_CAPACITY, 403)],
  'forbidden-400': [400, error('These actions are forbidden.', 400)],
  'errors-array-429': [
    429,
    { errors: [expect.objectContaining({ code: '429', detail: 'Too Many Requests' })] },
  ],
  'error-object-400': [400, tooFast(400)],
  'error-object-429': [429, tooFast(400)],
  'error-object-500': [500, { data: { error: { code: 500 }, ...located }, success: false, status: 500 }],
  'daily-limit-429': [
    429,
    { data: { error: 'Daily client requests exceeded', ...located }, success: false, status: 429 },
  ],
  'html-503': [503, /<h1>Error 503 first byte timeout/],
  'html-504': [504, /<h1>Varnish cache error/],
  'html-502': [502, /<h1>502 Bad Gateway/],
  'html-1024': [500, /Error \(1024\)/],
  'html-200': [200, /^<!DOCTYPE html>/],
  xml: [500, /^\r\n <xml>/],
  empty: [200, /^$/],
  'body-status-1203': [
    400,
    { data: { error: 'An error occurred', ...located }, success: false, status: 1203 },
  ],
  'data-string': [500, { data: 'An error occurred', success: false, status: 500 }],
  'data-false': [400, { data: false, success: false, status: 400 }],
  'gateway-message': [401, { message: 'Invalid Mashape key' }],
  'error-in-200': [200, expect.objectContaining({ error: 'bad_refresh_token' })],
  'error-in-object': [400, { error: expect.objectContaining({ message: 'Error validating access token' }) }],
}

test.each(Object.keys(RESPONSES) as ResponseName[])('item 28: the response %s', async name => {
  const emulator = await emulatorWith()
  emulator.faults.add({ kind: 'response', response: name })
  const response = await fetch(`${emulator.url}/oauth2/token`, { method: 'POST' })
  const [status, body] = EXPECTED[name]
  expect(response.status).toBe(status)
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json' && text !== ''
  if (body instanceof RegExp) expect([isJson, text]).toEqual([false, expect.stringMatching(body)])
  else expect([isJson, JSON.parse(text)]).toEqual([true, body])
})

test('item 28: the errors array has headers without remaining credits', async () => {
  const emulator = await emulatorWith()
  emulator.faults.add({ kind: 'response', response: 'errors-array-429' })
  const { headers } = await refresh(emulator, REFRESH_TOKEN)
  expect(headers.get('x-ratelimit-clientremaining')).toBe('0')
})

const TOKENS = expect.stringMatching(/^[0-9a-f]{40}$/)

const SHAPES: Record<ShapeName, (response: Awaited<ReturnType<typeof refresh>>) => void> = {
  'expires-in-string': ({ json }) => expect(json.expires_in).toBe('315360000'),
  'expires-in-absent': ({ json }) => expect(json).not.toHaveProperty('expires_in'),
  'expires-in-null': ({ json }) => expect(json.expires_in).toBeNull(),
  'token-type-absent': ({ json }) => expect(json).not.toHaveProperty('token_type'),
  'token-type-token': ({ json }) => expect(json.token_type).toBe('token'),
  'status-201': ({ status, json }) => expect([status, json.access_token]).toEqual([201, TOKENS]),
  'text-plain': ({ headers, text }) =>
    expect([headers.get('content-type'), JSON.parse(text).access_token]).toEqual(['text/plain', TOKENS]),
  'text-html': ({ headers, text }) =>
    expect([headers.get('content-type'), JSON.parse(text).access_token]).toEqual([
      'text/html; charset=utf-8',
      TOKENS,
    ]),
  'form-encoded': ({ text }) =>
    expect(Object.fromEntries(new URLSearchParams(text))).toMatchObject({
      access_token: TOKENS,
      expires_in: '315360000',
      refresh_token: TOKENS,
    }),
  'scope-array': ({ json }) => expect(json.scope).toEqual(['read', 'write']),
  'scope-null': ({ json }) => expect(json.scope).toBeNull(),
  'refresh-token-null': ({ json }) => expect(json.refresh_token).toBeNull(),
  wrapped: ({ json }) => expect(json).toMatchObject({ data: { access_token: TOKENS }, success: true }),
}

test.each(Object.keys(TOKEN_SHAPES) as ShapeName[])('the token response %s', async shape => {
  const emulator = await emulatorWith({ era: 'docs', expiresIn: 315_360_000 })
  emulator.faults.add({ kind: 'token', shape, times: 'always' })
  const response = await refresh(emulator, REFRESH_TOKEN)
  SHAPES[shape](response)
  expect((await refresh(emulator, 'unknown')).json.data.error).toBe('Invalid refresh token')
})
