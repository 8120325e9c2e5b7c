// The provider language over real HTTP: what a description says is what arrives at the server, and no more.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  defineProvider,
  deviceAuthorization,
  forResource,
  MemoryTokenStore,
  type ProviderDescription,
  pushAuthorization,
  revoke,
  type Tokens,
} from '@latchkey/core'
import { endSession, expiresAt, renamed, tokenTypeMissing, without } from '@latchkey/core/provider'
import { fakeClock } from '@latchkey/test-kit'
import { authorizedFetch, fetchTransport } from '@latchkey/transport-fetch'
import { listen, type Listening } from './servers/listen.ts'

/** A request as it arrived. */
interface Arrived {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

interface Sent {
  readonly status?: number
  readonly body?: unknown
}

const GRANTED = { access_token: 'a1', token_type: 'bearer', expires_in: 3600, refresh_token: 'r1' }
const transport = fetchTransport()

let server: Listening
let arrived: Arrived[]
/** The responses of a path, one after the other, the last one for all further requests. */
let responses: Record<string, Sent[]>

beforeEach(async () => {
  arrived = []
  responses = { '/token': [{ body: GRANTED }, { body: { ...GRANTED, access_token: 'a2' } }] }
  server = await listen(url => async (incoming, outgoing) => {
    let body = ''
    for await (const chunk of incoming) body += String(chunk)
    const { pathname: path, searchParams: query } = new URL(incoming.url!, url)
    arrived.push({ method: incoming.method!, path, query, headers: incoming.headers, body })
    const queue = responses[path] ?? [{ status: 404 }]
    const { status = 200, body: sent = {} } = (queue.length > 1 ? queue.shift() : queue[0])!
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(sent))
  })
})
afterEach(() => server.close())

const describedAs = (more: Partial<ProviderDescription>): ProviderDescription => ({
  name: 'acme',
  authorizationEndpoint: `${server.url}/authorize`,
  tokenEndpoint: `${server.url}/token`,
  clientAuthentication: 'client_secret_post',
  pkce: 'none',
  ...more,
})

function clientOf(more: Partial<ProviderDescription> = {}, options: Partial<ClientOptions> = {}): Client {
  return new Client({
    client_id: 'id',
    client_secret: 's3cret',
    redirect_uri: 'https://app.example/callback',
    provider: defineProvider(describedAs(more)),
    transport,
    logger: { warn() {} },
    ...options,
  })
}

/** Signs in with a redirect that has `more` parameters. */
async function signIn(client: Client, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const auth = client.Authorize.byCode()
  const parameters = new URLSearchParams({ code: 'c0de', state: auth.state, ...more })
  await auth.authorize(`https://app.example/callback?${parameters}`)
}

const formOf = ({ body }: Arrived): Record<string, string> => Object.fromEntries(new URLSearchParams(body))
const last = (): Arrived => arrived.at(-1)!

