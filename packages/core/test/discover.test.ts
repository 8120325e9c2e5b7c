import { describe, expect, test } from '@jest/globals'
import { discover, DiscoveryError, TransportError } from '../src/index.ts'
import type { HttpRequest, HttpResponse } from '../src/ports/index.ts'
import { type DiscoverOptions, clientSecretBasic, s256 } from '../src/provider/index.ts'
import { authenticate } from '../src/signing/authenticate.ts'
import { answer, NOW } from './support.ts'

const ISSUER = 'https://as.example'
const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: 'https://as.example/authorize',
  token_endpoint: 'https://as.example/token',
}
const NOT_FOUND = answer(404, '<html>Not found</html>')

type Place = HttpResponse | Error | undefined

/** Returns the result of `discover` and its requests, when each URL returns its response in `places`, or else 404. */
async function discovered(
  issuer: string,
  places: Readonly<Record<string, Place>>,
  options: DiscoverOptions = {},
) {
  const requests: HttpRequest[] = []
  const transport = {
    send(request: HttpRequest): Promise<HttpResponse> {
      requests.push(request)
      const place = places[request.url] ?? NOT_FOUND
      return place instanceof Error ? Promise.reject(place) : Promise.resolve(place)
    },
  }
  const clock = { nowMs: () => NOW }
  const outcome = await discover(issuer, { transport, clock, ...options }).then(
    provider => ({ provider, error: undefined }),
    (error: Error) => ({ provider: undefined, error }),
  )
  return { ...outcome, requests, urls: requests.map(({ url }) => url) }
}

const RFC_8414 = 'https://as.example/.well-known/oauth-authorization-server'
const OPENID = 'https://as.example/.well-known/openid-configuration'

describe('the URLs of the metadata', () => {
  test('RFC 8414 section 3.1: the first is the well-known URL of the host', async () => {
    const { provider, requests } = await discovered(ISSUER, { [RFC_8414]: answer(200, METADATA) })
    expect(provider).toMatchObject({ name: 'as.example', issuer: ISSUER })
    expect(requests).toEqual([{ method: 'GET', url: RFC_8414, headers: { accept: 'application/json' } }])
  })

  test('the second is that of OpenID Connect Discovery', async () => {
    const { provider, urls } = await discovered(ISSUER, { [OPENID]: answer(200, METADATA) })
    expect(provider).toMatchObject({ name: 'as.example' })
    expect(urls).toEqual([RFC_8414, OPENID])
  })

  test.each(['https://as.example/tenant/1', 'https://as.example/tenant/1/'])(
    'the path of %s is inserted, appended, and inserted again',
    async issuer => {
      const last = `${OPENID}/tenant/1`
      const { provider, urls } = await discovered(issuer, { [last]: answer(200, { ...METADATA, issuer }) })
      expect(provider).toMatchObject({ issuer })
      expect(urls).toEqual([
        `${RFC_8414}/tenant/1`,
        'https://as.example/tenant/1/.well-known/openid-configuration',
        last,
      ])
    },
  )

  test('a slash after the host is not part of the path', async () => {
    const { provider } = await discovered('https://as.example/', {
      [RFC_8414]: answer(200, { ...METADATA, issuer: 'https://as.example/' }),
    })
    expect(provider).toMatchObject({ name: 'as.example/', issuer: 'https://as.example/' })
  })

  test('a URL without metadata does not end the search', async () => {
    const { provider } = await discovered(ISSUER, {
      [RFC_8414]: answer(302, '', { location: 'https://as.example/login' }),
      [OPENID]: answer(200, METADATA),
    })
    expect(provider).toMatchObject({ issuer: ISSUER })
  })
})

