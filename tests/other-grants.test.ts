// Features that only some servers have, against `oidc-provider`: device authorization, client credentials, pushed
// requests, revocation, introspection, resources.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  Client,
  clientCredentials,
  type ClientOptions,
  deviceAuthorization,
  discover,
  forResource,
  introspect,
  MemoryTokenStore,
  type Provider,
  pushAuthorization,
  revoke,
  type Transport,
} from '@latchkey/core'
import { github as describeGithub } from '@latchkey/providers'
import { fakeClock } from '@latchkey/test-kit'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Browser } from './servers/browser.ts'
import { listen } from './servers/listen.ts'
import { CLIENTS, type OidcProvider, REDIRECT_URI, startOidcProvider } from './servers/oidc-provider.ts'

const API = 'https://api.example/'

let server: OidcProvider
let provider: Provider
let sent: { readonly url: string; readonly body: string }[]
const transport: Transport = {
  send(request, options) {
    sent.push({ url: request.url, body: request.body ?? '' })
    return fetchTransport().send(request, options)
  },
}

beforeEach(async () => {
  sent = []
  server = await startOidcProvider({
    features: {
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'read', accessTokenFormat: 'opaque' }),
        useGrantedResource: () => true,
      },
    },
  })
  provider = await discover(server.url, { transport })
  sent = []
})

afterEach(() => {
  jest.restoreAllMocks()
  return server.close()
})

const clientOf = (options: ClientOptions = {}): Client =>
  new Client({
    ...CLIENTS.confidential,
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    provider,
    transport,
    ...options,
  })

const formsSentTo = (path: string): URLSearchParams[] =>
  sent.filter(({ url }) => url === server.url + path).map(({ body }) => new URLSearchParams(body))

async function signedIn(options?: ClientOptions): Promise<Client> {
  const client = clientOf(options)
  const auth = client.Authorize.byCode()
  await auth.authorize(await new Browser(REDIRECT_URI).open(auth.url))
  return client
}

/** Advances the clock while something sleeps, until `work` is done. */
async function passing<T>(clock: ReturnType<typeof fakeClock>, work: Promise<T>): Promise<T> {
  let done = false
  const end = (): void => void (done = true)
  work.then(end, end)
  while (!done) {
    await clock.advanceToNext()
    await new Promise(resolve => setImmediate(resolve))
  }
  return work
}

