// Against `@node-oauth/oauth2-server`, described by hand: it has no metadata and does not decode HTTP Basic.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  clientSecretBasicRaw,
  defineProvider,
  type Provider,
  type ProviderDescription,
} from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Browser } from './servers/browser.ts'
import { CLIENT, type Oauth2Server, REDIRECT_URI, startOauth2Server } from './servers/oauth2-server.ts'

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

test('by code with S256; then a refresh, which rotates; a spent refresh token kills the family', async () => {
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
})

test('a secret in the body does as well; form-encoded HTTP Basic does not, which is what the quirk is for', async () => {
  const inBody = clientOf({
    provider: describe({ clientAuthentication: 'client_secret_post' }),
  }).Authorize.byCode()
  expect(await inBody.authorize(await allow(inBody.url))).toHaveProperty('access_token')

  const encoded = clientOf({
    provider: describe({ clientAuthentication: 'client_secret_basic' }),
  }).Authorize.byCode()
  await expect(encoded.authorize(await allow(encoded.url))).rejects.toMatchObject({
    code: 'misconfigured',
    message: 'oauth2-server says: invalid_client: Invalid client: client is invalid (HTTP 401)',
  })
})

test('the code has expired', async () => {
  const auth = clientOf().Authorize.byCode()
  const redirect = await allow(auth.url)
  server.expireCodes()
  await expect(auth.authorize(redirect)).rejects.toMatchObject({
    code: 'invalid_grant',
    message: 'oauth2-server says: invalid_grant: Invalid grant: authorization code has expired (HTTP 400)',
  })
})

test('the code verifier is another flow’s', async () => {
  const victim = clientOf().Authorize.byCode('a-state')
  const redirect = await allow(victim.url)
  await expect(clientOf().Authorize.byCode('a-state').authorize(redirect)).rejects.toMatchObject({
    code: 'invalid_grant',
    message: 'oauth2-server says: invalid_grant: Invalid grant: code verifier is invalid (HTTP 400)',
  })
})

test('the person says no', async () => {
  server.deny()
  const auth = clientOf().Authorize.byCode()
  await expect(auth.authorize(await allow(auth.url))).rejects.toMatchObject({
    code: 'access_denied',
    message: 'oauth2-server says: access_denied: Access denied: user denied access to application',
  })
})
