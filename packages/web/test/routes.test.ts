// The routes, with the emulator and `oidc-provider` as providers: what they do, and what attackers cannot.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  discover,
  encrypted,
  imgur,
  MemoryTokenStore,
  type TokenStore,
} from '@latchkey/core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { fetchTransport } from '@latchkey/transport-fetch'
import {
  NotAllowedError,
  type Session,
  signInRoutes,
  type SignInRoutes,
  type SignInRoutesOptions,
} from '@latchkey/web'
import { decodeJwt } from 'jose'
import { Headers as UndiciHeaders } from 'undici'
import { type OidcProvider, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'
import { sealWith } from '../src/session.ts'
import { Visitor } from './visitor.ts'

const ORIGIN = 'https://app.example'
const SECRET = 'a secret of at least thirty-two characters'
const transport = fetchTransport()

let server: OidcProvider
let emulator: Emulator
let store: MemoryTokenStore
let clients: { op: Client; imgur: Client }

/** Two clients at `oidc-provider`: one answers by a redirect, the other by a POST. */
const registered = (client_id: string, path: string) => ({
  client_id,
  client_secret: 'secret-of-the-app',
  redirect_uris: [`${ORIGIN}${path}`],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  application_type: 'web' as const,
  id_token_signed_response_alg: 'ES256' as const,
})

beforeEach(async () => {
  store = new MemoryTokenStore()
  server = await startOidcProvider({
    clients: [
      registered('app', '/auth/op/callback'),
      registered('single', '/auth/callback'),
      registered('prefixed', '/shop/auth/op/callback'),
    ],
  })
  emulator = await startEmulator({ clients: [{ redirect_uri: `${ORIGIN}/auth/imgur/callback` }] })
  clients = { op: await opClient(), imgur: imgurClient() }
})
afterEach(async () => {
  jest.restoreAllMocks()
  await server.close()
  await emulator.close()
})

async function opClient(options: ClientOptions = {}): Promise<Client> {
  const provider = await discover(server.url, { transport, identity: 'id_token.sub' })
  return new Client({
    client_id: 'app',
    client_secret: 'secret-of-the-app',
    redirect_uri: `${ORIGIN}/auth/op/callback`,
    scope: 'openid',
    provider,
    transport,
    store,
    ...options,
  })
}

function imgurClient(): Client {
  const { client_id, client_secret } = emulator.client
  return new Client({
    client_id,
    client_secret,
    redirect_uri: `${ORIGIN}/auth/imgur/callback`,
    provider: imgur({ baseUrl: emulator.url }),
    transport,
    store,
  })
}

/** Makes the provider `op` respond by a POST of its own page, with which browsers send only cookies of SameSite=None. */
async function answerByPost(): Promise<void> {
  const authorizationParameters = { response_mode: 'form_post' }
  clients.op = await opClient({ provider: { ...clients.op.provider, authorizationParameters } })
}

const INVALID_GRANT = { status: 400, headers: {}, body: '{"error":"invalid_grant"}' }

const routesOf = (options: Partial<SignInRoutesOptions> = {}): SignInRoutes =>
  signInRoutes(clients, { secret: SECRET, ...options })
const visit = (routes: SignInRoutes = routesOf()): Visitor => new Visitor(routes, ORIGIN)

/** Returns the cookie of a session, as version 0.1.0 sealed it. */
async function sessionCookie(accounts: Session['accounts']): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return sealWith(SECRET).seal({ sid: 'old', accounts, iat, exp: iat + 1000 } as never)
}

/** Allows at the emulator, which has a form. */
async function allowAtImgur(visitor: Visitor, response: Response): Promise<Response> {
  const { account_username: username, password } = emulator.user
  const redirect = await simulateUser({ username, password }).allow(response.headers.get('location')!)
  return visitor.send(redirect)
}

