// Clients that prove themselves by the certificate of their TLS connection (RFC 8705), and the FAPI 2.0 profile, against
// `oidc-provider` by https.
import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  discover,
  dpop,
  introspect,
  type Provider,
  pushAuthorization,
  revoke,
  type Transport,
} from '@latchkey/core'
import { privateKeyJwt } from '@latchkey/core/provider'
import { authorizedFetch, fetchTransport } from '@latchkey/transport-fetch'
import { Agent, fetch as undiciFetch } from 'undici'
import { selfSigned as SERVER } from '../packages/transport-fetch/test/self-signed.ts'
import { Browser } from './servers/browser.ts'
import { type Certificate, CLIENT, OTHER } from './servers/certificates.ts'
import { listen } from './servers/listen.ts'
import { type OidcProvider, REDIRECT_URI, startOidcProvider } from './servers/oidc-provider.ts'

/** Returns a `fetch` that trusts the server, and shows this certificate. */
function fetchWith(certificate?: Certificate): typeof fetch {
  const dispatcher = new Agent({ connect: { ca: SERVER.cert, ...certificate } })
  // As in docs/guides/proxies.md: undici does not accept a `Request` of Node.
  return async (input, init) => {
    const request = new Request(input, init)
    const { url, method, headers, redirect, signal } = request
    const body = request.body && (await request.arrayBuffer())
    const parts = { method, headers: [...headers], body, redirect, signal }
    const response: unknown = await undiciFetch(url, { ...parts, dispatcher })
    return response as Response
  }
}

const common = {
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  application_type: 'native' as const,
  id_token_signed_response_alg: 'ES256' as const,
}
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k' }
/** The certificate as a key of the client (RFC 8705 section 2.2.2). */
const certificateKey = {
  ...new X509Certificate(CLIENT.cert).publicKey.export({ format: 'jwk' }),
  x5c: [new X509Certificate(CLIENT.cert).raw.toString('base64')],
}

let server: OidcProvider
let provider: Provider
const plain = fetchTransport({ fetch: fetchWith() })
const allow = (url: string): Promise<string> => new Browser(REDIRECT_URI, fetchWith()).open(url)
const clientOf = (transport: Transport, options: ClientOptions): Client =>
  new Client({ redirect_uri: REDIRECT_URI, scope: 'openid', provider, transport, ...options })

afterEach(() => server.close())

describe('a certificate of the client (RFC 8705)', () => {
  beforeEach(async () => {
    server = await startOidcProvider(
      {
        clientAuthMethods: ['self_signed_tls_client_auth', 'none'],
        clients: [
          {
            ...common,
            client_id: 'certified',
            token_endpoint_auth_method: 'self_signed_tls_client_auth',
            tls_client_certificate_bound_access_tokens: true,
            jwks: { keys: [certificateKey] as never },
          },
        ],
        features: {
          userinfo: { enabled: true },
          mTLS: {
            enabled: true,
            certificateBoundAccessTokens: true,
            selfSignedTlsClientAuth: true,
            getCertificate: ({ socket }) => (socket as TLSSocket).getPeerX509Certificate()?.toString(),
          },
        },
      },
      { ...SERVER, requestCert: true, rejectUnauthorized: false },
    )
    provider = {
      ...(await discover(server.url, { transport: plain, mtls: true, clientAuthentication: 'none' })),
      api: { origins: [server.url] },
    }
  })

  test('code, refresh, API, introspection and revocation', async () => {
    expect(provider.tlsClientCertificateBoundAccessTokens).toBe(true)
    const certified = fetchWith(CLIENT)
    const client = clientOf(fetchTransport({ fetch: certified }), { client_id: 'certified' })
    const auth = client.Authorize.byCode()
    await auth.authorize(await allow(auth.url))
    await client.Authorize.regenerateFromRefreshToken()
    expect((await authorizedFetch(client, { fetch: certified })(`${server.url}/me`)).status).toBe(200)
    expect((await authorizedFetch(client, { fetch: fetchWith() })(`${server.url}/me`)).status).toBe(401)
    const thumbprint = createHash('sha256').update(new X509Certificate(CLIENT.cert).raw).digest('base64url')
    expect(await introspect(client)).toMatchObject({ active: true, cnf: { 'x5t#S256': thumbprint } })
    await revoke(client)
  })

  test.each([
    ['no certificate', undefined],
    ['the certificate of another client', OTHER],
  ])('%s is misconfigured', async (_, certificate) => {
    const client = clientOf(fetchTransport({ fetch: fetchWith(certificate) }), { client_id: 'certified' })
    const auth = client.Authorize.byCode()
    await expect(auth.authorize(await allow(auth.url))).rejects.toMatchObject({ code: 'misconfigured' })
  })
})

