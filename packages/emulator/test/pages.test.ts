// Browsers get pages where a user may end up. Programs get what Imgur sends.
import { expect, test } from '@jest/globals'
import type { Emulator } from '../src/index.ts'
import { authorizeUrl, emulatorWith, request } from './support.ts'

/** The header of Chromium, Firefox and Safari when they open an address, in short. */
const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

/** Requests, the status and heading of the page, and the status and body that programs get. */
const CASES: [
  what: string,
  url: (emulator: Emulator) => string,
  init: RequestInit,
  page: [number, string],
  other: [number, RegExp],
][] = [
  ['the front page', ({ url }) => url, {}, [200, 'An Imgur authorization server'], [200, /<h1>An Imgur/]],
  [
    'a wrong redirect_uri',
    emulator => authorizeUrl(emulator, { redirect_uri: 'https://a.example/' }),
    {},
    [400, 'Woah there!'],
    [400, /^\{"data":\{"error":"The redirect URI provided is missing/],
  ],
  [
    'no response_type',
    emulator => authorizeUrl(emulator, { response_type: '' }),
    {},
    [400, 'Woah there!'],
    [400, /^\{"data":\{"error":"client_id and response_type are required/],
  ],
  [
    'a form that was not opened here',
    authorizeUrl,
    { method: 'POST', body: new URLSearchParams({ allow: 'none' }) },
    [403, 'Allow access to your account?'],
    [403, /^\{"data":\{"error":"Unauthorized"/],
  ],
  [
    'the token endpoint, opened',
    ({ url }) => `${url}/oauth2/token`,
    {},
    [405, 'Only for programs'],
    [404, /<h1>Not found/],
  ],
  ['an unknown path', ({ url }) => `${url}/nothing`, {}, [404, 'Not found'], [404, /<h1>Not found/]],
]

test.each(CASES)('%s: a page for a browser', async (_what, url, init, [status, heading], other) => {
  const emulator = await emulatorWith()
  const page = await request(url(emulator), { ...init, headers: BROWSER })
  expect([page.status, page.headers.get('content-type')]).toEqual([
    status,
    expect.stringMatching(/^text\/html/),
  ])
  expect(page.text).toContain(`<h1>${heading}`)
  expect(page.text).toContain('<meta name="viewport" content="width=device-width, initial-scale=1" />')

  const program = await request(url(emulator), init)
  expect([program.status, program.text]).toEqual([other[0], expect.stringMatching(other[1])])
})

test('with authorizeErrors json, browsers get JSON too', async () => {
  const emulator = await emulatorWith({ authorizeErrors: 'json' })
  const url = authorizeUrl(emulator, { redirect_uri: 'https://a.example/' })
  const { headers } = await request(url, { headers: BROWSER })
  expect(headers.get('content-type')).toBe('application/json')
})
