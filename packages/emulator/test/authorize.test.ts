import { expect, test } from '@jest/globals'
import { simulateUser } from '../src/index.ts'
import { authorizeUrl, emulatorWith, postToken, request, userOf } from './support.ts'

const CODE = '[0-9a-f]{40}'

/** Opens the page. Returns its cookie and the values of its buttons. */
async function openForm(url: string) {
  const page = await request(url)
  const cookie = page.headers.get('set-cookie')!.split(';')[0]!
  const [, allow] = / name="allow" value="([^"]+)"/.exec(page.text)!
  return { page, cookie, allow: allow! }
}

const submit = (url: string, cookie: string, fields: Record<string, string>) =>
  request(url, { method: 'POST', headers: { cookie }, body: new URLSearchParams(fields) })

const LOGIN = { username: 'rmp135', password: 'latchkey' }

test('item 2: scope, nonce, PKCE parameters and a client_secret in the URL are ignored', async () => {
  const emulator = await emulatorWith()
  const extra = {
    scope: 'a b',
    nonce: 'n',
    code_challenge: 'c',
    code_challenge_method: 'S256',
    client_secret: 'x',
  }
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator, extra))
  expect(redirect).toMatch(new RegExp(`^https://imgur\\.com/\\?code=${CODE}$`))
})

test.each(['', 'null', 'undefined', 'unknown', '43652b743b5a7a0 '])(
  'item 3: client_id=%j responses the Woah there! page with 400',
  async client_id => {
    const emulator = await emulatorWith()
    const response = await request(authorizeUrl(emulator, { client_id }))
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(response.text).toContain('Woah there!')
    expect(emulator.ledger[0]).toMatchObject({ outcome: 'rejected', status: 400 })
  },
)

test('item 3: authorizeErrors json rejects a missing client_id or response_type with the envelope', async () => {
  const emulator = await emulatorWith({ authorizeErrors: 'json' })
  for (const query of ['response_type=code', `client_id=${emulator.client.client_id}`]) {
    const response = await request(`${emulator.url}/oauth2/authorize?${query}`)
    expect([response.status, response.json]).toEqual([
      400,
      {
        data: {
          error: 'client_id and response_type are required',
          request: '/oauth2/authorize',
          method: 'GET',
        },
        success: false,
        status: 400,
      },
    ])
  }
})

test.each([
  'https://evil.example/',
  'https://imgur.co',
  '//imgur.com/',
  'https://imgur.com/#x',
  'https://imgur.com/\r\nX: y',
])('item 4: redirect_uri %j is refused with 400, on GET and on POST', async redirect_uri => {
  const emulator = await emulatorWith()
  for (const method of ['GET', 'POST']) {
    const response = await request(authorizeUrl(emulator, { redirect_uri }), { method })
    expect([response.status, response.json.data]).toEqual([
      400,
      {
        error: 'The redirect URI provided is missing or does not match',
        request: '/oauth2/authorize',
        method,
      },
    ])
  }
})

test('item 4: a redirect_uri that starts with the registered one, ignoring case, is accepted', async () => {
  const emulator = await emulatorWith()
  const redirect = await userOf(emulator).allow(
    authorizeUrl(emulator, { redirect_uri: 'HTTPS://imgur.com/callback?a=b' }),
  )
  expect(redirect).toMatch(new RegExp(`^HTTPS://imgur\\.com/callback\\?a=b&code=${CODE}$`))
})

test('item 4: redirectMatch strict requires the exact registered redirect_uri', async () => {
  const emulator = await emulatorWith({ redirectMatch: 'strict' })
  expect((await request(authorizeUrl(emulator, { redirect_uri: 'https://imgur.com/a' }))).status).toBe(400)
  expect((await request(authorizeUrl(emulator, { redirect_uri: 'https://imgur.com/' }))).status).toBe(200)
})

test('item 4: redirectMismatch code returns redirect_uri_mismatch', async () => {
  const emulator = await emulatorWith({ redirectMismatch: 'code' })
  const response = await request(authorizeUrl(emulator, { redirect_uri: 'https://evil.example/' }))
  expect(response.json.data).toMatchObject({ error: 'redirect_uri_mismatch', method: 'GET' })
})

test('item 5: the page is a form whose allow button repeats the cookie authorize_token', async () => {
  const emulator = await emulatorWith()
  const { page, cookie, allow } = await openForm(authorizeUrl(emulator))
  expect(page.status).toBe(200)
  expect(cookie).toBe(`authorize_token=${allow}`)
  expect(page.headers.get('set-cookie')).toMatch(/; Path=\/oauth2; HttpOnly; SameSite=Lax$/)
  for (const part of ['name="username"', 'name="password"', 'name="deny"']) expect(page.text).toContain(part)
})