describe('device authorization (RFC 8628)', () => {
  test.each([
    ['a client with a secret', CLIENTS.confidential],
    ['a client without', { ...CLIENTS.public, client_secret: null }],
  ])('%s: the user types the code on another device, and the tokens arrive', async (_, credentials) => {
    const clock = fakeClock({ nowMs: Date.now() })
    const client = clientOf({ ...credentials, clock })
    const device = await deviceAuthorization(client)
    expect(device).toMatchObject({
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verification_uri: `${server.url}/device`,
      verification_uri_complete: `${server.url}/device?user_code=${device.user_code}`,
      expires_at: clock.nowMs() + 600_000,
    })

    const waiting = device.authorize()
    await clock.advanceToNext() // polled once, without success
    const page = await new Browser(REDIRECT_URI).fill(
      device.verification_uri,
      { user_code: device.user_code },
      {},
    )
    expect(page).toBe('done')

    const tokens = await passing(clock, waiting)
    expect(tokens).toMatchObject({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      scope: 'openid',
    })
    expect(client.access_token).toBe(tokens.access_token)
    expect(formsSentTo('/token').length).toBeGreaterThan(1)
    await expect(device.authorize()).rejects.toMatchObject({ code: 'flow_state' })
    expect(device.toJSON()).toEqual({ type: 'authorized', resumable: false })
  })

  test('the user denies', async () => {
    const clock = fakeClock({ nowMs: Date.now() })
    const device = await deviceAuthorization(clientOf({ clock }))
    server.deny()
    await new Browser(REDIRECT_URI).fill(device.verification_uri, { user_code: device.user_code }, {})
    await expect(passing(clock, device.authorize())).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringContaining('says: access_denied: the user denied'),
    })
  })

  test('nobody signs in: the server reports an expired code, or the lifetime ends here', async () => {
    const clock = fakeClock({ nowMs: Date.now() })
    const device = await deviceAuthorization(clientOf({ clock }))
    const now = Date.now()
    jest.spyOn(Date, 'now').mockImplementation(() => now + 601_000)
    await expect(passing(clock, device.authorize())).rejects.toMatchObject({
      code: 'invalid_grant',
      message: expect.stringContaining('says: expired_token'),
    })
    jest.restoreAllMocks()

    const late = await deviceAuthorization(clientOf({ clock }))
    clock.jump(600_000)
    await expect(passing(clock, late.authorize())).rejects.toMatchObject({
      message: 'the device code has expired: start again',
    })
  })

  test('one wait at a time; a signal ends it, and another one may start', async () => {
    const clock = fakeClock({ nowMs: Date.now() })
    const device = await deviceAuthorization(clientOf({ clock }))
    const stop = new AbortController()
    const waiting = device.authorize({ signal: stop.signal })
    await expect(device.authorize()).rejects.toMatchObject({ code: 'flow_state' })
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(formsSentTo('/token')).toHaveLength(0)

    await new Browser(REDIRECT_URI).fill(device.verification_uri, { user_code: device.user_code }, {})
    expect(await passing(clock, device.authorize())).toHaveProperty('access_token')
  })

  test('it is saved, and ends in another process', async () => {
    const clock = fakeClock({ nowMs: Date.now() })
    const saved = JSON.stringify(await deviceAuthorization(clientOf({ clock })))
    const resumed = await deviceAuthorization(clientOf({ clock }), saved)
    await new Browser(REDIRECT_URI).fill(resumed.verification_uri, { user_code: resumed.user_code }, {})
    expect(await passing(clock, resumed.authorize())).toHaveProperty('access_token')
    expect(formsSentTo('/device/auth')).toHaveLength(1)

    for (const [wrong, message] of [
      ['nothing', 'this is not a saved flow'],
      [{ ...JSON.parse(saved), v: 2 }, 'another version'],
      [{ ...JSON.parse(saved), client_id: 'other' }, 'another provider or client_id'],
      [{ ...JSON.parse(saved), device_code: 1 }, 'damaged'],
      [{ type: 'authorized', resumable: false }, 'was over'],
    ] as const)
      await expect(deviceAuthorization(clientOf({ clock }), wrong as string)).rejects.toMatchObject({
        code: 'saved_flow_invalid',
        message: expect.stringContaining(message),
      })
  })

  test('a server that cannot be reached does not end it', async () => {
    const clock = fakeClock({ nowMs: Date.now() })
    let down = 2
    const flaky: Transport = {
      send: (request, options) =>
        request.url.endsWith('/token') && down-- > 0
          ? fetchTransport().send({ ...request, url: 'http://127.0.0.1:1/token' }, options)
          : transport.send(request, options),
    }
    const device = await deviceAuthorization(clientOf({ clock, transport: flaky }))
    await new Browser(REDIRECT_URI).fill(device.verification_uri, { user_code: device.user_code }, {})
    const before = clock.nowMs()
    expect(await passing(clock, device.authorize())).toHaveProperty('access_token')
    expect(clock.nowMs() - before).toBe(5_000 + 10_000 + 20_000)
  })
})

describe('client credentials (RFC 6749 section 4.4)', () => {
  test('tokens for the client itself, which accessToken() renews, here and in another process', async () => {
    const clock = fakeClock({ nowMs: Date.now() })
    const store = new MemoryTokenStore({ clock })
    const client = clientOf({ scope: null, clock, store })
    const first = await clientCredentials(client)
    expect(first).toMatchObject({ token_type: 'Bearer', expires_in: 600 })
    expect(first).not.toHaveProperty('refresh_token')
    expect(await client.accessToken()).toBe(first.access_token)
    expect(formsSentTo('/token')).toHaveLength(1)

    await clock.advance(601_000)
    const second = await client.accessToken()
    expect(second).not.toBe(first.access_token)
    expect(formsSentTo('/token').map(body => body.get('grant_type'))).toEqual([
      'client_credentials',
      'client_credentials',
    ])

    await clock.advance(601_000)
    const elsewhere = clientOf({ scope: null, clock, store })
    expect(await elsewhere.accessToken()).not.toBe(second)
    expect(formsSentTo('/token')).toHaveLength(3)
  })

  test('an access token that an API rejected is replaced', async () => {
    const client = clientOf({ scope: null })
    const { access_token } = await clientCredentials(client)
    expect(await client.rejected(access_token)).not.toBe(access_token)
  })

  test('a client without permission, and a provider without the grant', async () => {
    const open = clientOf({ ...CLIENTS.public, client_secret: null, scope: null })
    await expect(clientCredentials(open)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('says: invalid_request: requested grant type is not allowed'),
    })
    const without = clientOf({ provider: { ...provider, grants: ['authorization_code'] } })
    await expect(clientCredentials(without)).rejects.toMatchObject({
      code: 'misconfigured',
      message: `the provider '${provider.name}' has no client_credentials grant`,
    })
  })
})