describe('a sign-in', () => {
  test('ends at the page that the user wanted, with a session; the account has tokens', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    expect(await visitor.signIn('/auth/op/login?to=/orders?page=2')).toBe('/orders?page=2')
    expect(visitor.lastCookies[0]).toMatch(
      /^__Host-latchkey=\S+; Max-Age=604\d{3}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect([...visitor.cookies.keys()]).toEqual(['__Host-latchkey-login', '__Host-latchkey'])
    const account = await routes.account(visitor.request, 'op')
    expect(account?.toJSON()).toMatchObject({ account: 'somebody' })
    expect(await account!.accessToken()).toEqual(expect.any(String))
    expect(await routes.session(visitor.request)).toEqual({
      sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      accounts: { op: 'somebody' },
    })
    expect(await routes.account(visitor.request, 'imgur')).toBeUndefined()
    expect(await routes.account(visit(routes).request, 'op')).toBeUndefined()
  })

  test('of one provider has no name in its path', async () => {
    const client = await opClient({ client_id: 'single', redirect_uri: `${ORIGIN}/auth/callback` })
    const routes = signInRoutes(client, { secret: SECRET })
    const visitor = visit(routes)
    expect(await visitor.signIn('/auth/login')).toBe('/')
    expect((await routes.account(visitor.request))?.toJSON()).toMatchObject({ account: 'somebody' })
  })

  test('behind a proxy that removes a prefix', async () => {
    clients.op = await opClient({ client_id: 'prefixed', redirect_uri: `${ORIGIN}/shop/auth/op/callback` })
    const { imgur: _, ...only } = clients
    const routes = signInRoutes(only, { secret: SECRET })
    const visitor = new Visitor(
      { handle: request => routes.handle(new Request(request.url.replace('/shop/', '/'), request)) },
      ORIGIN,
    )
    expect(await visitor.signIn('/shop/auth/op/login')).toBe('/shop/')
  })

  test('onSignIn gets the account and its tokens, and can end the sign-in', async () => {
    const seen: unknown[] = []
    const visitor = visit(routesOf({ onSignIn: signIn => void seen.push(signIn) }))
    await visitor.signIn('/auth/op/login')
    expect(seen).toEqual([
      expect.objectContaining({
        provider: 'op',
        account: 'somebody',
        session: { sid: expect.any(String), accounts: { op: 'somebody' } },
        tokens: expect.objectContaining({ access_token: expect.any(String) }),
      }),
    ])
    jest.spyOn(console, 'warn').mockImplementation(() => {})
    const refused = visit(routesOf({ onSignIn: () => Promise.reject(new Error('not invited: somebody')) }))
    const response = await refused.send(await refused.allow('/auth/op/login'))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('not invited')
    expect([...refused.cookies.keys()]).not.toContain('__Host-latchkey')
  })

  test('a page lets the user choose a provider', async () => {
    const page = await (await visit().send('/auth/login?to=/a')).text()
    expect(page).toContain('<a href="/auth/op/login?to=%2Fa">Op</a>')
    expect(page).toContain('<a href="/auth/imgur/login?to=%2Fa">Imgur</a>')
  })

  test('several tabs at once, and two users in two browsers', async () => {
    const routes = routesOf()
    const [one, two] = [visit(routes), visit(routes)]
    const tabs = [await one.allow('/auth/op/login?to=/1'), await one.allow('/auth/op/login?to=/2')]
    server.use('another')
    const other = await two.allow('/auth/op/login?to=/3')
    expect((await one.send(tabs[1]!)).headers.get('location')).toBe('/2')
    expect((await two.send(other)).headers.get('location')).toBe('/3')
    expect((await one.send(tabs[0]!)).headers.get('location')).toBe('/1')
    expect((await routes.session(one.request))?.accounts).toEqual({ op: 'somebody' })
    expect((await routes.session(two.request))?.accounts).toEqual({ op: 'another' })
  })

  test('is known by the headers of any implementation', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    const { header: cookie } = visitor.cookies
    for (const headers of [new UndiciHeaders({ cookie }), { cookie }, new Map([['cookie', cookie]])])
      expect(await routes.session({ headers } as never)).toMatchObject({ accounts: { op: 'somebody' } })
  })

  test('in another process, and after the secret was replaced', async () => {
    const visitor = visit()
    const redirect = await visitor.allow('/auth/op/login')
    const other = routesOf()
    const elsewhere = new Visitor(other, ORIGIN)
    for (const [name, value] of visitor.cookies) elsewhere.cookies.set(name, value)
    expect((await elsewhere.send(redirect)).status).toBe(303)
    const replaced = routesOf({ secret: ['another secret, of thirty-two characters', SECRET] })
    expect(await replaced.session(elsewhere.request)).toMatchObject({ accounts: { op: 'somebody' } })
    const forgotten = routesOf({ secret: 'another secret, of thirty-two characters' })
    expect(await forgotten.session(elsewhere.request)).toBeUndefined()
  })

  test('by a POST of the provider (form_post), whose cookie is SameSite=None', async () => {
    await answerByPost()
    const routes = routesOf()
    const visitor = visit(routes)
    const started = await visitor.send('/auth/op/login?to=/x')
    expect(visitor.lastCookies).toEqual([
      expect.stringMatching(
        /^__Host-latchkey-post=.*; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=None$/,
      ),
    ])
    expect(new URL(started.headers.get('location')!).searchParams.get('response_mode')).toBe('form_post')
    const response = await visitor.followByPost('/auth/op/callback', started)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/x'])
  })
})

