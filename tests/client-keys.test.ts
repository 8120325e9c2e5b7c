// Clients that authenticate by key, against `oidc-provider`, and what happens when their signers fail.
import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  defineProvider,
  deviceAuthorization,
  discover,
  introspect,
  type Provider,
  pushAuthorization,
  revoke,
} from '@latchkey/core'
import {
  appleClientSecret,
  type ClientAuthentication,
  clientAssertion,
  clientSecretJwt,
  privateKeyJwt,
  type SigningAlgorithm,
} from '@latchkey/core/provider'
import { fakeClock } from '@latchkey/test-kit'
import { fetchTransport } from '@latchkey/transport-fetch'
import { createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose'
import { Browser } from './servers/browser.ts'
import { type OidcProvider, REDIRECT_URI, startOidcProvider } from './servers/oidc-provider.ts'

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const
const keyOf = (alg: SigningAlgorithm) =>
  alg === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : alg === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
const keys = Object.fromEntries(ALGORITHMS.map(alg => [alg, keyOf(alg)])) as Record<
  SigningAlgorithm,
  ReturnType<typeof generateKeyPairSync>
>
const pemOf = (alg: SigningAlgorithm): string =>
  (keys[alg] as unknown as ReturnType<typeof keyOf>).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string
const jwkOf = (alg: SigningAlgorithm, part: 'privateKey' | 'publicKey' = 'privateKey') =>
  (keys[alg] as unknown as ReturnType<typeof keyOf>)[part].export({ format: 'jwk' })
const cryptoKeyOf = async (alg: SigningAlgorithm): Promise<CryptoKey> =>
  (await importJWK(jwkOf(alg) as never, alg)) as CryptoKey

const SECRET = 'a secret of at least thirty-two characters, for HS256'
const common = {
  redirect_uris: [REDIRECT_URI],
  grant_types: [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:device_code',
  ],
  response_types: ['code' as const],
  application_type: 'native' as const,
  id_token_signed_response_alg: 'ES256' as const,
}

let server: OidcProvider
let provider: Provider
const transport = fetchTransport()

beforeEach(async () => {
  server = await startOidcProvider({
    clientAuthMethods: ['private_key_jwt', 'client_secret_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: [...ALGORITHMS, 'HS256'] },
    clients: [
      ...ALGORITHMS.map(alg => ({
        ...common,
        client_id: alg,
        token_endpoint_auth_method: 'private_key_jwt' as const,
        token_endpoint_auth_signing_alg: alg,
        jwks: { keys: [{ ...jwkOf(alg, 'publicKey'), alg, kid: 'k1', use: 'sig' }] as never },
      })),
      {
        ...common,
        client_id: 'HS256',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_jwt' as const,
        token_endpoint_auth_signing_alg: 'HS256' as const,
      },
    ],
  })
  provider = await discover(server.url, { transport })
})

afterEach(() => server.close())

const clientOf = (clientAuthentication: ClientAuthentication, options: ClientOptions): Client =>
  new Client({
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    provider: { ...provider, clientAuthentication },
    transport,
    ...options,
  })
const allow = (url: string): Promise<string> => new Browser(REDIRECT_URI).open(url)

describe('oidc-provider over HTTP', () => {
  test.each([
    ...ALGORITHMS.flatMap(alg => [
      [`${alg}, a JWK`, alg, () => privateKeyJwt({ key: { ...jwkOf(alg), kid: 'k1' }, alg })] as const,
      [`${alg}, PEM`, alg, () => privateKeyJwt({ key: pemOf(alg), kid: 'k1', alg })] as const,
      [`${alg}, a CryptoKey`, alg, async () => privateKeyJwt({ key: await cryptoKeyOf(alg) })] as const,
    ]),
    ['client_secret_jwt', 'HS256', () => clientSecretJwt()] as const,
  ])(
    '%s: token, refresh, pushed request, introspection and revocation',
    async (_, client_id, authentication) => {
      const client = clientOf(await authentication(), {
        client_id,
        ...(client_id === 'HS256' && { client_secret: SECRET }),
      })
      const pushed = await pushAuthorization(client)
      const first = await pushed.authorize(await allow(pushed.url))
      const second = await client.Authorize.regenerateFromRefreshToken()
      expect(second!.access_token).not.toBe(first.access_token)
      expect(await introspect(client)).toMatchObject({ active: true, client_id })
      await revoke(client)
      expect(await client.tokens()).toBeUndefined()
    },
  )

  test('the device flow', async () => {
    const client = clientOf(privateKeyJwt({ key: pemOf('ES256') }), { client_id: 'ES256' })
    const pending = await deviceAuthorization(client)
    expect(pending.user_code).toEqual(expect.any(String))
  })

  test('another key is invalid_client, and the message says what was sent', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const client = clientOf(privateKeyJwt({ key: privateKey.export({ format: 'jwk' }) }), {
      client_id: 'ES256',
      refresh_token: 'r',
    })
    await expect(client.Authorize.regenerateFromRefreshToken('other')).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('invalid_client'),
    })
    await expect(client.Authorize.regenerateFromRefreshToken('other')).rejects.toThrow(
      'the client_assertion was sent in the body',
    )
  })

  test('a clock that is an hour slow: one response corrects it', async () => {
    const clock = fakeClock({ nowMs: Date.now() - 3_600_000 })
    const client = clientOf(privateKeyJwt({ key: pemOf('ES256') }), { client_id: 'ES256', clock })
    await expect(pushAuthorization(client)).rejects.toMatchObject({ code: 'misconfigured' })
    expect((await pushAuthorization(client)).url).toContain('request_uri')
  })
})