describe('pushed authorization requests (RFC 9126)', () => {
  test('the URL has only a reference; the rest is as by code', async () => {
    const client = clientOf()
    const auth = await pushAuthorization(client)
    const query = new URL(auth.url).searchParams
    expect([...query.keys()]).toEqual(['client_id', 'request_uri'])
    expect(query.get('request_uri')).toMatch(/^urn:ietf:params:oauth:request_uri:/)
    expect(Object.fromEntries(formsSentTo('/request')[0]!)).toMatchObject({
      client_id: CLIENTS.confidential.client_id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: auth.state,
      code_challenge_method: 'S256',
    })

    const redirect = await new Browser(REDIRECT_URI).open(auth.url)
    expect(await auth.authorize(redirect)).toHaveProperty('access_token')
  })

  test('it is saved and resumed like any other', async () => {
    const auth = await pushAuthorization(clientOf(), 'my-state')
    const redirect = await new Browser(REDIRECT_URI).open(auth.url)
    const tokens = await clientOf().Authorize.resume(JSON.stringify(auth)).authorize(redirect)
    expect(tokens).toHaveProperty('access_token')
  })

  test('a server that requires it: byCode throws and makes no URL', () => {
    const client = clientOf({ provider: { ...provider, requirePushedAuthorizationRequests: true } })
    expect(() => client.Authorize.byCode()).toThrow('call pushAuthorization(client)')
  })

  test('a server that requires it announces that, and rejects a request that was not pushed', async () => {
    const strict = await startOidcProvider({
      features: { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } },
    })
    try {
      const demanding = await discover(strict.url, { transport })
      expect(demanding).toMatchObject({ requirePushedAuthorizationRequests: true })
      const client = clientOf({ provider: demanding })
      expect(() => client.Authorize.byCode()).toThrow('call pushAuthorization(client)')

      const deaf = { ...demanding, requirePushedAuthorizationRequests: false }
      const plain = clientOf({ provider: deaf }).Authorize.byCode()
      const denied = await new Browser(REDIRECT_URI).open(plain.url)
      await expect(plain.authorize(denied)).rejects.toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining('says: invalid_request: Pushed Authorization Request must be used'),
      })

      const auth = await pushAuthorization(client)
      const redirect = await new Browser(REDIRECT_URI).open(auth.url)
      expect(await auth.authorize(redirect)).toHaveProperty('access_token')
    } finally {
      await strict.close()
    }
  })

  test('errors of the server', async () => {
    await expect(
      pushAuthorization(clientOf({ redirect_uri: 'http://127.0.0.1:1/elsewhere' })),
    ).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('says: invalid_request: redirect_uri did not match'),
    })
    await expect(pushAuthorization(clientOf({ client_secret: 'wr0ng-secret' }))).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('says: invalid_client'),
    })
  })
})

describe('revocation (RFC 7009)', () => {
  test('revoke: both tokens, the refresh token first; then the account is signed out', async () => {
    const client = await signedIn()
    const { access_token, refresh_token } = (await client.tokens())!
    await revoke(client)
    expect(
      formsSentTo('/token/revocation')
        .slice(0, 2)
        .map(body => Object.fromEntries(body)),
    ).toEqual([
      { token: refresh_token, token_type_hint: 'refresh_token' },
      { token: access_token, token_type_hint: 'access_token' },
    ])
    expect(await client.status()).toMatchObject({ status: 'signedOut' })
    for (const token of [access_token, refresh_token!])
      expect(await introspect(client, token)).toEqual({ active: false })
  })

  test('revoke: if the server does not revoke, nothing changes', async () => {
    const store = new MemoryTokenStore()
    const client = await signedIn({ store })
    const { access_token } = (await client.tokens())!
    client.client_secret = 'wr0ng-secret'
    await expect(revoke(client)).rejects.toMatchObject({ code: 'misconfigured' })
    expect(await client.accessToken()).toBe(access_token)
    client.client_secret = CLIENTS.confidential.client_secret
    expect(await introspect(client)).toMatchObject({ active: true })
  })

  test('signOut also requests revocation, and takes effect with any response', async () => {
    const client = await signedIn()
    const { access_token, refresh_token } = (await client.tokens())!
    await client.signOut()
    for (const token of [access_token, refresh_token!])
      expect(await introspect(client, token)).toEqual({ active: false })

    const other = await signedIn()
    await server.close()
    await other.signOut()
    expect(await other.status()).toMatchObject({ status: 'signedOut' })
    server = await startOidcProvider()
  })

  test('a provider with a request of its own, such as GitHub', async () => {
    const requests: string[] = []
    const github = await listen(() => (request, response) => {
      requests.push(`${request.method} ${request.url}`)
      response.writeHead(204).end()
    })
    await using _ = { [Symbol.asyncDispose]: github.close }
    const client = new Client({
      client_id: 'app',
      client_secret: 'secret',
      account: 'a',
      provider: describeGithub({ baseUrl: github.url }),
      transport: fetchTransport(),
    })
    await client.import({ access_token: 'a', expires_in: 3600 })
    await revoke(client)
    expect(requests).toEqual(['DELETE /api/v3/applications/app/token'])
    expect(await client.status()).toMatchObject({ status: 'signedOut' })
  })

  test('a provider without a revocation endpoint', async () => {
    await expect(
      revoke(clientOf({ provider: { ...provider, revocationEndpoint: undefined } })),
    ).rejects.toMatchObject({
      code: 'misconfigured',
      message: `the provider '${provider.name}' has no revocationEndpoint`,
    })
  })
})