describe('the metadata', () => {
  const from = async (metadata: object, options?: DiscoverOptions) =>
    (await discovered(ISSUER, { [RFC_8414]: answer(200, { ...METADATA, ...metadata }) }, options)).provider!

  test('the required members: the rest has the defaults of RFC 8414 section 2', async () => {
    expect(await from({})).toEqual({
      name: 'as.example',
      issuer: ISSUER,
      authorizationEndpoint: METADATA.authorization_endpoint,
      tokenEndpoint: METADATA.token_endpoint,
      grants: ['authorization_code', 'client_credentials', 'refresh_token'],
      clientAuthentication: clientSecretBasic,
      authenticate,
      pkce: s256,
    })
  })

  test('every endpoint and requirement', async () => {
    expect(
      await from({
        device_authorization_endpoint: 'https://as.example/device',
        pushed_authorization_request_endpoint: 'https://as.example/par',
        require_pushed_authorization_requests: true,
        revocation_endpoint: 'https://as.example/revoke',
        introspection_endpoint: 'https://as.example/introspect',
        authorization_response_iss_parameter_supported: true,
        jwks_uri: 'https://as.example/jwks',
      }),
    ).toEqual({
      name: 'as.example',
      issuer: ISSUER,
      issParameter: true,
      authorizationEndpoint: METADATA.authorization_endpoint,
      tokenEndpoint: METADATA.token_endpoint,
      deviceAuthorizationEndpoint: 'https://as.example/device',
      pushedAuthorizationRequestEndpoint: 'https://as.example/par',
      requirePushedAuthorizationRequests: true,
      revocationEndpoint: 'https://as.example/revoke',
      revocation: expect.any(Function),
      introspectionEndpoint: 'https://as.example/introspect',
      grants: ['authorization_code', 'device_code', 'client_credentials', 'refresh_token'],
      clientAuthentication: clientSecretBasic,
      authenticate,
      pkce: s256,
    })
  })

  test.each([
    [['client_secret_post', 'client_secret_basic'], clientSecretBasic],
    [['private_key_jwt', 'client_secret_post'], 'client_secret_post'],
    [['none'], 'none'],
    [['private_key_jwt'], 'none'],
    [undefined, clientSecretBasic],
  ])('the client authentication for %j', async (methods, chosen) => {
    const { clientAuthentication } = await from({ token_endpoint_auth_methods_supported: methods })
    expect(clientAuthentication).toBe(chosen)
  })

  test.each([[['plain', 'S256']], [['plain']], [[]], ['none'], [undefined]])(
    'RFC 9700 section 2.1.1: the challenge methods %j do not turn PKCE off',
    async methods => {
      expect((await from({ code_challenge_methods_supported: methods })).pkce).toBe(s256)
    },
  )

  test('only listed grants are supported, except refresh_token, which many servers do not list', async () => {
    const listed = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 'password']
    const device = { device_authorization_endpoint: 'https://as.example/device' }
    expect((await from({ grant_types_supported: listed, ...device })).grants).toEqual([
      'authorization_code',
      'device_code',
      'refresh_token',
    ])
    expect((await from({ grant_types_supported: ['client_credentials'], ...device })).grants).toEqual([
      'client_credentials',
      'refresh_token',
    ])
  })

  test('a server without an authorization endpoint has no grant that needs one', async () => {
    const provider = await from({ authorization_endpoint: undefined })
    expect(provider.grants).toEqual(['client_credentials', 'refresh_token'])
    expect(provider).not.toHaveProperty('authorizationEndpoint')
  })

  test('options override it, unless they are undefined', async () => {
    const quirks = { errors: [{ word: 'gone', means: 'reauth' }] } as const
    expect(
      await from({}, { name: 'acme', pkce: 'none', clientAuthentication: 'none', quirks, grants: undefined }),
    ).toEqual({
      name: 'acme',
      issuer: ISSUER,
      authorizationEndpoint: METADATA.authorization_endpoint,
      tokenEndpoint: METADATA.token_endpoint,
      grants: ['authorization_code', 'client_credentials', 'refresh_token'],
      clientAuthentication: 'none',
      pkce: 'none',
      quirks,
    })
  })
})