describe('the authorization request', () => {
  const queryOf = (client: Client, own?: Parameters<Client['Authorize']['byCode']>[0]): URLSearchParams =>
    new URL(client.Authorize.byCode(own).url).searchParams

  test('has constants, renamed parameters, a scope separator and a fragment', () => {
    const client = clientOf(
      {
        authorizationParameters: { audience: 'api', owner: 'user' },
        authorizationFragment: 'wechat_redirect',
        scopeSeparator: ',',
        quirks: { authorizationRequest: [renamed('client_id', 'appid'), without('response_type')] },
      },
      { scope: ['read', 'write'] },
    )
    const { url } = client.Authorize.byCode('s')
    expect(url).toBe(
      `${server.url}/authorize?appid=id&state=s&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&scope=read%2Cwrite&audience=api&owner=user#wechat_redirect`,
    )
  })

  test('has parameters and a scope of its own, which override constants; only resource and audience repeat', () => {
    const client = clientOf({ authorizationParameters: { prompt: 'none' } }, { scope: 'read' })
    const query = queryOf(client, {
      scope: ['write', 'admin'],
      parameters: {
        prompt: 'login',
        login_hint: 'ada',
        resource: ['https://a.example', 'https://b.example'],
      },
    })
    expect(query.get('scope')).toBe('write admin')
    expect(query.get('prompt')).toBe('login')
    expect(query.get('login_hint')).toBe('ada')
    expect(query.getAll('resource')).toEqual(['https://a.example', 'https://b.example'])
    expect(queryOf(client).get('prompt')).toBe('none')
  })

  const RESERVED =
    'client_id client_secret client_assertion client_assertion_type redirect_uri response_type state code code_verifier code_challenge code_challenge_method grant_type refresh_token device_code request request_uri dpop_jkt'

  test.each([...RESERVED.split(' '), 'appid'])('rejects %s among the parameters of one request', name => {
    const client = clientOf({ quirks: { authorizationRequest: [renamed('client_id', 'appid')] } })
    for (const start of [
      client.Authorize.byCode,
      () => client.Authorize.byCode({ parameters: { [name]: 'x' } }),
    ])
      if (start !== client.Authorize.byCode)
        expect(start).toThrow(new TypeError(`parameters must not have '${name}': Latchkey sets it`))
  })

  test.each<[unknown, string]>([
    [{ parameters: { prompt: ['a', 'b'] } }, 'parameters.prompt must be a string, not an array'],
    [{ parameters: { prompt: 1 } }, 'parameters.prompt must be a string, not of type number'],
    [{ parameters: { resource: [1] } }, 'parameters.resource must be a string, not of type number'],
    [{ parameters: ['a'] }, 'parameters must be an object, not an array'],
    [{ scope: 5 }, 'scope must be a string, not of type number'],
    [{ scope: ['a', 1] }, 'scope must be a string, not an array'],
    [{ state: 5 }, 'state must be a string, not of type number'],
    [{ scopes: 'a' }, "'scopes' is not an option of an authorization request"],
  ])('%j is a TypeError', (own, message) => {
    expect(() => clientOf().Authorize.byCode(own as never)).toThrow(TypeError)
    expect(() => clientOf().Authorize.byCode(own as never)).toThrow(message)
  })

  test('a pushed request has the same parameters, those that repeat too', async () => {
    responses['/par'] = [{ status: 201, body: { request_uri: 'urn:x', expires_in: 60 } }]
    const client = clientOf({
      pushedAuthorizationRequestEndpoint: `${server.url}/par`,
      authorizationFragment: 'x',
      authorizationParameters: { audience: 'api' },
    })
    const { url } = await pushAuthorization(client, { parameters: { resource: ['urn:a', 'urn:b'] } })
    const pushed = new URLSearchParams(last().body)
    expect(pushed.getAll('resource')).toEqual(['urn:a', 'urn:b'])
    expect(pushed.get('audience')).toBe('api')
    expect(url).toBe(`${server.url}/authorize?client_id=id&request_uri=urn%3Ax`)
  })

  test('a device request has scopes and parameters of its own', async () => {
    responses['/device'] = [
      {
        body: {
          device_code: 'd',
          user_code: 'U',
          verification_uri: 'https://as.example/device',
          expires_in: 600,
        },
      },
    ]
    const client = clientOf({
      deviceAuthorizationEndpoint: `${server.url}/device`,
      scopeSeparator: ',',
      tokenParameters: { audience: 'api' },
    })
    await deviceAuthorization(client, { scope: ['a', 'b'], parameters: { acr_values: 'mfa' } })
    expect(formOf(last())).toEqual({
      client_id: 'id',
      client_secret: 's3cret',
      scope: 'a,b',
      acr_values: 'mfa',
      audience: 'api',
    })
  })

  test('asks for a refresh token: harmless parameters always, a scope and a prompt with offline: true', () => {
    const offline = { scope: 'offline_access', parameters: { access_type: 'offline', prompt: 'consent' } }
    const usual = queryOf(clientOf({ offline }, { scope: 'read' }))
    expect([usual.get('scope'), usual.get('access_type'), usual.get('prompt')]).toEqual([
      'read',
      'offline',
      null,
    ])
    const asked = queryOf(clientOf({ offline }, { scope: 'read', offline: true }))
    expect([asked.get('scope'), asked.get('prompt')]).toEqual(['read offline_access', 'consent'])
    const both = clientOf({ offline }, { scope: 'offline_access read', offline: true })
    expect(queryOf(both).get('scope')).toBe('offline_access read')
    expect(queryOf(clientOf({ offline }, { offline: true })).get('scope')).toBe('offline_access')
  })

  test('a sign-in that got no refresh token warns once, and names the option', async () => {
    const warnings: string[] = []
    responses['/token'] = [{ body: { ...GRANTED, refresh_token: undefined } }]
    const logger = { warn: (message: string) => void warnings.push(message) }
    const offline = { scope: 'offline_access' }
    for (const options of [{}, { offline: true }]) {
      const client = clientOf({ offline }, { logger, ...options })
      await signIn(client)
      await signIn(client)
    }
    await signIn(clientOf({}, { logger }))
    expect(warnings).toEqual([
      'Latchkey: acme issued no refresh token: new Client({ offline: true }) requests one',
    ])
  })
})