/** A provider whose requests are kept, with its transport. */
function recorded(clientAuthentication: ClientAuthentication, more: object = {}) {
  const sent: URLSearchParams[] = []
  const options: unknown[] = []
  const described = defineProvider({
    name: 'acme',
    issuer: 'https://acme.example',
    tokenEndpoint: 'https://acme.example/token',
    clientAuthentication,
    ...more,
  })
  return {
    sent,
    options,
    provider: described,
    transport: {
      send: (request: { body?: string }, given?: unknown) => {
        sent.push(new URLSearchParams(request.body))
        options.push(given)
        const body = JSON.stringify({ error: 'invalid_client', error_description: request.body })
        return Promise.resolve({ status: 401, headers: {}, body })
      },
    },
  }
}

/** Returns the error of a refresh with this client authentication, and what was sent. */
async function failing(clientAuthentication: ClientAuthentication, clock = fakeClock(), more?: object) {
  const server = recorded(clientAuthentication, more)
  const client = new Client({
    client_id: 'app',
    provider: server.provider,
    transport: server.transport,
    clock,
  })
  const refreshing = client.Authorize.regenerateFromRefreshToken('the-refresh-token').then(
    () => {
      throw new Error('it succeeded')
    },
    (error: Error) => error,
  )
  return { ...server, refreshing }
}

describe('the assertion', () => {
  test('jose verifies it; its members are those of RFC 7523 section 3, and no two are the same', async () => {
    const nowMs = Date.now()
    const signer = privateKeyJwt({ key: pemOf('PS256'), alg: 'PS256', kid: 'k1' })
    const jtis = new Set<unknown>()
    for (let times = 0; times < 2; times++) {
      const { sent, refreshing } = await failing(signer, fakeClock({ nowMs }))
      await refreshing
      const [parameters] = sent
      expect(parameters!.get('client_assertion_type')).toBe(
        'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      )
      const jwks = createLocalJWKSet({
        keys: [{ ...jwkOf('PS256', 'publicKey'), kid: 'k1', alg: 'PS256' }] as never,
      })
      const { payload, protectedHeader } = await jwtVerify(parameters!.get('client_assertion')!, jwks)
      const iat = Math.floor(nowMs / 1000)
      expect(protectedHeader).toEqual({ alg: 'PS256', typ: 'JWT', kid: 'k1' })
      expect(payload).toEqual({
        iss: 'app',
        sub: 'app',
        aud: 'https://acme.example',
        jti: expect.stringMatching(/^[0-9a-f]{32}$/),
        iat,
        exp: iat + 60,
      })
      jtis.add(payload.jti)
    }
    expect(jtis.size).toBe(2)
  })

  test.each([
    ['without an issuer: the token endpoint', {}, { issuer: undefined }, 'https://acme.example/token'],
    ['the option', { audience: 'https://other.example' }, {}, 'https://other.example'],
  ])('its audience %s', async (_, options, more, audience) => {
    const signer = privateKeyJwt({ key: pemOf('ES256'), lifetime: 300, ...options })
    const { sent, refreshing } = await failing(signer, fakeClock(), more)
    await refreshing
    const { aud, iat, exp } = decodeJwt(sent[0]!.get('client_assertion')!)
    expect([aud, exp! - iat!]).toEqual([audience, 300])
  })

  test.each([
    ['privateKeyJwt', () => privateKeyJwt({ key: jwkOf('EdDSA') })],
    [
      'clientAssertion',
      () => clientAssertion(() => Promise.resolve('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln')),
    ],
  ])('%s: a server that repeats it: no message contains it', async (_, create) => {
    const { sent, refreshing } = await failing(create())
    const error = await refreshing
    const assertion = sent[0]!.get('client_assertion')!
    expect(assertion.length).toBeGreaterThan(20)
    expect(error.message).toContain('invalid_client')
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(assertion)
  })
})

describe('Apple', () => {
  test('its client_secret has the documented members, is verified by jose, and is used for 50 minutes', async () => {
    const key = pemOf('ES256')
    const clock = fakeClock({ nowMs: Date.now() })
    const server = recorded(appleClientSecret({ teamId: 'TEAM567890', keyId: 'KEY4567890', key }))
    const client = new Client({
      client_id: 'app',
      provider: server.provider,
      transport: server.transport,
      clock,
    })
    const secretOf = async () => {
      await client.Authorize.regenerateFromRefreshToken('r').catch(() => {})
      return server.sent.at(-1)!.get('client_secret')!
    }
    const secret = await secretOf()
    const { payload, protectedHeader } = await jwtVerify(
      secret,
      await importJWK(jwkOf('ES256', 'publicKey') as never, 'ES256'),
    )
    const iat = Math.floor(clock.nowMs() / 1000)
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'KEY4567890' })
    expect(payload).toEqual({
      iss: 'TEAM567890',
      iat,
      exp: iat + 3600,
      aud: 'https://appleid.apple.com',
      sub: 'app',
    })
    await clock.advance(2_900_000)
    expect(await secretOf()).toBe(secret)
    await clock.advance(200_000)
    expect(await secretOf()).not.toBe(secret)
  })
})