describe('the page after a sign-in', () => {
  test.each([
    ['/café', '/caf%C3%A9'],
    ['/?q=ü&r=%20', '/?q=%C3%BC&r=%20'],
    ['/日本#é', '/%E6%97%A5%E6%9C%AC#%C3%A9'],
    ['/a/../b', '/b'],
    ['/a//b', '/a//b'],
  ])('of %j is %j', async (to, expected) => {
    expect(await visit().signIn(`/auth/op/login?${new URLSearchParams({ to }).toString()}`)).toBe(expected)
  })

  test.each([
    ['at the limit', 'a', 1999, `/${'a'.repeat(1999)}`],
    ['above the limit', 'a', 2000, '/'],
    ['above the limit when it is encoded', 'ü', 400, '/'],
    ['too long for a flow', 'a', 5000, '/'],
  ])('of a path %s', async (_, character, count, expected) => {
    const query = new URLSearchParams({ to: `/${character.repeat(count)}` }).toString()
    expect(await visit().signIn(`/auth/op/login?${query}`)).toBe(expected)
  })
})

describe('a session', () => {
  test('ends in this browser; with tokens=true everywhere', async () => {
    const routes = routesOf()
    const [one, two] = [visit(routes), visit(routes)]
    await one.signIn('/auth/op/login')
    await two.signIn('/auth/op/login')
    const response = await one.post('/auth/logout', { to: '/bye' })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/bye'])
    expect([...one.cookies.keys()]).toEqual(['__Host-latchkey-login'])
    expect(await routes.account(two.request, 'op')).toBeDefined()
    await two.post('/auth/logout', { tokens: 'true' })
    expect((await clients.op.account('somebody').status()).status).toBe('signedOut')
  })

  test('has no account any more when that was signed out elsewhere', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    await clients.op.account('somebody').signOut()
    expect(await routes.account(visitor.request, 'op')).toBeUndefined()
  })

  test('gets a second provider, by a POST of this site; each keeps its account', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    const before = await routes.session(visitor.request)
    const response = await allowAtImgur(visitor, await visitor.post('/auth/imgur/connect', { to: '/both' }))
    expect([response.status, response.headers.get('location')]).toEqual([303, '/both'])
    const after = await routes.session(visitor.request)
    expect(after!.accounts).toEqual({ op: 'somebody', imgur: expect.any(String) })
    expect(after!.sid).not.toBe(before!.sid)
    expect(await routes.account(visitor.request, 'imgur')).toBeDefined()
  })

  test('gets more scope only for the same user', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    const more = await visitor.post('/auth/op/connect', { scope: 'openid offline_access', to: '/more' })
    expect(new URL(more.headers.get('location')!).searchParams.get('scope')).toBe('openid offline_access')
    expect((await visitor.send(await visitor.follow(more))).headers.get('location')).toBe('/more')
    server.use('another')
    const wrong = await visitor.post('/auth/op/connect', {})
    const response = await visitor.send(await visitor.follow(wrong))
    const page = await response.text()
    expect([response.status, page]).toEqual([400, expect.stringContaining('<small>other_account</small>')])
    expect(page).toContain('another account than before')
    expect((await routes.session(visitor.request))!.accounts).toEqual({ op: 'somebody' })
    expect((await clients.op.account('another').status()).status).toBe('signedOut')
  })

  test.each([false, true])('gets two connections at once, in two tabs (form_post: %s)', async isPost => {
    if (isPost) await answerByPost()
    const routes = routesOf()
    const visitor = visit(routes)
    await allowAtImgur(visitor, await visitor.send('/auth/imgur/login'))
    const before = await routes.session(visitor.request)
    const tabs = [
      await visitor.post('/auth/op/connect', { to: '/1' }),
      await visitor.post('/auth/imgur/connect', { to: '/2' }),
      await visitor.post('/auth/op/connect', { to: '/3', scope: 'openid offline_access' }),
    ] as const
    const locations: unknown[] = []
    for (const tab of tabs) {
      const response =
        tab === tabs[1]
          ? await allowAtImgur(visitor, tab)
          : isPost
            ? await visitor.followByPost('/auth/op/callback', tab)
            : await visitor.send(await visitor.follow(tab))
      locations.push(response.headers.get('location'))
    }
    expect(locations).toEqual(['/1', '/2', '/3'])
    const after = await routes.session(visitor.request)
    expect(after!.accounts).toEqual({ ...before!.accounts, op: 'somebody' })
    expect(await routes.account(visitor.request, 'op')).toBeDefined()
    expect(after!.sid).not.toBe(before!.sid)
  })

  test('of version 0.1.0 gets a second provider', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    visitor.cookies.set('__Host-latchkey', await sessionCookie({ imgur: '1' }))
    await visitor.send(await visitor.follow(await visitor.post('/auth/op/connect')))
    expect((await routes.session(visitor.request))?.accounts).toEqual({ imgur: '1', op: 'somebody' })
  })

  test('gets one user of a provider, also by two connections at once', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await allowAtImgur(visitor, await visitor.send('/auth/imgur/login'))
    const tabs = [await visitor.post('/auth/op/connect'), await visitor.post('/auth/op/connect')] as const
    await visitor.send(await visitor.follow(tabs[0]))
    server.use('another')
    expect((await visitor.send(await visitor.follow(tabs[1]))).status).toBe(400)
    expect((await routes.session(visitor.request))!.accounts['op']).toBe('somebody')
    expect((await clients.op.account('another').status()).status).toBe('signedOut')
  })

  test('a new sign-in replaces it: no accounts are linked', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    await allowAtImgur(visitor, await visitor.send('/auth/imgur/login'))
    expect(Object.keys((await routes.session(visitor.request))!.accounts)).toEqual(['imgur'])
  })

  test('ends after seven days, also if it was used', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    const now = Date.now()
    jest.useFakeTimers({
      now: now + 7 * 86_400_000 - 5_000,
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'],
    })
    expect(await routes.session(visitor.request)).toBeDefined()
    jest.setSystemTime(now + 7 * 86_400_000 + 1_000)
    expect(await routes.session(visitor.request)).toBeUndefined()
    jest.useRealTimers()
  })
})