describe('metadata that is rejected', () => {
  const cases: readonly (readonly [string, HttpResponse, string])[] = [
    [
      'a redirect',
      answer(301, '', { location: 'https://other.example/x?y' }),
      'redirects to https://other.example/x?y (HTTP 301)',
    ],
    [
      'a redirect to a path',
      answer(307, METADATA, { location: '/login' }),
      'redirects to https://as.example/login (HTTP 307)',
    ],
    ['a redirect without a location', answer(302, ''), 'redirects to no location (HTTP 302)'],
    ['HTML with status 200', answer(200, '<html></html>'), 'is not a JSON object (HTTP 200)'],
    ['an array', answer(200, [METADATA]), 'is not a JSON object (HTTP 200)'],
    [
      'an oversized document',
      { ...answer(200, METADATA), truncated: true },
      'is not a JSON object (HTTP 200)',
    ],
    ['an empty body', answer(200, ''), 'is not a JSON object (HTTP 200)'],
    ['another status', answer(204, ''), 'has no metadata (HTTP 204)'],
    [
      'another issuer',
      answer(200, { ...METADATA, issuer: 'https://evil.example' }),
      'belongs to the issuer "https://evil.example", not to this one (HTTP 200)',
    ],
    [
      'the issuer with a slash',
      answer(200, { ...METADATA, issuer: `${ISSUER}/` }),
      'belongs to the issuer "https://as.example/", not to this one (HTTP 200)',
    ],
    [
      'no issuer',
      answer(200, { ...METADATA, issuer: undefined }),
      'belongs to the issuer undefined, not to this one (HTTP 200)',
    ],
    [
      'no token endpoint',
      answer(200, { ...METADATA, token_endpoint: undefined }),
      'cannot be used: a provider needs tokenEndpoint (HTTP 200)',
    ],
    [
      'an http endpoint',
      answer(200, { ...METADATA, token_endpoint: 'http://as.example/token' }),
      'cannot be used: tokenEndpoint must be an https URL (http on loopback only) without a fragment, got "http://as.example/token": allowInsecure: true permits http for this provider (HTTP 200)',
    ],
    [
      'an endpoint that is not a URL',
      answer(200, { ...METADATA, authorization_endpoint: '/authorize' }),
      'cannot be used: authorizationEndpoint must be an absolute URL, got "/authorize" (HTTP 200)',
    ],
    [
      'an endpoint of another type',
      answer(200, { ...METADATA, revocation_endpoint: {} }),
      'cannot be used: revocationEndpoint must be a string, not of type object (HTTP 200)',
    ],
    [
      'a flag of another type',
      answer(200, { ...METADATA, authorization_response_iss_parameter_supported: 'no' }),
      'cannot be used: issParameter must be a boolean, not of type string (HTTP 200)',
    ],
  ]

  test.each(cases)('%s', async (_, response, problem) => {
    const { error } = await discovered(ISSUER, { [RFC_8414]: response })
    expect(error).toBeInstanceOf(DiscoveryError)
    expect(error).toMatchObject({ name: 'DiscoveryError', code: 'discovery_failed' })
    expect(error!.message).toBe(
      `no usable metadata of ${ISSUER}: ${RFC_8414} ${problem}; ${OPENID} has no metadata (HTTP 404)`,
    )
  })

  test('the error has the location of a redirect from any of the URLs', async () => {
    const { error, urls } = await discovered(ISSUER, {
      [OPENID]: answer(308, '', { location: 'https://www.as.example/' }),
    })
    expect(error).toMatchObject({ status: 308, location: 'https://www.as.example/' })
    expect(urls).toEqual([RFC_8414, OPENID]) // not followed
  })

  test("a server's text is limited in length and has no control characters", async () => {
    const issuer = `https://evil.example/\u0000\r\n${'x'.repeat(5000)}`
    const { error } = await discovered(ISSUER, { [RFC_8414]: answer(200, { ...METADATA, issuer }) })
    expect(error!.message).not.toMatch(/[\x00-\x1f]/)
    expect(error!.message.length).toBeLessThan(800)
  })

  test('a server that is down or busy is a transient failure', async () => {
    const busy = await discovered(ISSUER, { [RFC_8414]: answer(503, '', { 'retry-after': '7' }) })
    expect(busy.error).toMatchObject({
      name: 'TransientError',
      message: 'https://as.example sent an empty response (HTTP 503)',
      retryAtMs: NOW + 7000,
    })
    const down = await discovered(ISSUER, {
      [RFC_8414]: new TransportError('connection refused', { sent: 'no', cause: { code: 'ECONNREFUSED' } }),
    })
    expect(down.error).toMatchObject({
      name: 'TransientError',
      message:
        "no metadata of https://as.example: connection refused; check the issuer's spelling and your network connection",
      cause: { code: 'ECONNREFUSED' },
    })
    expect(down.urls).toEqual([RFC_8414])
  })

  test('a server that fails at one URL and has metadata at the other is used', async () => {
    const { provider } = await discovered(ISSUER, {
      [RFC_8414]: answer(500, ''),
      [OPENID]: answer(200, METADATA),
    })
    expect(provider).toMatchObject({ issuer: ISSUER })
  })
})

describe('a wrong argument is a TypeError, and nothing is sent', () => {
  test.each([
    ['http://as.example', {}, 'issuer must be an https URL'],
    ['as.example', {}, 'issuer must be an absolute URL'],
    ['', {}, 'issuer must be an absolute URL'],
    ['https://as.example?x=1', {}, 'issuer must not have a query'],
    ['https://as.example/#x', {}, 'issuer must be an https URL'],
    [ISSUER, { tokenUrl: 'x' }, "'tokenUrl' is no member of a provider"],
    [ISSUER, { pkce: 'plain' }, 'pkce must be one of'],
    [ISSUER, { tokenEndpoint: 'http://as.example/token' }, 'tokenEndpoint must be an https URL'],
  ])('%s with %j', async (issuer, options, message) => {
    const { error, requests } = await discovered(issuer, {}, options as DiscoverOptions)
    expect(error).toBeInstanceOf(TypeError)
    expect(error!.message).toContain(message)
    expect(requests).toEqual([])
  })

  test('discover rejects without a transport', async () => {
    await expect(discover(ISSUER)).rejects.toMatchObject({ code: 'missing_transport' })
  })
})

test("the transport receives the caller's signal", async () => {
  const { signal } = new AbortController()
  const seen: unknown[] = []
  const transport = {
    send(_: HttpRequest, options?: object) {
      seen.push(options)
      return Promise.resolve(answer(200, METADATA))
    },
  }
  await discover(ISSUER, { transport, signal })
  expect(seen).toEqual([{ signal }])
})