describe('a signer that fails: nothing is sent', () => {
  const never = new Promise<never>(() => {})
  test.each<[string, ClientAuthentication, string]>([
    [
      'throws',
      () => {
        throw new Error('the key is s3cr3t')
      },
      'the client authentication failed; nothing was sent',
    ],
    [
      'rejects',
      () => Promise.reject(new Error('the key is s3cr3t')),
      'the client authentication failed; nothing was sent',
    ],
    [
      'returns nothing',
      (() => undefined) as never,
      'must return { parameters?, headers? }: it is of type undefined',
    ],
    ['returns text', (() => Promise.resolve('s3cr3t')) as never, 'it is of type string'],
    [
      'misplaces a member',
      (() => ({ client_assertion: 's3cr3t' })) as never,
      "'client_assertion' is neither of them",
    ],
    [
      'forgets to await',
      (() => ({ parameters: { client_assertion: never } })) as never,
      'parameters.client_assertion must be a string, not of type object',
    ],
    [
      'returns a header that is missing',
      (() => ({ headers: { authorization: undefined } })) as never,
      'headers.authorization must be a string',
    ],
    [
      'has no JWT',
      clientAssertion(() => 's3cr3t'),
      'needs a JWT: the function of clientAssertion() returned something else',
    ],
    ['has no secret', clientSecretJwt(), 'by clientSecretJwt() needs a client_secret'],
    [
      'has a damaged key',
      privateKeyJwt({ key: { kty: 'EC', crv: 'P-256', d: 's3cr3t' } }),
      'this runtime cannot use the key for ES256',
    ],
  ])('one that %s', async (_, authentication, words) => {
    const { sent, refreshing } = await failing(authentication)
    const error = await refreshing
    expect(error).toMatchObject({ code: 'misconfigured', message: expect.stringContaining(words) })
    expect(sent).toEqual([])
    expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t')
  })

  test('a cause keeps name and code only', async () => {
    const cause = Object.assign(new Error('s3cr3t'), { code: 'KMS_DOWN' })
    const { refreshing } = await failing(() => Promise.reject(cause))
    expect(await refreshing).toMatchObject({ cause: { name: 'Error', code: 'KMS_DOWN' } })
  })

  test('one that hangs has 5 s; one that resolves later is too late', async () => {
    const clock = fakeClock()
    let resolve!: (proof: object) => void
    const { sent, refreshing } = await failing(() => new Promise(done => (resolve = done)), clock)
    let error: unknown
    void refreshing.then(found => (error = found))
    await clock.advance(4_900)
    expect(error).toBeUndefined()
    await clock.advance(200)
    expect(error).toMatchObject({
      code: 'misconfigured',
      message: 'the client authentication took longer than 5 s; nothing was sent',
    })
    resolve({ parameters: { client_assertion: 'late' } })
    await clock.advance(60_000)
    expect(sent).toEqual([])
  })

  test('signing and sending share 10 s', async () => {
    const clock = fakeClock()
    const { options, refreshing } = await failing(async () => {
      await clock.sleep(4_000)
      return { parameters: { client_id: 'app' } }
    }, clock)
    await clock.advance(4_000)
    await refreshing
    // A refresh has 60 s (docs/decisions/0007), of which its callers wait 10.
    expect(options).toEqual([{ deadlineMs: 60_000 }])
    const exchange = recorded(
      async () => {
        await clock.sleep(4_000)
        return { parameters: { client_id: 'app' } }
      },
      { authorizationEndpoint: 'https://acme.example/authorize' },
    )
    const client = new Client({
      client_id: 'app',
      provider: exchange.provider,
      transport: exchange.transport,
      clock,
    })
    const authorizing = client.Authorize.byCode()
      .authorize('c0de')
      .catch(() => {})
    await clock.advance(4_000)
    await authorizing
    expect(exchange.options).toEqual([{ deadlineMs: 6_000 }])
  })
})