describe('an attack', () => {
  const hostile = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\\/evil.example',
    'javascript:alert(1)',
    '/%0d%0aset-cookie:a=b',
    '/a b',
    'https:/evil.example',
    '///evil.example',
    '/\u2028',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/.\\evil.example',
    '/./\t/evil.example',
    '/\n/evil.example',
    '/a\u0085b',
    '/a\u0000',
    '@evil.example',
    '',
    'orders',
  ]
  test.each(hostile)('an open redirect to %j stays here', async to => {
    const location = await visit().signIn(`/auth/op/login?${new URLSearchParams({ to }).toString()}`)
    expect(new URL(location!, ORIGIN).origin).toBe(ORIGIN)
    expect(location).toMatch(/^\/(%0d%0aset-cookie:a=b)?$/)
  })

  test.each([
    ['from another site', { origin: 'https://evil.example' }],
    ['from a sandboxed frame', { origin: 'null' }],
    ['without an origin', { origin: '' }],
    ['from http', { origin: 'http://app.example' }],
    ['from another site without a referrer', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['from a sibling host', { origin: 'https://evil.app.example', 'sec-fetch-site': 'same-site' }],
    ['with a contradiction', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
  ])('a POST %s is rejected (CSRF)', async (_, headers) => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    for (const path of ['/auth/logout', '/auth/imgur/connect'])
      expect((await visitor.post(path, { tokens: 'true' }, headers)).status).toBe(403)
    expect(await routes.account(visitor.request, 'op')).toBeDefined()
  })

  test('a page of this site without a referrer is allowed', async () => {
    const visitor = visit()
    await visitor.signIn('/auth/op/login')
    const headers = { origin: 'null', 'sec-fetch-site': 'same-origin' }
    expect((await visitor.post('/auth/logout', {}, headers)).status).toBe(303)
  })

  test('a sign-out by GET does nothing', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    expect((await visitor.send('/auth/logout')).status).toBe(404)
    expect(await routes.account(visitor.request, 'op')).toBeDefined()
  })

  test("the attacker's redirect in the victim's browser signs nobody in (login CSRF)", async () => {
    const routes = routesOf()
    const [attacker, victim] = [visit(routes), visit(routes)]
    server.use('attacker')
    const redirect = await attacker.allow('/auth/op/login')
    const response = await victim.send(redirect)
    expect(response.status).toBe(400)
    expect(await response.text()).toMatch(/in the same browser.* at the same address.*www\./)
    expect(await routes.session(victim.request)).toBeUndefined()
    expect((await attacker.send(redirect)).status).toBe(303)
  })

  test('a redirect is used once (replay); again in the same browser it leads home', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    const redirect = await visitor.allow('/auth/op/login?to=/x')
    const login = visitor.cookies.get('__Host-latchkey-login')!
    expect((await visitor.send(redirect)).headers.get('location')).toBe('/x')
    visitor.cookies.set('__Host-latchkey-login', login)
    expect((await visitor.send(redirect)).headers.get('location')).toBe('/')
    const thief = visit(routes)
    thief.cookies.set('__Host-latchkey-login', login)
    const response = await thief.send(redirect)
    expect([response.status, await routes.session(thief.request)]).toEqual([400, undefined])
  })

  test('two requests with one redirect at the same time: one signs in', async () => {
    const visitor = visit()
    const redirect = await visitor.allow('/auth/op/login')
    const responses = await Promise.all([visitor.send(redirect), visitor.send(redirect)])
    expect(responses.map(({ status }) => status).sort()).toEqual([303, 400])
  })

  test('a session id that somebody knew is gone after a sign-in (session fixation)', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    const fixed = visitor.cookies.get('__Host-latchkey')!
    const victim = visit(routes)
    victim.cookies.set('__Host-latchkey', fixed)
    server.use('victim')
    await victim.signIn('/auth/op/login')
    expect(victim.cookies.get('__Host-latchkey')).not.toBe(fixed)
    expect((await routes.session(victim.request))!.accounts).toEqual({ op: 'victim' })
    expect((await routes.session(visitor.request))!.accounts).toEqual({ op: 'somebody' })
  })

  test('a cookie that comes twice is not believed (cookie tossing)', async () => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    const own = visitor.cookies.get('__Host-latchkey')!
    for (const header of [
      `__Host-latchkey=x; __Host-latchkey=${own}`,
      `__Host-latchkey=${own}; __Host-latchkey=x`,
      `latchkey=${own}`,
    ])
      expect(await routes.session({ headers: { cookie: header } })).toBeUndefined()
  })

  test.each([
    ['changed', (cookie: string) => cookie.slice(0, -2) + (cookie.endsWith('AA') ? 'BB' : 'AA')],
    ['empty', () => ''],
    [
      'a JWT without a signature',
      () => 'eyJhbGciOiJub25lIn0.eyJzaWQiOiJhIiwiYWNjb3VudHMiOnsib3AiOiJzb21lYm9keSJ9fQ.',
    ],
    ['very long', () => 'a'.repeat(100_000)],
  ])('a session cookie that is %s is none', async (_, change) => {
    const routes = routesOf()
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    visitor.cookies.set('__Host-latchkey', change(visitor.cookies.get('__Host-latchkey')!))
    expect(await routes.session(visitor.request)).toBeUndefined()
  })

  test('the cookie of a sign-in is no session, nor is one of another application', async () => {
    const visitor = visit()
    await visitor.allow('/auth/op/login')
    visitor.cookies.set('__Host-latchkey', visitor.cookies.get('__Host-latchkey-login')!)
    expect(await routesOf().session(visitor.request)).toBeUndefined()
  })

  describe.each([false, true])('with a connection that another session began (form_post: %s)', isPost => {
    test.each([
      ['before a sign-out', undefined],
      ['before a sign-in of another user', 'another'],
      ['before a sign-in of the same user', 'somebody'],
    ])('%s adds nothing', async (_, user) => {
      if (isPost) await answerByPost()
      const routes = routesOf()
      const visitor = visit(routes)
      const complete = async (response: Response): Promise<Response> =>
        isPost
          ? visitor.followByPost('/auth/op/callback', response)
          : visitor.send(await visitor.follow(response))
      await complete(await visitor.send('/auth/op/login'))
      const started = await visitor.post('/auth/op/connect', {})
      server.use(user ?? 'somebody')
      if (user) await complete(await visitor.send('/auth/op/login'))
      else await visitor.post('/auth/logout')
      const before = await routes.session(visitor.request)
      server.use('somebody')
      expect((await complete(started)).status).toBe(403)
      expect(await routes.session(visitor.request)).toEqual(before)
    })
  })

  test("a connection of the attacker's session, planted with it, gives the attacker nothing (session fixation)", async () => {
    const routes = routesOf()
    const [attacker, victim] = [visit(routes), visit(routes)]
    await allowAtImgur(attacker, await attacker.send('/auth/imgur/login'))
    const redirect = await attacker.follow(await attacker.post('/auth/op/connect'))
    victim.cookies.set('__Host-latchkey', attacker.cookies.get('__Host-latchkey')!)
    expect((await victim.send(redirect)).status).toBe(400)
    await victim.send(await victim.follow(await victim.post('/auth/op/connect')))
    expect((await routes.session(victim.request))!.accounts).toHaveProperty('op')
    expect((await routes.session(attacker.request))!.accounts).not.toHaveProperty('op')
  })

  test('a connection without a session is rejected', async () => {
    expect((await visit().post('/auth/op/connect', {})).status).toBe(403)
  })

  test.each(['/auth/logout', '/auth/op/connect', '/auth/op/callback'])(
    'a body of 10 MB to %s is not read',
    async path => {
      await answerByPost()
      const visitor = visit()
      visitor.cookies.set('__Host-latchkey', await sessionCookie({ imgur: '1' }))
      let read = 0
      const body = new ReadableStream({
        pull(controller) {
          if (read++ > 1000) controller.close()
          else controller.enqueue(new Uint8Array(10_000).fill(97))
        },
      })
      const response = await visitor.send(path, {
        method: 'POST',
        headers: { origin: ORIGIN },
        body,
        duplex: 'half',
      } as RequestInit)
      expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('Too large')])
      expect(read).toBeLessThan(10)
    },
  )

  test('a prefetch uses nothing up', async () => {
    const visitor = visit()
    const redirect = await visitor.allow('/auth/op/login')
    expect((await visitor.send(redirect, { headers: { 'sec-purpose': 'prefetch;prerender' } })).status).toBe(
      503,
    )
    expect((await visitor.send(redirect)).status).toBe(303)
  })

  test('a POST to the callback of a provider that sends none is rejected', async () => {
    const visitor = visit()
    const redirect = new URL(await visitor.allow('/auth/op/login'))
    const fields = Object.fromEntries(redirect.searchParams)
    expect((await visitor.post('/auth/op/callback', fields)).status).toBe(403)
  })

  test('names of members that every object has name no provider', async () => {
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect((await visit().send(`/auth/${name}/login`)).status).toBe(404)
    expect(() => routesOf().account(visit().request, '__proto__')).rejects.toThrow(TypeError)
  })

  test('a page escapes what it shows', async () => {
    const page = await (await visit().send(`/auth/login?to=${encodeURIComponent('/"><script>')}`)).text()
    expect(page).not.toContain('<script>')
  })
})