describe('the token request', () => {
  test('has constants; a refresh overrides them, goes to its own endpoint, and quirks have the last word', async () => {
    responses['/refresh'] = [{ body: { ...GRANTED, access_token: 'a2' } }]
    const seen: unknown[] = []
    const client = clientOf(
      {
        tokenParameters: { expiring: '1', action: 'request' },
        refreshParameters: { expiring: null, audience: 'api' },
        refreshEndpoint: `${server.url}/refresh`,
        quirks: {
          tokenRequest: [
            renamed('client_id', 'client_key'),
            (parameters, { to, grant, scope, redirect_uri }) => {
              seen.push({ to, grant, scope, redirect_uri })
              return { ...parameters, extra: 'x' }
            },
          ],
        },
      },
      { scope: 'read' },
    )
    await signIn(client)
    expect(formOf(last())).toEqual({
      grant_type: 'authorization_code',
      code: 'c0de',
      redirect_uri: 'https://app.example/callback',
      expiring: '1',
      action: 'request',
      client_key: 'id',
      client_secret: 's3cret',
      extra: 'x',
    })
    await client.rejected('a1')
    expect(last().path).toBe('/refresh')
    expect(formOf(last())).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r1',
      action: 'request',
      audience: 'api',
      client_key: 'id',
      client_secret: 's3cret',
      extra: 'x',
    })
    const about = { to: 'token', scope: 'read', redirect_uri: 'https://app.example/callback' }
    expect(seen).toEqual([
      { ...about, grant: 'authorization_code' },
      { ...about, grant: 'refresh_token' },
    ])
  })

  test.each(['form', 'json', 'query'] as const)('is sent as %s', async tokenRequestFormat => {
    await signIn(clientOf({ tokenRequestFormat }))
    const { method, query, body, headers } = last()
    const parameters = {
      form: () => Object.fromEntries(new URLSearchParams(body)),
      json: () => JSON.parse(body) as unknown,
      query: () => Object.fromEntries(query),
    }[tokenRequestFormat]()
    expect(parameters).toEqual({
      grant_type: 'authorization_code',
      code: 'c0de',
      redirect_uri: 'https://app.example/callback',
      client_id: 'id',
      client_secret: 's3cret',
    })
    expect([method, headers['content-type']]).toEqual(
      {
        form: ['POST', 'application/x-www-form-urlencoded'],
        json: ['POST', 'application/json'],
        query: ['GET', undefined],
      }[tokenRequestFormat],
    )
  })

  test.each(['form', 'json', 'query'] as const)(
    'no error repeats the secrets of a request as %s',
    async format => {
      const client = clientOf({
        tokenRequestFormat: format,
        quirks: { tokenRequest: [renamed('code', 'c')] },
      })
      const secret = 'sp@ce d secret'
      client.client_secret = secret
      const redirect = 'https://app.example/callback'
      for (const word of [
        secret,
        encodeURIComponent(secret),
        JSON.stringify({ a: secret }),
        'the-c0de-value',
      ]) {
        responses['/token'] = [{ status: 400, body: { error: 'no', error_description: `got ${word}` } }]
        const auth = client.Authorize.byCode()
        const error = (await auth
          .authorize(`${redirect}?code=the-c0de-value&state=${auth.state}`)
          .catch((thrown: unknown) => thrown)) as Error & { body: string }
        expect(`${error.message}${error.body}`).not.toMatch(/sp@ce|sp%40ce|the-c0de/)
      }
    },
  )

  test('an endpoint that is misplaced is named without its query', async () => {
    responses['/token'] = [{ status: 404, body: {} }]
    const client = clientOf({ tokenRequestFormat: 'query' })
    await expect(signIn(client)).rejects.toMatchObject({
      message: expect.stringMatching(/check the endpoint http:\/\/127\.0\.0\.1:\d+\/token$/),
    })
  })

  test('names a resource in every request (RFC 8707)', async () => {
    const provider = forResource(defineProvider(describedAs({})), 'https://api.example/')
    const client = clientOf({}, { provider })
    expect(new URL(client.Authorize.byCode().url).searchParams.get('resource')).toBe('https://api.example/')
    await signIn(client)
    await client.rejected('a1')
    expect(arrived.map(one => formOf(one)['resource'])).toEqual([
      'https://api.example/',
      'https://api.example/',
    ])
  })
})