describe('at the construction', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string
  const encrypted = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'p',
  }) as string
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const create = (options: object) => () => privateKeyJwt(options as never)

  test.each<[string, object, RegExp]>([
    ['nothing', {}, /^key of privateKeyJwt\(\) must be a private key/],
    [
      'an unknown option',
      { key: pemOf('ES256'), keyid: 'x' },
      /'keyid' is not an option of privateKeyJwt\(\)/,
    ],
    ['a public JWK', { key: jwkOf('ES256', 'publicKey') }, /this JWK has no 'd'/],
    ['PKCS #1', { key: pkcs1 }, /openssl pkcs8 -topk8/],
    ['an encrypted key', { key: encrypted }, /must not be encrypted/],
    ['text', { key: 'hunter2hunter2' }, /must be PEM text/],
    [
      'a damaged PEM',
      { key: pemOf('ES256').replace(/\n.{20}/, '\n') },
      /must be a key for RSA, P-256 or Ed25519/,
    ],
    ['P-384 as PEM', { key: p384.export({ type: 'pkcs8', format: 'pem' }) }, /RSA, P-256 or Ed25519/],
    ['P-384 as JWK', { key: p384.export({ format: 'jwk' }) }, /RSA, P-256 or Ed25519/],
    [
      'an unknown alg',
      { key: pemOf('ES256'), alg: 'ES512' },
      /alg of privateKeyJwt\(\) must be one of RS256/,
    ],
    [
      'an alg that does not fit',
      { key: pemOf('ES256'), alg: 'RS256' },
      /cannot sign with RS256, but with ES256/,
    ],
    [
      'a lifetime of text',
      { key: pemOf('ES256'), lifetime: '60' },
      /lifetime of privateKeyJwt\(\) must be a number/,
    ],
    ['a lifetime of a year', { key: pemOf('ES256'), lifetime: 31_536_000 }, /from 1 to 86400/],
    ['a kid of a number', { key: pemOf('ES256'), kid: 1 }, /kid of privateKeyJwt\(\) must be a string/],
  ])('%s is a TypeError that names the option, without the key', (_, options, words) => {
    expect(create(options)).toThrow(TypeError)
    expect(create(options)).toThrow(words)
    const { key } = options as { key?: string | { d?: string } }
    const secret = typeof key === 'string' ? key.slice(30, 90) : key?.d
    if (secret)
      try {
        create(options)()
      } catch (error) {
        expect(inspect(error)).not.toContain(secret)
      }
  })

  test('a public CryptoKey, and one that may not sign', async () => {
    const { publicKey } = await generateKeyPair('ES256')
    expect(create({ key: publicKey })).toThrow(/must be a private key with the usage 'sign'/)
  })

  test('PEM with its line breaks as two characters, as in environment variables, is accepted', () => {
    expect(create({ key: pemOf('ES256').replaceAll('\n', String.raw`\n`) })).not.toThrow()
  })

  test.each([
    [{}, /teamId of appleClientSecret\(\)/],
    [{ teamId: 't', keyId: 'k', key: pemOf('RS256') }, /cannot sign with ES256/],
  ])('Apple: %#', (options, words) => {
    expect(() => appleClientSecret(options as never)).toThrow(words)
  })

  test('clientAssertion needs a function', () => {
    expect(() => clientAssertion('eyJ' as never)).toThrow('clientAssertion() needs a function')
  })

  test('no inspection shows a key', async () => {
    const key = await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)
    const client = new Client({
      client_id: 'app',
      provider: defineProvider({
        name: 'acme',
        tokenEndpoint: 'https://acme.example/token',
        clientAuthentication: privateKeyJwt({ key }),
      }),
    })
    const shown =
      inspect(client, { depth: 9, showHidden: true }) +
      inspect(client.provider, { depth: 9, showHidden: true })
    expect(shown + JSON.stringify(client) + JSON.stringify(client.provider)).not.toContain(key.d!)
  })
})