describe('when it does not work', () => {
  test('the user declines', async () => {
    server.deny()
    const visitor = visit()
    const response = await visitor.send(await visitor.allow('/auth/op/login'))
    const page = await response.text()
    expect([response.status, page]).toEqual([400, expect.stringContaining('You declined')])
    expect(page).toContain('<a href="/auth/login">Sign in</a>')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('the flow has expired', async () => {
    const visitor = visit()
    const redirect = await visitor.allow('/auth/op/login')
    for await (const key of store.keys()) await store.remove(key)
    const fresh = new MemoryTokenStore()
    clients.op = await opClient({ store: fresh })
    const response = await new Visitor(routesOf(), ORIGIN).send(redirect)
    expect(await response.text()).toContain('This took too long')
  })

  test('the server is down', async () => {
    const visitor = visit()
    const redirect = await visitor.allow('/auth/op/login')
    await server.close()
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {})
    const response = await visitor.send(redirect)
    expect(response.status).toBe(503)
    expect(warn.mock.calls).toEqual([[expect.stringContaining('a sign-in failed: TransientError: ')]])
    const page = await response.text()
    expect(page).toContain('does not respond')
    expect(page).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|at /)
    server = await startOidcProvider()
  })

  /** Sends the visitor with a new sign-in to the callback, with a code that the provider did not issue. */
  async function wrongCode(visitor: Visitor): Promise<Response> {
    const { location } = Object.fromEntries((await visitor.send('/auth/op/login')).headers)
    const { searchParams } = new URL(location!)
    const query = { code: 'wrong', state: searchParams.get('state')!, iss: server.url }
    return visitor.send(`/auth/op/callback?${new URLSearchParams(query).toString()}`)
  }
  /** What is no fault of the user, and how it comes about. */
  const OURS: Readonly<
    Record<string, (visitor: (store?: TokenStore) => Promise<Visitor>) => Promise<Response>>
  > = {
    StoreError: async visitor => {
      jest.spyOn(store, 'compareAndSwap').mockRejectedValue(new Error('password=hunter2'))
      return (await visitor()).send('/auth/op/login')
    },
    DecryptionError: async visitor => {
      const failing = encrypted(store, { keys: async () => [new Uint8Array(32)] })
      const one = await visitor(failing)
      const started = await one.send('/auth/op/login')
      for await (const key of store.keys()) {
        const { version } = (await store.read(key))!
        await store.compareAndSwap(key, version, { not: 'encrypted' })
      }
      return one.send(await one.follow(started))
    },
    MisconfiguredError: async visitor => {
      clients.op = await opClient({ client_secret: 'another' })
      return wrongCode(await visitor())
    },
    MissingTransportError: async visitor => {
      clients.op = await opClient({ transport: undefined })
      return wrongCode(await visitor())
    },
  }
  test.each(Object.keys(OURS))('%s is our fault, and is noted', async name => {
    const logger = { warn: jest.fn() }
    const response = await OURS[name]!(async (own = store) => {
      if (own !== store) clients.op = await opClient({ store: own })
      return visit(routesOf({ logger }))
    })
    const page = await response.text()
    expect([response.status, page]).toEqual([500, expect.stringContaining('This is our fault')])
    expect(page).not.toContain('hunter2')
    expect(logger.warn.mock.calls).toEqual([[expect.stringContaining(`a sign-in failed: ${name}: `)]])
    expect(logger.warn.mock.calls.join()).not.toContain('hunter2')
  })

  test('a code that the provider rejects is not noted', async () => {
    const logger = { warn: jest.fn() }
    expect((await wrongCode(visit(routesOf({ logger })))).status).toBe(400)
    expect(logger.warn).not.toHaveBeenCalled()
  })

  test('onError responds, and what it throws becomes the plain page', async () => {
    server.deny()
    const own = visit(
      routesOf({
        onError: (error, request) =>
          new Response(`${(error as { code: string }).code} ${new URL(request.url).pathname}`, {
            status: 418,
          }),
      }),
    )
    const response = await own.send(await own.allow('/auth/op/login'))
    expect([response.status, await response.text()]).toEqual([418, 'access_denied /auth/op/callback'])
    const silent = visit(routesOf({ onError: () => undefined }))
    expect((await silent.send(await silent.allow('/auth/op/login'))).status).toBe(400)
    jest.spyOn(console, 'warn').mockImplementation(() => {})
    const throwing = visit(
      routesOf({
        onError: () => {
          throw new Error('oops')
        },
      }),
    )
    expect((await throwing.send(await throwing.allow('/auth/op/login'))).status).toBe(500)
    const seen: unknown[] = []
    await visit(routesOf({ onError: error => void seen.push(error) })).post(
      '/auth/logout',
      {},
      { origin: 'x' },
    )
    expect(seen).toEqual([expect.any(NotAllowedError)])
  })

  test('other paths are not of the routes', async () => {
    for (const path of ['/', '/authority', '/auth', '/other/auth/login'])
      expect(await routesOf().handle(new Request(ORIGIN + path))).toBeUndefined()
    expect((await visit().send('/auth/nothing')).status).toBe(404)
  })
})