describe('the token response', () => {
  test('quirks are told the grant and the time', async () => {
    const seen: unknown[] = []
    const clock = fakeClock()
    const client = clientOf(
      {
        quirks: {
          tokenResponse: [
            (value, body, { to, grant, nowMs }) => {
              seen.push([to, grant, nowMs, body.length > 0])
              return value
            },
          ],
        },
      },
      { clock },
    )
    await signIn(client)
    await client.rejected('a1')
    expect(seen).toEqual([
      ['token', 'authorization_code', clock.nowMs(), true],
      ['token', 'refresh_token', clock.nowMs(), true],
    ])
  })

  test.each<[string, (nowMs: number) => unknown]>([
    ['Unix time in s', nowMs => nowMs / 1000 + 120],
    ['Unix time in ms', nowMs => nowMs + 120_000],
    ['text in s', nowMs => String(nowMs / 1000 + 120)],
    ['ISO 8601', nowMs => new Date(nowMs + 120_000).toISOString()],
  ])('expires_at as %s becomes a lifetime', async (_, at) => {
    const clock = fakeClock({ nowMs: 1_790_000_000_000 })
    responses['/token'] = [{ body: { access_token: 'a', refresh_token: 'r', expires_at: at(clock.nowMs()) } }]
    const client = clientOf({ quirks: { tokenResponse: [tokenTypeMissing, expiresAt()] } }, { clock })
    await signIn(client)
    expect((await client.tokens())?.expires_in).toBe(120)
  })

  test('a default lifetime counts only where the server sends none', async () => {
    const client = clientOf({ defaultExpiresIn: 7200 })
    await signIn(client)
    expect((await client.tokens())?.expires_in).toBe(3600)
    responses['/token'] = [{ body: { ...GRANTED, expires_in: undefined } }]
    await signIn(client)
    expect((await client.tokens())?.expires_in).toBe(7200)
  })

  test.each<[string, unknown]>([
    ['refresh_token_expires_in', 600],
    ['refresh_expires_in', '600'],
    ['x_refresh_token_expires_in', 600],
  ])('%s says when the refresh token ends', async (member, lifetime) => {
    const clock = fakeClock()
    responses['/token'] = [{ body: { ...GRANTED, [member]: lifetime } }]
    const client = clientOf({}, { clock })
    await signIn(client)
    expect((await client.status()).refreshTokenExpiresAt).toBe(clock.nowMs() + 600_000)
  })

  test('a described lifetime slides only where a use renews it', async () => {
    for (const sliding of [false, true]) {
      const clock = fakeClock()
      responses['/token'] = [
        { body: GRANTED },
        { body: { ...GRANTED, access_token: 'a2', refresh_token: undefined } },
      ]
      const client = clientOf({ refreshToken: { expiresIn: 86_400, sliding } }, { clock })
      await signIn(client)
      const first = clock.nowMs() + 86_400_000
      expect((await client.status()).refreshTokenExpiresAt).toBe(first)
      await clock.advance(60_000)
      await client.rejected('a1')
      expect((await client.status()).refreshTokenExpiresAt).toBe(sliding ? first + 60_000 : first)
    }
  })

  test('a refresh that ends the old access token waits for its last 30 s', async () => {
    for (const [endsAccessToken, refreshes] of [
      [true, 0],
      [false, 1],
    ] as const) {
      const clock = fakeClock()
      const client = clientOf({ refreshToken: { endsAccessToken } }, { clock })
      await signIn(client)
      arrived = []
      await clock.advance(3_540_000)
      await client.accessToken()
      await client.settled()
      expect(arrived.length).toBe(refreshes)
    }
  })

  test('a second set of tokens signs in to an account of its own', async () => {
    const second = { access_token: 'u1', token_type: 'bearer', refresh_token: 'ur', scope: 'a' }
    responses['/token'] = [{ body: { ...GRANTED, authed_user: { id: 'U', ...second } } }]
    const client = clientOf(
      { alsoTokens: { path: 'authed_user', suffix: 'user' } },
      { store: new MemoryTokenStore() },
    )
    const auth = client.Authorize.byCode()
    const { binding } = await auth.save()
    const { account, tokens } = await client.Authorize.complete(`/callback?code=c&state=${auth.state}`, {
      binding,
      account: () => 'T1',
    })
    expect(account).toBe('T1')
    expect(JSON.stringify(tokens)).not.toMatch(/u1|ur/)
    expect(await client.account('T1').accessToken()).toBe('a1')
    expect(await client.account('T1/user').accessToken()).toBe('u1')
    expect((await client.account('T1/user').tokens())?.refresh_token).toBe('ur')
  })
})

