// Protected resources, registration of clients and step-up, over real HTTP; registration against `oidc-provider`.
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Client, discover, DiscoveryError, forResource } from '@latchkey/core'
import {
  type ClientMetadata,
  clientIdMetadataDocument,
  discoverResource,
  register,
  stepUpOf,
} from '@latchkey/core/provider'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Browser } from './servers/browser.ts'
import { listen, type Listening } from './servers/listen.ts'
import { type OidcProvider, REDIRECT_URI, startOidcProvider } from './servers/oidc-provider.ts'

const transport = fetchTransport()
const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close()
})

/** Starts a resource whose metadata is at these paths; `%` stands for its origin. */
async function resource(
  pages: Record<string, unknown>,
): Promise<Listening & { readonly requested: string[] }> {
  const requested: string[] = []
  const server = await listen(url => (request, response) => {
    requested.push(request.url!)
    const page = pages[request.url!]
    if (typeof page === 'string') return void response.writeHead(302, { location: page }).end()
    if (page === undefined) return void response.writeHead(404).end()
    response.setHeader('content-type', 'application/json').end(JSON.stringify(page).replaceAll('%', url))
  })
  closing.push(server)
  return { ...server, requested }
}

const METADATA = { resource: '%/mcp', authorization_servers: ['https://as.example'] }
const WELL_KNOWN = '/.well-known/oauth-protected-resource'

