// Tests against `@node-oauth/oauth2-server`, described by hand: it has no metadata and does not decode HTTP Basic.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  Client,
  clientCredentials,
  type ClientOptions,
  defineProvider,
  type Provider,
  type ProviderDescription,
} from '@latchkey/core'
import { clientSecretBasicRaw } from '@latchkey/core/provider'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Browser } from './servers/browser.ts'
import { listen } from './servers/listen.ts'
import {
  CLIENT,
  type Oauth2Server,
  OTHER_REDIRECT_URI,
  REDIRECT_URI,
  startOauth2Server,
} from './servers/oauth2-server.ts'
import { hastyClock } from './support.ts'

let server: Oauth2Server
let provider: Provider

beforeEach(async () => {
  server = await startOauth2Server()
  provider = describe()
})

afterEach(() => server.close())

function describe(more: Partial<ProviderDescription> = {}): Provider {
  return defineProvider({
    name: 'oauth2-server',
    authorizationEndpoint: `${server.url}/authorize`,
    tokenEndpoint: `${server.url}/token`,
    clientAuthentication: clientSecretBasicRaw,
    ...more,
  })
}

const clientOf = (options: ClientOptions = {}): Client =>
  new Client({
    ...CLIENT,
    redirect_uri: REDIRECT_URI,
    scope: 'read write',
    provider,
    transport: fetchTransport(),
    ...options,
  })

const allow = (url: string): Promise<string> => new Browser(REDIRECT_URI).open(url)

test('by code with S256; then a refresh, which rotates; a used refresh token revokes the family', async () => {
  const client = clientOf()
  const auth = client.Authorize.byCode()
  const first = await auth.authorize(await allow(auth.url))
  expect(first).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number), scope: 'read write' })

  const second = (await client.Authorize.regenerateFromRefreshToken())!
  expect(second.refresh_token).not.toBe(first.refresh_token)

  await expect(client.Authorize.regenerateFromRefreshToken(first.refresh_token)).rejects.toMatchObject({
    code: 'invalid_grant',
    message: 'oauth2-server says: invalid_grant: Invalid grant: refresh token is invalid (HTTP 400)',
  })
  await expect(client.Authorize.regenerateFromRefreshToken()).rejects.toMatchObject({
    code: 'reauth_required',
  })
  // The access token still works, and is used until it ends.
  expect(await client.status()).toMatchObject({ status: 'live', because: 'refresh-token-refused' })
})

test('a secret in the body works too; form-encoded HTTP Basic does not, so the server needs the quirk', async () => {
  const inBody = clientOf({
    provider: describe({ clientAuthentication: 'client_secret_post' }),
  }).Authorize.byCode()
  expect(await inBody.authorize(await allow(inBody.url))).toHaveProperty('access_token')

  const encoded = clientOf({
    provider: describe({ clientAuthentication: 'client_secret_basic' }),
  }).Authorize.byCode()
  await expect(encoded.authorize(await allow(encoded.url))).rejects.toMatchObject({
    code: 'misconfigured',
    message:
      'oauth2-server says: invalid_client: Invalid client: client is invalid (HTTP 401): the client_secret was sent by HTTP Basic',
  })
})

test('the code has expired', async () => {
  const auth = clientOf().Authorize.byCode()
  const redirect = await allow(auth.url)
  server.expireCodes()
  await expect(auth.authorize(redirect)).rejects.toMatchObject({
    code: 'invalid_grant',
    message:
      'oauth2-server says: invalid_grant: Invalid grant: authorization code has expired (HTTP 400); the flow still waits for another one',
    stillWaits: true,
  })
})

test('the code verifier is another flow’s', async () => {
  const victim = clientOf().Authorize.byCode('a-state')
  const redirect = await allow(victim.url)
  await expect(clientOf().Authorize.byCode('a-state').authorize(redirect)).rejects.toMatchObject({
    code: 'invalid_grant',
    message:
      'oauth2-server says: invalid_grant: Invalid grant: code verifier is invalid (HTTP 400); the flow still waits for another one',
  })
})

test('the user denies', async () => {
  server.deny()
  const auth = clientOf().Authorize.byCode()
  await expect(auth.authorize(await allow(auth.url))).rejects.toMatchObject({
    code: 'access_denied',
    message: 'oauth2-server says: access_denied: Access denied: user denied access to application',
  })
})

test('a denial is final: the same flow accepts no other redirect', async () => {
  server.deny()
  const auth = clientOf().Authorize.byCode()
  const redirect = await allow(auth.url)
  await expect(auth.authorize(redirect)).rejects.toMatchObject({ code: 'access_denied', stillWaits: false })
  await expect(auth.authorize(redirect)).rejects.toMatchObject({
    code: 'flow_state',
    message: 'this flow is over: start a new one',
  })
})

test('client credentials: tokens for the client itself, which accessToken() renews', async () => {
  const clock = hastyClock(Date.now())
  const client = clientOf({ scope: 'read', clock })
  const first = await clientCredentials(client)
  expect(first).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number), scope: 'read' })
  expect(await client.accessToken()).toBe(first.access_token)
  await clock.advance(3_601_000)
  expect(await client.accessToken()).not.toBe(first.access_token)
})

test('a replayed redirect is rejected, by the flow and, as a used code, by the server; the tokens stay', async () => {
  const client = clientOf()
  const auth = client.Authorize.byCode('a-state')
  const saved = JSON.stringify(auth)
  const redirect = await allow(auth.url)
  const { access_token } = await auth.authorize(redirect)
  await expect(auth.authorize(redirect)).rejects.toMatchObject({ code: 'flow_state' })
  await expect(client.Authorize.resume(saved).authorize(redirect)).rejects.toMatchObject({
    code: 'invalid_grant',
  })
  expect(client.access_token).toBe(access_token)
})

test('a redirect of another tab is not used: both flows can still end', async () => {
  const client = clientOf()
  const [left, right] = [client.Authorize.byCode(), client.Authorize.byCode()]
  const [ofLeft, ofRight] = [await allow(left.url), await allow(right.url)]
  await expect(left.authorize(ofRight)).rejects.toMatchObject({ code: 'state_mismatch', stillWaits: true })
  expect(await right.authorize(ofRight)).toHaveProperty('access_token')
  expect(await left.authorize(ofLeft)).toHaveProperty('access_token')
})

test('mix-up with a server that sends no iss: no server gets the code of another, because each has its own redirect URI', async () => {
  // RFC 9700 section 4.4.1: the user chose the attacker's server, which redirects to the honest one.
  const stolen: string[] = []
  const evil = await listen(() => (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://evil')
    if (pathname === '/token') {
      request.on('data', data => stolen.push(String(data)))
      return void response.writeHead(400).end('{"error":"invalid_grant"}')
    }
    searchParams.set('redirect_uri', REDIRECT_URI)
    response.writeHead(302, { location: `${server.url}/authorize?${searchParams}` }).end()
  })
  try {
    const theirs = clientOf({
      redirect_uri: OTHER_REDIRECT_URI,
      provider: describe({
        name: 'evil',
        authorizationEndpoint: `${evil.url}/authorize`,
        tokenEndpoint: `${evil.url}/token`,
      }),
    }).Authorize.byCode()
    const redirect = await allow(theirs.url)
    expect(redirect).toContain(`${REDIRECT_URI}?code=`)
    await expect(theirs.authorize(redirect)).rejects.toMatchObject({
      code: 'redirect_invalid',
      message: expect.stringContaining('the redirect came to /callback, not to the path of the redirect_uri'),
    })
    expect(stolen).toEqual([])
  } finally {
    await evil.close()
  }
})