describe('errors', () => {
  const errors = [
    { at: 'token', word: 'access_denied', means: 'misconfigured' },
    { word: 40030, means: 'reauth' },
    { prefix: 'AADSTS700', means: 'reauth' },
    { at: 'token', status: 418, means: 'reauth' },
    { at: 'redirect', word: 'cancelled', means: 'declined' },
    { word: 'busy', means: 'transient' },
  ] as const

  test.each<[string, Sent, string]>([
    ['a word of the redirect', { status: 401, body: { error: 'access_denied' } }, 'misconfigured'],
    ['a number with status 200', { body: { errcode: 40030, errmsg: 'invalid, rid: 65f' } }, 'reauth'],
    ['a prefix', { status: 400, body: { error: 'x', error_description: 'AADSTS70008: expired' } }, 'reauth'],
    ['a status alone', { status: 418, body: {} }, 'reauth'],
    ['a word of another place', { status: 400, body: { error: 'cancelled' } }, 'unrecognized'],
    ['trouble', { status: 400, body: { error: 'busy' } }, 'transient'],
  ])('at the token endpoint: %s', async (_, response, kind) => {
    responses['/token'] = [response]
    await expect(signIn(clientOf({ quirks: { errors } }))).rejects.toMatchObject({ kind })
  })

  test('in a redirect', async () => {
    const client = clientOf({ quirks: { errors } })
    const denied = (error: string) => {
      const auth = client.Authorize.byCode()
      return auth.authorize(`https://app.example/callback?error=${error}&state=${auth.state}`)
    }
    await expect(denied('cancelled')).rejects.toMatchObject({ kind: 'declined' })
    await expect(denied('access_denied')).rejects.toMatchObject({ kind: 'declined' })
  })

  test('pending: the device polls on', async () => {
    const clock = fakeClock()
    const codes = {
      device_code: 'd',
      user_code: 'U',
      verification_uri: 'https://as.example',
      expires_in: 600,
    }
    responses['/device'] = [{ body: codes }]
    responses['/token'] = [{ status: 400, body: { error: 'not yet' } }, { body: GRANTED }]
    const client = clientOf(
      {
        deviceAuthorizationEndpoint: `${server.url}/device`,
        quirks: { errors: [{ at: 'device', word: 'not yet', means: 'pending' }] },
      },
      { clock },
    )
    const device = await deviceAuthorization(client)
    let isDone = false
    const authorized = device.authorize().finally(() => (isDone = true))
    while (!isDone) await clock.advanceToNext()
    expect((await authorized).access_token).toBe('a1')
  })
})