describe('introspection (RFC 7662)', () => {
  test('of the stored access token, and of any other', async () => {
    const client = await signedIn()
    const { refresh_token } = (await client.tokens())!
    expect(await introspect(client)).toMatchObject({
      active: true,
      client_id: CLIENTS.confidential.client_id,
      sub: 'somebody',
      token_type: 'Bearer',
      scope: 'openid',
      exp: expect.any(Number),
    })
    expect(await introspect(client, refresh_token)).toMatchObject({ active: true })
    expect(await introspect(client, 'nonsense')).toEqual({ active: false })
  })

  test('without a signed-in user, or with a wrong secret', async () => {
    await expect(introspect(clientOf())).rejects.toMatchObject({ code: 'signed_out' })
    await expect(introspect(clientOf({ client_secret: 'wr0ng-secret' }), 'token')).rejects.toMatchObject({
      code: 'misconfigured',
    })
  })
})

describe('one resource (RFC 8707)', () => {
  test('every authorization and token request names it, and no other request does', async () => {
    const client = await signedIn({ provider: forResource(provider, API), scope: 'openid read' })
    await client.Authorize.regenerateFromRefreshToken()
    expect(await introspect(client)).toMatchObject({ active: true, aud: API, scope: 'read' })
    await revoke(client)
    expect(formsSentTo('/token').map(body => body.getAll('resource'))).toEqual([[API], [API]])
    for (const path of ['/token/introspection', '/token/revocation'])
      for (const body of formsSentTo(path)) expect(body.has('resource')).toBe(false)
  })

  test('for the client itself', async () => {
    const client = clientOf({ provider: forResource(provider, API), scope: 'read' })
    expect(await clientCredentials(client)).toMatchObject({ scope: 'read' })
    expect(await introspect(client)).toMatchObject({ active: true, aud: API })
  })

  test('the tokens of two resources share no record, even without an account', async () => {
    const store = new MemoryTokenStore()
    const clientOfApi = (resource: string): Client =>
      clientOf({ provider: forResource(provider, resource), store })
    const [first, second] = [clientOfApi(API), clientOfApi('https://other.example/')]
    await first.import({ access_token: 'of-the-first', expires_in: 3600 })
    await second.import({ access_token: 'of-the-second', expires_in: 3600 })
    expect(await clientOfApi(API).accessToken()).toBe('of-the-first')
    expect(await clientOfApi('https://other.example/').accessToken()).toBe('of-the-second')
    expect((await clientOf({ store }).status()).because).toBe('never-signed-in')
    for (const client of [first, second]) {
      const names = []
      for await (const name of client.accounts()) names.push(name)
      expect(names).toEqual(['default'])
    }
  })

  test('the last resource replaces one that was named before', async () => {
    const again = forResource(forResource(provider, 'https://other.example/'), API)
    expect(again).toEqual(forResource(provider, API))
  })

  test.each(['', 'api', '/api', 'https://api.example/#x', 'https://api.example/#', 1, undefined])(
    '%p is no resource',
    resource => {
      expect(() => forResource(provider, resource as string)).toThrow(TypeError)
    },
  )
})

test('a value that is not a client causes a TypeError', async () => {
  for (const wrong of [undefined, null, {}, 'id'] as never[])
    for (const call of [deviceAuthorization, clientCredentials, pushAuthorization, revoke, introspect])
      await expect((call as (client: Client) => Promise<unknown>)(wrong)).rejects.toThrow(
        new TypeError(
          'client must be a Client of this copy of @latchkey/core: is the package installed twice?',
        ),
      )
})