describe('the token route', () => {
  const own = { 'sec-fetch-site': 'same-origin', 'x-latchkey': 'token' }

  test('is off by default', async () => {
    const visitor = visit()
    await visitor.signIn('/auth/op/login')
    expect((await visitor.post('/auth/op/token', {}, own)).status).toBe(404)
  })

  test('gives a page of this site the access token, and nothing else', async () => {
    const visitor = visit(routesOf({ tokenRoute: true }))
    expect((await visitor.post('/auth/op/token', {}, own)).status).toBe(401)
    await visitor.signIn('/auth/op/login')
    const response = await visitor.post('/auth/op/token', {}, own)
    expect(await response.json()).toEqual({
      access_token: expect.any(String),
      expires_at: expect.any(Number),
    })
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
    for (const headers of [
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { ...own, 'x-latchkey': '' },
    ])
      expect((await visitor.post('/auth/op/token', {}, headers)).status).toBe(401)
  })
})

describe('an error of the token route is JSON', () => {
  const own = { 'sec-fetch-site': 'same-origin', 'x-latchkey': 'token' }

  test.each([
    [401, 'reauth_required', 'the refresh token is rejected'],
    [503, 'transient', 'the server is down'],
    [500, 'store_unavailable', 'the store is down'],
  ])('%j: %s, when %s', async (status, error, _) => {
    const logger = { warn: jest.fn() }
    const routes = routesOf({ tokenRoute: true, logger, onError: () => new Response('<html>') })
    const visitor = visit(routes)
    await visitor.signIn('/auth/op/login')
    const now = Date.now()
    jest.useFakeTimers({
      now: now + 3_700_000,
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'],
    })
    clients.op = await opClient(
      status === 401 ? { client_id: 'app', transport: { send: async () => INVALID_GRANT } } : {},
    )
    if (status === 503) await server.close()
    if (status === 500) jest.spyOn(store, 'read').mockRejectedValue(new Error('x'))
    const fresh = visit(routesOf({ tokenRoute: true, logger, onError: () => new Response('<html>') }))
    for (const [name, value] of visitor.cookies) fresh.cookies.set(name, value)
    const response = await fresh.post('/auth/op/token', {}, own)
    expect([response.status, await response.json()]).toEqual([status, { error }])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(logger.warn).toHaveBeenCalledTimes(status >= 500 ? 1 : 0)
    jest.useRealTimers()
    if (status === 503) server = await startOidcProvider()
  })
})