describe('discoverResource (RFC 9728)', () => {
  test('a resource with a path, with a query, and an origin', async () => {
    const server = await resource({
      [`${WELL_KNOWN}/mcp`]: { ...METADATA, scopes_supported: ['a'], extra: 1 },
      [`${WELL_KNOWN}/mcp?a=b`]: { ...METADATA, resource: '%/mcp?a=b' },
      [WELL_KNOWN]: { ...METADATA, resource: '%' },
    })
    expect(await discoverResource(`${server.url}/mcp`, { transport })).toEqual({
      resource: `${server.url}/mcp`,
      authorization_servers: ['https://as.example'],
      scopes_supported: ['a'],
      extra: 1,
    })
    expect(await discoverResource(`${server.url}/mcp?a=b`, { transport })).toMatchObject({
      resource: `${server.url}/mcp?a=b`,
    })
    expect(await discoverResource(server.url, { transport })).toMatchObject({ resource: server.url })
  })

  test('an address that a challenge names, of the same origin only', async () => {
    const server = await resource({ '/meta': METADATA })
    const challenge = `Bearer error="invalid_token", resource_metadata="${server.url}/meta"`
    const found = await discoverResource(`${server.url}/mcp`, { transport, challenge })
    expect(found.authorization_servers).toEqual(['https://as.example'])
    expect(server.requested).toEqual(['/meta'])
    const elsewhere = 'Bearer resource_metadata="https://evil.example/meta"'
    await expect(discoverResource(`${server.url}/mcp`, { transport, challenge: elsewhere })).rejects.toThrow(
      'has another origin',
    )
    expect(server.requested).toEqual(['/meta'])
  })

  test.each([
    [
      'of another resource',
      { [`${WELL_KNOWN}/mcp`]: { ...METADATA, resource: 'https://evil.example/mcp' } },
      'not to this one',
    ],
    ['of the whole origin', { [WELL_KNOWN]: { ...METADATA, resource: '%' } }, 'not to this one'],
    ['without a resource', { [`${WELL_KNOWN}/mcp`]: { authorization_servers: ['x'] } }, 'not to this one'],
    ['without a server', { [`${WELL_KNOWN}/mcp`]: { resource: '%/mcp' } }, 'names no authorization server'],
    [
      'with servers that are no text',
      { [`${WELL_KNOWN}/mcp`]: { ...METADATA, authorization_servers: [1] } },
      'names no authorization server',
    ],
    ['a list', { [`${WELL_KNOWN}/mcp`]: [METADATA] }, 'has no JSON object'],
    ['none', {}, '(HTTP 404)'],
    ['a redirect', { [`${WELL_KNOWN}/mcp`]: '/meta', '/meta': METADATA }, '(HTTP 302)'],
  ])('metadata %s is not used', async (_, pages, message) => {
    const server = await resource(pages)
    const error: unknown = await discoverResource(`${server.url}/mcp`, { transport }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(DiscoveryError)
    expect((error as Error).message).toContain(message)
    expect(server.requested).not.toContain('/meta')
  })

  test.each([
    ['http://api.example/mcp', {}],
    ['not a url', {}],
    ['https://user:secret@api.example', {}],
    ['https://api.example/#x', {}],
    ['https://api.example', { header: '' }],
    ['https://api.example', { challenge: 7 }],
  ])('%s with %j is a TypeError, and nothing is sent', async (url, options) => {
    const sending = { send: () => Promise.reject(new Error('sent')) }
    await expect(discoverResource(url, { transport: sending, ...options } as never)).rejects.toThrow(
      TypeError,
    )
  })

  test('a server that cannot be reached is transient', async () => {
    const server = await listen(() => () => {})
    await server.close()
    await expect(discoverResource(server.url, { transport })).rejects.toMatchObject({ code: 'transient' })
  })
})

describe('register (RFC 7591) at oidc-provider', () => {
  let server: OidcProvider
  const start = async (): Promise<void> => {
    server = await startOidcProvider({
      features: { registration: { enabled: true, initialAccessToken: 'initial-token' } },
    })
    closing.push(server)
  }
  const metadata: ClientMetadata = {
    redirect_uris: [REDIRECT_URI],
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
  }

  test('registers a client, which signs in', async () => {
    await start()
    const provider = await discover(server.url, { transport })
    expect(provider.registrationEndpoint).toBe(`${server.url}/reg`)
    expect(provider.userinfoEndpoint).toBe(`${server.url}/me`)
    expect(provider.scopesSupported).toContain('openid')
    const registration = await register(provider, metadata, {
      transport,
      initialAccessToken: 'initial-token',
    })
    expect(registration).toMatchObject({ client_id: expect.any(String), client_secret: expect.any(String) })
    const { client_id, client_secret } = registration
    expect(inspect(registration)).not.toContain(client_secret)
    expect(inspect(registration)).toContain(client_id)
    expect(inspect(registration)).not.toContain(String(registration['registration_access_token']))
    const client = new Client({
      client_id,
      client_secret,
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      provider,
      transport,
    })
    const auth = client.Authorize.byCode()
    expect(await auth.authorize(await new Browser(REDIRECT_URI).open(auth.url))).toHaveProperty(
      'refresh_token',
    )
  })

  test.each([
    [
      'metadata that the server does not accept',
      { ...metadata, redirect_uris: ['not a url'] },
      'initial-token',
      'invalid_redirect_uri',
    ],
    ['a wrong token', metadata, 'wrong-token-of-a-thief', 'invalid_token'],
  ])('%s is misconfigured', async (_, given, initialAccessToken, word) => {
    await start()
    const provider = await discover(server.url, { transport })
    const error: unknown = await register(provider, given, { transport, initialAccessToken }).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({ code: 'misconfigured' })
    expect((error as Error).message).toContain(word)
    expect(inspect(error, { depth: 9 })).not.toContain(initialAccessToken)
  })

  test('arguments that are wrong, and a provider without an endpoint', async () => {
    await start()
    const provider = await discover(server.url, { transport })
    await expect(register(provider, [] as never, { transport })).rejects.toThrow(TypeError)
    await expect(register(provider, metadata, { token: 'x' } as never)).rejects.toThrow("'token'")
    await expect(register(provider, metadata, { initialAccessToken: 'a\nb' })).rejects.toThrow(TypeError)
    const { registrationEndpoint: _, ...without } = provider
    await expect(register(without, metadata, { transport })).rejects.toMatchObject({ code: 'misconfigured' })
  })

  test.each([
    ['no client_id', {}],
    ['a client_id that is no text', { client_id: 7 }],
    ['a secret that is no text', { client_id: 'c', client_secret: {} }],
  ])('a response with %s is not used', async (_, body) => {
    const other = await listen(() => (_, response) => response.writeHead(201).end(JSON.stringify(body)))
    closing.push(other)
    const provider = { name: 'x', registrationEndpoint: other.url } as never
    await expect(register(provider, metadata, { transport })).rejects.toMatchObject({ code: 'indeterminate' })
  })
})

describe('clientIdMetadataDocument', () => {
  const url = 'https://app.example/oauth/client.json'
  const redirect_uris = ['https://app.example/callback']

  test('returns the document', () => {
    expect(clientIdMetadataDocument(url, { redirect_uris, client_name: 'App' })).toEqual({
      client_id: url,
      client_name: 'App',
      redirect_uris,
      token_endpoint_auth_method: 'none',
    })
  })

  test.each([
    ['http://app.example/client.json', { redirect_uris }],
    ['https://app.example', { redirect_uris }],
    ['https://app.example/a/../b', { redirect_uris }],
    ['https://app.example/a#b', { redirect_uris }],
    ['https://u:p@app.example/a', { redirect_uris }],
    [url, {}],
    [url, { redirect_uris: [] }],
    [url, { redirect_uris, client_secret: 's' }],
    [url, { redirect_uris, token_endpoint_auth_method: 'client_secret_post' }],
    [url, []],
  ])('%s with %j is a TypeError', (at, metadata) => {
    expect(() => clientIdMetadataDocument(at, metadata as never)).toThrow(TypeError)
  })
})

describe('stepUpOf', () => {
  const of = (challenge?: string, scope?: string) =>
    stepUpOf(
      new Response(null, {
        status: 401,
        headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
      }),
      scope,
    )

  test.each([
    ['insufficient_scope', 'Bearer error="insufficient_scope", scope="a b"', undefined, { scope: 'a b' }],
    ['with the scope so far', 'DPoP error="insufficient_scope", scope="a b"', 'b c', { scope: 'b c a' }],
    [
      'RFC 9470 section 3',
      'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR"',
      undefined,
      { parameters: { acr_values: 'myACR' } },
    ],
    [
      'max_age, after another challenge',
      'Basic realm="x", Bearer error=insufficient_user_authentication, max_age=5',
      'a',
      { scope: 'a', parameters: { max_age: '5' } },
    ],
    ['invalid_token', 'Bearer error="invalid_token", scope="a"', 'a', undefined],
    ['no error', 'Bearer scope="a"', undefined, undefined],
    ['no header', undefined, undefined, undefined],
    ['insufficient_scope that names none', 'Bearer error="insufficient_scope"', 'a', undefined],
    ['a scope that is none', 'Bearer error="insufficient_scope", scope="a\\"b"', undefined, undefined],
    [
      'a max_age that is none',
      'Bearer error="insufficient_user_authentication", max_age="1; x"',
      undefined,
      { parameters: {} },
    ],
  ])('%s', (_, challenge, scope, expected) => expect(of(challenge, scope)).toEqual(expected))

  test('byCode accepts it, whatever a hostile API says', () => {
    const hostile =
      'Bearer error="insufficient_user_authentication", acr_values="a", redirect_uri="https://evil.example", client_id="x", __proto__="y"'
    const client = new Client({ client_id: 'c', scope: 'r' })
    const url = new URL(client.Authorize.byCode(of(hostile)).url)
    expect(url.searchParams.get('client_id')).toBe('c')
    expect(url.searchParams.get('acr_values')).toBe('a')
    expect(url.searchParams.has('redirect_uri')).toBe(false)
  })
})

test('from a resource to its tokens', async () => {
  const server = await startOidcProvider({
    features: {
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, audience: string) => ({
          scope: 'read',
          audience,
          accessTokenFormat: 'opaque' as const,
        }),
      },
    } as never,
  })
  closing.push(server)
  const api = await resource({
    [`${WELL_KNOWN}/api`]: { resource: '%/api', authorization_servers: [server.url] },
  })
  const found = await discoverResource(`${api.url}/api`, { transport })
  const provider = await discover(found.authorization_servers[0]!, { transport })
  const { client_id } = await register(
    provider,
    {
      redirect_uris: [REDIRECT_URI],
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
    },
    { transport },
  )
  const client = new Client({
    client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid read',
    provider: forResource(provider, found.resource),
    transport,
  })
  const auth = client.Authorize.byCode()
  const tokens = await auth.authorize(await new Browser(REDIRECT_URI).open(auth.url))
  expect(tokens.scope).toBe('read')
})
