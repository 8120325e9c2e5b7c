// Tests against `oidc-provider`, an independent, certified authorization server, over real HTTP.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Client, type ClientOptions, discover, type Provider } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Browser } from './servers/browser.ts'
import { CLIENTS, type OidcProvider, REDIRECT_URI, startOidcProvider } from './servers/oidc-provider.ts'

const transport = fetchTransport()
let server: OidcProvider
let provider: Provider

beforeEach(async () => {
  server = await startOidcProvider()
  provider = await discover(server.url, { transport })
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

const allow = (url: string): Promise<string> => new Browser(REDIRECT_URI).open(url)

test('discover reads its metadata', () => {
  expect(provider).toMatchObject({
    name: server.url.slice('http://'.length),
    issuer: server.url,
    issParameter: true,
    authorizationEndpoint: `${server.url}/auth`,
    tokenEndpoint: `${server.url}/token`,
    deviceAuthorizationEndpoint: `${server.url}/device/auth`,
    pushedAuthorizationRequestEndpoint: `${server.url}/request`,
    revocationEndpoint: `${server.url}/token/revocation`,
    introspectionEndpoint: `${server.url}/token/introspection`,
    grants: ['authorization_code', 'device_code', 'client_credentials', 'refresh_token'],
  })
  expect(provider.pkce).toBeInstanceOf(Function)
})

test.each([
  ['with a secret, by HTTP Basic, form-encoded', CLIENTS.confidential, undefined],
  ['with a secret, in the body', CLIENTS.posting, 'client_secret_post'],
  ['without a secret', CLIENTS.public, undefined],
] as const)(
  'by code with S256 and iss, a client %s; then a refresh, which rotates',
  async (_, credentials, clientAuthentication) => {
    const client = clientOf({
      ...credentials,
      client_secret: 'client_secret' in credentials ? credentials.client_secret : null,
      provider: clientAuthentication ? { ...provider, clientAuthentication } : provider,
    })
    const auth = client.Authorize.byCode()
    const redirect = await allow(auth.url)
    expect(new URL(redirect).searchParams.get('iss')).toBe(server.url)

    const first = await auth.authorize(redirect)
    expect(first).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid' })

    const second = await client.Authorize.regenerateFromRefreshToken()
    expect(second!.access_token).not.toBe(first.access_token)
    expect(second!.refresh_token).not.toBe(first.refresh_token)
    expect(client.access_token).toBe(second!.access_token)
  },
)

test('a rotated refresh token is rejected, and its use revokes the whole family', async () => {
  const client = clientOf()
  const auth = client.Authorize.byCode()
  const { refresh_token: used } = await auth.authorize(await allow(auth.url))
  const { refresh_token: fresh } = (await client.Authorize.regenerateFromRefreshToken())!

  await expect(client.Authorize.regenerateFromRefreshToken(used)).rejects.toMatchObject({
    code: 'invalid_grant',
    message: expect.stringContaining('says: invalid_grant: grant request is invalid (HTTP 400)'),
  })
  await expect(client.Authorize.regenerateFromRefreshToken(fresh)).rejects.toMatchObject({
    code: 'reauth_required',
  })
  // The access token still works, and is used until it ends.
  expect(await client.status()).toMatchObject({ status: 'live', because: 'refresh-token-refused' })
})

describe('errors of the authorization server', () => {
  test('the user denies: final, with the message of the server', async () => {
    server.deny()
    const auth = clientOf().Authorize.byCode()
    await expect(auth.authorize(await allow(auth.url))).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringContaining('says: access_denied: the user denied'),
    })
    await expect(auth.authorize('c0de')).rejects.toMatchObject({ code: 'flow_state' })
  })

  test('the code has expired', async () => {
    const auth = clientOf().Authorize.byCode()
    const redirect = await allow(auth.url)
    const now = Date.now()
    jest.spyOn(Date, 'now').mockImplementation(() => now + 61_000)
    await expect(auth.authorize(redirect)).rejects.toMatchObject({ code: 'invalid_grant', kind: 'reauth' })
  })

  test('the code verifier is another flow’s: a stolen code is useless', async () => {
    const victim = clientOf().Authorize.byCode('a-state')
    const redirect = await allow(victim.url)
    const thief = clientOf().Authorize.byCode('a-state')
    await expect(thief.authorize(redirect)).rejects.toMatchObject({ code: 'invalid_grant' })
    expect(await victim.authorize(redirect)).toHaveProperty('access_token')
  })

  test('the secret is wrong', async () => {
    const auth = clientOf({ client_secret: 'wr0ng-secret' }).Authorize.byCode()
    await expect(auth.authorize(await allow(auth.url))).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('says: invalid_client'),
    })
  })

  test('the redirect_uri is not registered: there is no redirect at all', async () => {
    const auth = clientOf({ redirect_uri: 'http://127.0.0.1:1/elsewhere' }).Authorize.byCode()
    await expect(allow(auth.url)).rejects.toThrow('HTTP 400')
  })
})

describe('redirects from elsewhere', () => {
  test('a replayed one is rejected, and the tokens stay', async () => {
    const client = clientOf()
    const auth = client.Authorize.byCode()
    const redirect = await allow(auth.url)
    const tokens = await auth.authorize(redirect)
    await expect(auth.authorize(redirect)).rejects.toMatchObject({ code: 'flow_state' })
    const resumed = client.Authorize.byCode()
    await expect(resumed.authorize(redirect)).rejects.toMatchObject({ code: 'state_mismatch' })
    expect(client.access_token).toBe(tokens.access_token)
  })

  test('one of another tab is not used: both flows can still end', async () => {
    const client = clientOf()
    const [left, right] = [client.Authorize.byCode(), client.Authorize.byCode()]
    const [ofLeft, ofRight] = [await allow(left.url), await allow(right.url)]
    await expect(left.authorize(ofRight)).rejects.toMatchObject({ code: 'state_mismatch' })
    expect(await right.authorize(ofRight)).toHaveProperty('access_token')
    expect(await left.authorize(ofLeft)).toHaveProperty('access_token')
  })

  test('a second authorization server cannot cause a mix-up: the code is not sent to any server', async () => {
    const other = await startOidcProvider()
    try {
      const theirs = await discover(other.url, { transport })
      const flow = clientOf({ provider: theirs }).Authorize.byCode('same-state')
      const honest = clientOf().Authorize.byCode('same-state')
      const redirect = await allow(honest.url) // the attacker's server redirected the user to this URL
      await expect(flow.authorize(redirect)).rejects.toMatchObject({
        code: 'issuer_mismatch',
        message: 'the redirect carries another issuer',
      })
      expect(await honest.authorize(redirect)).toHaveProperty('access_token')
    } finally {
      await other.close()
    }
  })

  test('one without iss is rejected, because this server always sends it', async () => {
    const auth = clientOf().Authorize.byCode()
    const redirect = new URL(await allow(auth.url))
    redirect.searchParams.delete('iss')
    await expect(auth.authorize(redirect.href)).rejects.toMatchObject({ code: 'issuer_mismatch' })
  })
})

test('a flow is saved, and ends in another process with its verifier', async () => {
  const begun = clientOf().Authorize.byCode()
  const saved = JSON.stringify(begun)
  const redirect = await allow(begun.url)
  expect(await clientOf().Authorize.resume(saved).authorize(redirect)).toHaveProperty('access_token')
})