test('mtls uses the endpoints for certificates where the server has such, and only endpoints', async () => {
  const metadata = await listen(url => (_, response) => {
    response.end(
      JSON.stringify({
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        revocation_endpoint: `${url}/revoke`,
        mtls_endpoint_aliases: { token_endpoint: `${url}/mtls/token`, issuer: 'https://evil.example' },
      }),
    )
  })
  const transport = fetchTransport()
  const expected = { issuer: metadata.url, revocationEndpoint: `${metadata.url}/revoke` }
  expect(await discover(metadata.url, { transport, mtls: true })).toMatchObject({
    ...expected,
    tokenEndpoint: `${metadata.url}/mtls/token`,
  })
  expect(await discover(metadata.url, { transport })).toMatchObject({
    ...expected,
    tokenEndpoint: `${metadata.url}/token`,
  })
  await expect(discover(metadata.url, { transport, mtls: 'yes' as never })).rejects.toThrow(TypeError)
  await metadata.close()
  server = await startOidcProvider()
})

test.each(['ES256', 'PS256'] as const)(
  'the FAPI 2.0 profile: PAR, private_key_jwt with %s, DPoP with a nonce, iss',
  async alg => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = alg === 'ES256' ? privateKey : rsa.privateKey
    const shown =
      alg === 'ES256' ? jwk : { ...rsa.publicKey.export({ format: 'jwk' }), alg, use: 'sig', kid: 'k' }
    server = await startOidcProvider(
      {
        clientAuthMethods: ['private_key_jwt'],
        clients: [
          {
            ...common,
            client_id: 'fapi',
            token_endpoint_auth_method: 'private_key_jwt',
            token_endpoint_auth_signing_alg: alg,
            require_pushed_authorization_requests: true,
            dpop_bound_access_tokens: true,
            jwks: { keys: [shown] as never },
          },
        ],
        features: {
          fapi: { enabled: true, profile: '2.0' },
          dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
          pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
          userinfo: { enabled: true },
        },
      },
      SERVER,
    )
    const clientAuthentication = privateKeyJwt({ key: { ...key.export({ format: 'jwk' }), kid: 'k' }, alg })
    const found = await discover(server.url, { transport: plain, clientAuthentication })
    expect(found).toMatchObject({ requirePushedAuthorizationRequests: true, issParameter: true })
    expect(found.dpopSigningAlgValuesSupported).toContain('ES256')
    provider = { ...found, api: { origins: [server.url] } }
    const client = clientOf(plain, { client_id: 'fapi', dpop: dpop() })
    expect(() => client.Authorize.byCode()).toThrow('pushAuthorization(client)')
    const pushed = await pushAuthorization(client)
    const first = await pushed.authorize(await allow(pushed.url))
    expect(first.token_type).toBe('DPoP')
    await client.Authorize.regenerateFromRefreshToken()
    expect((await authorizedFetch(client, { fetch: fetchWith() })(`${server.url}/me`)).status).toBe(200)
    await revoke(client)
  },
)