test('item 5: the page cannot be framed, sends no referrer and loads nothing from other origins', async () => {
  const { headers, text } = await request(authorizeUrl(await emulatorWith()))
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/)
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(text).not.toMatch(/(src|href)="(https?:)?\/\//)
})

test('item 5: parameters of the client are escaped on the page', async () => {
  const emulator = await emulatorWith()
  const { text } = await request(authorizeUrl(emulator, { redirect_uri: 'https://imgur.com/"><script>' }))
  expect(text).toContain('&quot;&gt;&lt;script&gt;')
  expect(text).not.toContain('<script>')
})

/** Signs in once and returns the next page in the same browser. */
async function pageAfterSignIn(url: string) {
  const { cookie, allow } = await openForm(url)
  const allowed = await submit(url, cookie, { ...LOGIN, allow })
  const session = allowed.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { session, page: await request(url, { headers: { cookie: session } }) }
}

test('item 5: a signed-in user sees only the buttons, and can sign out', async () => {
  const url = authorizeUrl(await emulatorWith())
  const { session, page } = await pageAfterSignIn(url)
  expect(page.text).toContain('Signed in as <strong>rmp135</strong>')
  expect(page.text).not.toContain('name="password"')

  const form = page.headers.get('set-cookie')!.split(';')[0]!
  const cookies = `${session}; ${form}`
  const signout = form.split('=')[1]!
  const left = await submit(url, cookies, { signout })
  expect([left.status, left.headers.get('location')]).toEqual([303, url])
  expect(left.headers.get('set-cookie')).toContain('Max-Age=0')
  expect((await submit(url, cookies, { allow: signout })).status).toBe(403)
})

test('item 5: a signed-in user allows without a password', async () => {
  const url = authorizeUrl(await emulatorWith())
  const { session } = await pageAfterSignIn(url)
  const form = await request(url, { headers: { cookie: session } })
  const cookie = form.headers.get('set-cookie')!.split(';')[0]!
  const response = await submit(url, `${session}; ${cookie}`, { allow: cookie.split('=')[1]! })
  expect(response.status).toBe(302)
})

test('item 5: rememberLogin false requires the password every time', async () => {
  const url = authorizeUrl(await emulatorWith({ rememberLogin: false }))
  const { session, page } = await pageAfterSignIn(url)
  expect(session).toBe('')
  expect(page.text).toContain('name="password"')
})

test('item 6: an unknown response_type is a redirect with the error and the state', async () => {
  const emulator = await emulatorWith()
  const response = await request(authorizeUrl(emulator, { response_type: 'id_token', state: 'a b' }))
  expect([response.status, response.headers.get('location')]).toEqual([
    302,
    'https://imgur.com/?error=unsupported_response_type&state=a+b',
  ])
})

const UNAUTHORIZED = {
  data: { error: 'Unauthorized', request: '/oauth2/authorize', method: 'POST' },
  success: false,
  status: 403,
}

test.each<[string, string | undefined, Record<string, string>]>([
  ['the cookie is missing', '', LOGIN],
  ['the cookie is another one', 'authorize_token=0', LOGIN],
  ['the password is wrong', undefined, { ...LOGIN, password: 'wrong' }],
  ['the username is unknown', undefined, { ...LOGIN, username: 'constructor' }],
  ['nobody signed in', undefined, {}],
])('item 7: when %s, Allow responses 403 Unauthorized', async (_, cookie, fields) => {
  const emulator = await emulatorWith()
  const url = authorizeUrl(emulator)
  const form = await openForm(url)
  const response = await submit(url, cookie ?? form.cookie, { ...fields, allow: form.allow })
  expect([response.status, response.json]).toEqual([403, UNAUTHORIZED])
  expect(emulator.ledger.at(-1)).toMatchObject({ outcome: 'rejected', message: 'Unauthorized' })
})

test('item 7: pressing Allow twice returns 403 Unauthorized the second time', async () => {
  const url = authorizeUrl(await emulatorWith())
  const { cookie, allow } = await openForm(url)
  expect((await submit(url, cookie, { ...LOGIN, allow })).status).toBe(302)
  const second = await submit(url, cookie, { ...LOGIN, allow })
  expect([second.status, second.json]).toEqual([403, UNAUTHORIZED])
})

test('item 7: after a wrong password the same form still works', async () => {
  const url = authorizeUrl(await emulatorWith())
  const { cookie, allow } = await openForm(url)
  expect((await submit(url, cookie, { ...LOGIN, password: 'wrong', allow })).status).toBe(403)
  expect((await submit(url, cookie, { ...LOGIN, allow })).status).toBe(302)
})