describe('the redirect', () => {
  test('may carry the code under another name', async () => {
    const client = clientOf({ quirks: { authorizationResponse: [renamed('spapi_oauth_code', 'code')] } })
    const auth = client.Authorize.byCode()
    await auth.authorize(`https://app.example/callback?spapi_oauth_code=c0de&state=${auth.state}`)
    expect(formOf(last())['code']).toBe('c0de')
  })

  test('keeps other parameters beside the tokens, at most 16 of 1 kB', async () => {
    const client = clientOf()
    await signIn(client, { realmId: '42', error_uri: 'x', id_token: 'x', long: 'x'.repeat(1025) })
    expect(await client.redirect()).toEqual({ realmId: '42' })
    await client.rejected('a1')
    expect(await client.redirect()).toEqual({ realmId: '42' })
    expect(JSON.stringify(await client.tokens())).not.toContain('realmId')
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, 'x']))
    await signIn(client, many)
    expect(Object.keys(await client.redirect())).toHaveLength(16)
    await client.signOut()
    expect(await client.redirect()).toEqual({})
  })

  test('may name the server: refreshes and revocations go there too', async () => {
    const other = await listen(() => (incoming, outgoing) => {
      arrived.push({
        method: incoming.method!,
        path: `other${incoming.url}`,
        query: new URLSearchParams(),
        headers: {},
        body: '',
      })
      outgoing
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...GRANTED, access_token: `b${arrived.length}` }))
    })
    const hosts = { from: { redirect: 'accounts-server' }, allowed: [server.url, other.url] }
    const client = clientOf({ hosts, revocationEndpoint: `${server.url}/revoke` })
    await signIn(client, { 'accounts-server': other.url })
    await client.rejected(await client.accessToken())
    await revoke(client)
    expect(arrived.map(({ path }) => path)).toEqual([
      'other/token',
      'other/token',
      'other/revoke',
      'other/revoke',
    ])
    arrived = []
    await signIn(client)
    expect(arrived.map(({ path }) => path)).toEqual(['/token'])
    arrived = []
    for (const bad of [
      'https://evil.example',
      `${server.url}/`,
      `${other.url}@evil.example`,
      other.url.toUpperCase(),
      '',
    ])
      await expect(signIn(client, { 'accounts-server': bad })).rejects.toMatchObject({
        code: 'redirect_invalid',
      })
    expect(arrived).toEqual([])
    await other.close()
  })

  test('may be signed: nothing is sent without a valid signature', async () => {
    const seen: unknown[] = []
    const client = clientOf({
      verifyRedirect: (parameters, credentials) => {
        seen.push(credentials.client_secret)
        return parameters['hmac'] === 'valid'
      },
    })
    await expect(signIn(client, { hmac: 'wrong' })).rejects.toMatchObject({ code: 'redirect_invalid' })
    expect(arrived).toEqual([])
    await signIn(client, { hmac: 'valid' })
    expect(arrived).toHaveLength(1)
    expect(seen).toEqual(['s3cret', 's3cret'])
  })

  test('its nonce must be in the id_token', async () => {
    const payloadOf = (nonce?: string) => ({
      iss: server.url,
      sub: 'user-1',
      aud: 'id',
      exp: Math.floor(Date.now() / 1000) + 600,
      ...(nonce && { nonce }),
    })
    const tokenOf = (payload: object): string =>
      [{ alg: 'none' }, payload, {}]
        .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
    const client = clientOf({ issuer: server.url, identity: 'id_token.sub' })
    for (const [sent, returned, isAccepted] of [
      ['n1', 'n1', true],
      ['n1', 'n2', false],
      ['n1', undefined, false],
      [undefined, 'n2', true],
    ] as const) {
      responses['/token'] = [{ body: { ...GRANTED, id_token: tokenOf(payloadOf(returned)) } }]
      const auth = client.Authorize.byCode({ parameters: { nonce: sent } })
      const { binding } = await auth.save()
      const completing = client.Authorize.complete(`/callback?code=c&state=${auth.state}`, { binding })
      if (isAccepted) expect((await completing).account).toBe('user-1')
      else await expect(completing).rejects.toMatchObject({ message: 'the id_token has another nonce' })
    }
  })
})