describe('options that are wrong are TypeErrors', () => {
  test.each([
    [{ secret: 'short' }, 'at least 32'],
    [{ secret: [] }, 'at least 32'],
    [{ path: 'auth' }, "like '/auth'"],
    [{ path: '/auth/' }, "like '/auth'"],
    [{ key: SECRET }, "'key'"],
  ])('%j', (options, message) => {
    expect(() => routesOf(options as never)).toThrow(TypeError)
    expect(() => routesOf(options as never)).toThrow(message)
  })

  test('clients', async () => {
    const make =
      (given: unknown, options: object = {}) =>
      () =>
        signInRoutes(given as never, { secret: SECRET, ...options })
    expect(make({})).toThrow('pass a Client')
    expect(make({ op: {} })).toThrow('pass a Client')
    expect(make({ login: clients.op })).toThrow("'login' cannot name a provider")
    expect(make({ other: clients.op })).toThrow('must end with /auth/other/callback')
    const local = await opClient({ redirect_uri: 'http://localhost:3000/auth/op/callback' })
    expect(make({ op: local })).toThrow('with development: true')
    expect(make({ op: local }, { development: true })).not.toThrow()
    expect(
      make(
        { op: await opClient({ redirect_uri: 'http://app.example/auth/op/callback' }) },
        { development: true },
      ),
    ).toThrow('must be https')
    expect(
      make({
        op: clients.op,
        imgur: new Client({ client_id: 'c', redirect_uri: 'https://other.example/auth/imgur/callback' }),
      }),
    ).toThrow('one origin')
  })

  test('a provider that does not say who its user is needs the option account', async () => {
    const provider = await discover(server.url, { transport })
    clients.op = await opClient({ provider })
    expect(() => routesOf()).toThrow("describe the identity of 'op'")
    const visitor = visit(
      routesOf({ account: async (_, { id_token }) => decodeJwt(id_token as string).sub! }),
    )
    expect(await visitor.signIn('/auth/op/login?to=/x')).toBe('/x')
  })

  test('account() needs a name if there are several', () => {
    expect(() => routesOf().account(visit().request)).toThrow('op, imgur')
  })
})