test('item 7: authorizeErrors pages shows the form again with the error', async () => {
  const url = authorizeUrl(await emulatorWith({ authorizeErrors: 'pages' }))
  const { cookie, allow } = await openForm(url)
  const response = await submit(url, cookie, { ...LOGIN, password: 'wrong', allow })
  expect(response.status).toBe(403)
  expect(response.text).toMatch(/role="alert">\s*The username or the password is wrong/)
})

test.each([
  ['client_id=&response_type=code', 'No client id supplied'],
  ['client_id=43652b743b5a7a0%20&response_type=code', 'No client id supplied'],
  ['client_id=43652b743b5a7a0', 'client_id and response_type are required'],
])('item 8: POST with %s responses JSON: %s', async (query, error) => {
  const { url } = await emulatorWith()
  const response = await request(`${url}/oauth2/authorize?${query}`, { method: 'POST' })
  expect([response.status, response.json.data]).toEqual([
    400,
    { error, request: '/oauth2/authorize', method: 'POST' },
  ])
})

test('items 3, 4 and 8: authorizeErrors pages shows a page with the message for every error', async () => {
  const emulator = await emulatorWith({ authorizeErrors: 'pages' })
  const url = authorizeUrl(emulator, { redirect_uri: 'https://evil.example/' })
  for (const method of ['GET', 'POST']) {
    const response = await request(url, { method })
    expect(response.status).toBe(400)
    expect(response.text).toContain('The redirect URI provided is missing or does not match')
    expect(response.text).toContain('<h1>')
  }
})

test.each([
  [{ state: 'application state' }, `\\?state=application\\+state&code=${CODE}`],
  [{ state: '' }, `\\?state=&code=${CODE}`],
  [{}, `\\?code=${CODE}`],
])(
  'item 9: state comes first in the redirect of a code, even empty, and not at all when not sent: %j',
  async (state, tail) => {
    const emulator = await emulatorWith()
    const redirect = await userOf(emulator).allow(authorizeUrl(emulator, state as Record<string, string>))
    expect(redirect).toMatch(new RegExp(`^https://imgur\\.com/${tail}$`))
  },
)

const FRAGMENT = `access_token=${CODE}&expires_in=315360000&token_type=bearer&refresh_token=${CODE}&account_username=rmp135&account_id=4118974`

test.each([
  ['query', `\\?state=s#${FRAGMENT}`],
  ['fragment', `#${FRAGMENT}&state=s`],
  ['both', `\\?state=s#${FRAGMENT}&state=s`],
] as const)('item 10: stateIn %s', async (stateIn, tail) => {
  const emulator = await emulatorWith({ stateIn })
  const redirect = await userOf(emulator).allow(
    authorizeUrl(emulator, { response_type: 'token', state: 's' }),
  )
  expect(redirect).toMatch(new RegExp(`^https://imgur\\.com/${tail}$`))
})

test('item 10: without a state the fragment holds the tokens in the recorded order, without scope', async () => {
  const emulator = await emulatorWith()
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator, { response_type: 'token' }))
  expect(redirect).toMatch(new RegExp(`^https://imgur\\.com/#${FRAGMENT}$`))
})

test('item 10: fragmentOrder docs has the three fields of the documentation', async () => {
  const emulator = await emulatorWith({ fragmentOrder: 'docs', era: 'docs' })
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator, { response_type: 'token' }))
  expect(redirect).toMatch(new RegExp(`#access_token=${CODE}&token_type=Bearer&expires_in=3600$`))
})

test('item 11: a PIN is shown on its page and works once; then the page shows an error', async () => {
  const emulator = await emulatorWith()
  const page = await userOf(emulator).allow(authorizeUrl(emulator, { response_type: 'pin', state: 's' }))
  expect(page).toMatch(new RegExp(`^${emulator.url}/oauth2/pin\\?pin=[0-9a-f]{10}$`))
  const pin = await userOf(emulator).readPin(page)
  expect(page.endsWith(pin)).toBe(true)
  expect((await postToken(emulator, { grant_type: 'pin', pin })).status).toBe(200)
  expect((await request(page)).status).toBe(404)
  await expect(userOf(emulator).readPin(page)).rejects.toThrow('no PIN on the page (404)')
})