describe('the API', () => {
  test('receives the described headers, and nobody else does', async () => {
    responses['/api'] = [{ body: {} }]
    const api = {
      origins: [server.url],
      scheme: 'Zoho-oauthtoken',
      headers: {
        'Client-Id': '{client_id}',
        'X-Token': '{access_token}',
        'X-Version': '2',
        'X-Key': '{mashape_key}',
      },
    }
    const client = clientOf({ api })
    await signIn(client)
    const fetched = authorizedFetch(client)
    await fetched(`${server.url}/api`)
    expect(last().headers).toMatchObject({
      authorization: 'Zoho-oauthtoken a1',
      'client-id': 'id',
      'x-token': 'a1',
      'x-version': '2',
    })
    expect(last().headers).not.toHaveProperty('x-key')
    expect(await client.headersFor({ url: `${server.url}/api` })).toEqual({
      authorization: 'Zoho-oauthtoken a1',
      'client-id': 'id',
      'x-token': 'a1',
      'x-version': '2',
    })
    for (const url of [
      'https://evil.example/',
      `${server.url}/token`,
      'nonsense',
      `${server.url}@evil.example/`,
    ])
      await expect(client.headersFor({ url })).rejects.toThrow(TypeError)
  })

  test('a request that brings a credential itself is left alone; its own version stays', async () => {
    responses['/api'] = [{ body: {} }]
    const client = clientOf({
      api: { origins: [server.url], headers: { 'X-Token': '{access_token}', 'X-Version': '2' } },
    })
    await signIn(client)
    const fetched = authorizedFetch(client)
    await fetched(`${server.url}/api`, { headers: { 'x-token': 'own' } })
    expect(last().headers).toMatchObject({ 'x-token': 'own' })
    expect(last().headers).not.toHaveProperty('authorization')
    await fetched(`${server.url}/api`, { headers: { 'x-version': '1' } })
    expect(last().headers).toMatchObject({ 'x-version': '1', authorization: 'Bearer a1' })
  })

  test('scheme null sends no Authorization, and a rejected token is refreshed all the same', async () => {
    responses['/api'] = [{ status: 401 }, { body: {} }]
    const client = clientOf({
      api: { origins: [server.url], scheme: null, headers: { 'X-Token': '{access_token}' } },
    })
    await signIn(client)
    responses['/token'] = [{ body: { ...GRANTED, access_token: 'a2' } }]
    expect((await authorizedFetch(client)(`${server.url}/api`)).status).toBe(200)
    expect(last().headers).toMatchObject({ 'x-token': 'a2' })
    expect(last().headers).not.toHaveProperty('authorization')
  })

  test('its origin may stand in the token response, if it follows the pattern', async () => {
    const instance = { instance_url: 'https://eu1.crm.example' }
    responses['/token'] = [{ body: { ...GRANTED, ...instance } }]
    const api = {
      origins: (tokens: Tokens) => tokens['instance_url'],
      originPattern: /^https:\/\/[\w-]+\.crm\.example$/,
    }
    const client = clientOf({ api })
    await expect(client.headersFor({ url: 'https://eu1.crm.example/x' })).rejects.toMatchObject({
      code: 'signed_out',
    })
    await signIn(client)
    expect(await client.headersFor({ url: 'https://eu1.crm.example/x' })).toEqual({
      authorization: 'Bearer a1',
    })
    for (const url of [
      'https://eu2.crm.example/',
      'https://eu1.crm.example.evil.example/',
      'http://eu1.crm.example/',
    ])
      await expect(client.headersFor({ url })).rejects.toThrow(TypeError)
    responses['/token'] = [{ body: { ...GRANTED, instance_url: 'https://evil.example' } }]
    await signIn(client)
    for (const url of ['https://evil.example/', 'https://eu1.crm.example/'])
      await expect(client.headersFor({ url })).rejects.toThrow(TypeError)
  })
})

test('endSession signs the account out, and returns the URL that ends the session at the server', async () => {
  responses['/token'] = [{ body: { ...GRANTED, id_token: 'h.p.s' } }]
  const client = clientOf({ endSessionEndpoint: `${server.url}/logout` })
  await signIn(client)
  const url = await endSession(client, { post_logout_redirect_uri: 'https://app.example/', state: 's' })
  expect(url).toBe(
    `${server.url}/logout?id_token_hint=h.p.s&client_id=id&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&state=s`,
  )
  expect((await client.status()).status).toBe('signedOut')
  expect(await endSession(client)).toBe(`${server.url}/logout?client_id=id`)
  await expect(endSession(clientOf())).rejects.toMatchObject({ kind: 'misconfigured' })
  await expect(endSession(client, { state: 's\n' })).rejects.toThrow(TypeError)
  await expect(endSession(client, { redirect: 'x' } as never)).rejects.toThrow(TypeError)
})