test('item 11: a PIN expires after pinLifetimeMs', async () => {
  const emulator = await emulatorWith({ pinLifetimeMs: 5000 })
  const page = await userOf(emulator).allow(authorizeUrl(emulator, { response_type: 'pin' }))
  const pin = await userOf(emulator).readPin(page)
  emulator.clock.advance(5000)
  expect((await request(page)).status).toBe(404)
  expect((await postToken(emulator, { grant_type: 'pin', pin })).json.data.error).toBe('Invalid Pin')
})

test.each(['code', 'token', 'pin'])(
  'item 12: Deny in the %s flow puts the error into the query',
  async response_type => {
    const emulator = await emulatorWith()
    const redirect = await userOf(emulator).deny(authorizeUrl(emulator, { response_type, state: 's' }))
    expect(redirect).toBe('https://imgur.com/?error=access_denied&state=s')
    expect(emulator.ledger.at(-1)).toMatchObject({ outcome: 'denied', response_type })
  },
)

test.each([
  ['token', '#error=access_denied&state=s'],
  ['code', '?error=access_denied&state=s'],
])('item 12: errorIn fragment-for-token, %s flow', async (response_type, tail) => {
  const emulator = await emulatorWith({ errorIn: 'fragment-for-token' })
  const redirect = await userOf(emulator).deny(authorizeUrl(emulator, { response_type, state: 's' }))
  expect(redirect).toBe(`https://imgur.com/${tail}`)
})

test('item 12: errorDescription adds error_description', async () => {
  const emulator = await emulatorWith({ errorDescription: true })
  const redirect = await userOf(emulator).deny(authorizeUrl(emulator))
  expect(new URL(redirect).searchParams.get('error_description')).toBe(
    'The user denied access to your application',
  )
})

test('item 13: an empty redirect_uri counts as absent, and with emptyRedirectToSelf redirects to the page itself', async () => {
  const emulator = await emulatorWith()
  const url = authorizeUrl(emulator, { redirect_uri: '', state: 's' })
  expect(await userOf(emulator).allow(url)).toMatch(/^https:\/\/imgur\.com\/\?state=s&code=/)
  emulator.set({ emptyRedirectToSelf: true, authorizeErrors: 'json' })
  const redirect = await userOf(emulator).allow(url)
  expect(redirect).toMatch(new RegExp(`^${emulator.url}/oauth2/authorize\\?state=s&code=${CODE}$`))
  expect((await request(redirect)).json.data.error).toBe('client_id and response_type are required')
})

test('item 14: rejectLocalhost rejects Allow with 400 for a callback on localhost only', async () => {
  const clients = [
    { client_id: 'name', redirect_uri: 'http://localhost:5000/' },
    { client_id: 'number', redirect_uri: 'http://127.0.0.1:5000/' },
  ]
  const emulator = await emulatorWith({ clients, rejectLocalhost: true })
  await expect(userOf(emulator).allow(authorizeUrl(emulator, { client_id: 'name' }))).rejects.toThrow(
    'allow was rejected (400)',
  )
  await userOf(emulator).allow(authorizeUrl(emulator, { client_id: 'number' }))
  emulator.set({ authorizeErrors: 'pages' })
  await expect(userOf(emulator).allow(authorizeUrl(emulator, { client_id: 'name' }))).rejects.toThrow(
    /Woah there!.*The redirect URI provided is missing or does not match/s,
  )
  emulator.set({ rejectLocalhost: false })
  expect(await userOf(emulator).allow(authorizeUrl(emulator, { client_id: 'name' }))).toMatch(
    /^http:\/\/localhost:5000\/\?code=/,
  )
})

test('the errors of a simulated user contain the text of the page, not its HTML', async () => {
  const emulator = await emulatorWith()
  const url = authorizeUrl(emulator, { response_type: 'pin' })
  await expect(userOf(emulator).readPin(url)).rejects.toThrow(
    /^no PIN on the page \(200\): Allow access to your account\? The application [^<>]{100,}…$/,
  )
  await expect(userOf(emulator).allow(authorizeUrl(emulator, { client_id: '' }))).rejects.toThrow(
    /^no allow button on the page \(400\): Woah there! [^<>]+$/,
  )
})

test('a simulated user with a wrong password rejects, and one without strings is a TypeError', async () => {
  const emulator = await emulatorWith()
  const wrongUser = simulateUser({ username: 'rmp135', password: 'wrong' })
  await expect(wrongUser.allow(authorizeUrl(emulator))).rejects.toThrow(/rejected \(403\).*Unauthorized/)
  await expect(wrongUser.deny(authorizeUrl(emulator, { client_id: '' }))).rejects.toThrow(
    /no deny button on the page \(400\).*Woah there!/s,
  )
  expect(() => simulateUser({ username: 'a' } as { username: string; password: string })).toThrow(
    new TypeError('password must be a string'),
  )
})
