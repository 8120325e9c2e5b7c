// Tokens that grants obtain and renew, without a user and without a refresh token, over HTTP.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Client,
  clientCredentials,
  type ClientOptions,
  discover,
  dpop,
  introspect,
  isSignInRequired,
  MemoryTokenStore,
  type Provider,
  TransientError,
  type TokenStore,
} from '@latchkey/core'
import {
  type GrantedRequest,
  renamed,
  type TokenGrant,
  tokenGrant,
  tokenExchange,
  jwtBearer,
  signInByGrant,
} from '@latchkey/core/provider'
import { FileTokenStore } from '@latchkey/storage-fs'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { fetchTransport } from '@latchkey/transport-fetch'
import {
  EXPIRES_IN,
  type GrantServer,
  JWT_BEARER,
  startGrantServer,
  TOKEN_EXCHANGE,
} from './servers/grants.ts'
import { CLIENTS } from './servers/oidc-provider.ts'
import { collected } from './support.ts'

const EXPIRY_MS = EXPIRES_IN * 1000 + 1_000

let server: GrantServer
let provider: Provider
let clock: FakeClock
let store: TokenStore
let service: TokenGrant
const transport = fetchTransport()

beforeEach(async () => {
  server = await startGrantServer()
  provider = await discover(server.url, { transport })
  clock = fakeClock({ nowMs: Date.now() })
  store = new MemoryTokenStore({ clock })
  const { key, issuer } = server
  service = jwtBearer({ key, issuer, subject: 'somebody', audience: server.url })
})

afterEach(() => server.close())

const clientOf = (options: ClientOptions = {}): Client =>
  new Client({
    ...CLIENTS.confidential,
    provider,
    transport,
    store,
    clock,
    grants: { service },
    logger: { warn() {} },
    ...options,
  })

/** Lets the tokens expire. */
async function expire(ms = EXPIRY_MS): Promise<void> {
  server.advance(ms)
  await clock.advance(ms)
}

const recordOf = async (of = store): Promise<Record<string, unknown>> => {
  const [key] = await collected(of.keys!())
  return (await of.read(key!))!.value as Record<string, unknown>
}

/** Passes short pauses, such as those between retries, until `work` is done; signatures take real time. */
async function passing<T>(work: Promise<T>, longestMs = 2_000): Promise<T> {
  let done = false
  const end = (): void => void (done = true)
  work.then(end, end)
  while (!done) {
    await sleep(5)
    const [next = Infinity] = clock.sleeping()
    if (next <= longestMs) await clock.advanceToNext()
  }
  return work
}

const failureOf = (work: Promise<unknown>): Promise<Record<string, unknown>> =>
  passing(work).then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Record<string, unknown>) => error,
  )

describe('client credentials with parameters', () => {
  test('the scope and the resource of the request are stored, and are a part of every renewal', async () => {
    const client = clientOf({ scope: 'openid' })
    const parameters = { resource: 'https://api.example/' }
    const first = await clientCredentials(client, { scope: ['read', 'write'], parameters })
    expect(first).toMatchObject({ scope: 'read write' })
    expect(await introspect(client)).toMatchObject({ active: true, aud: 'https://api.example/' })
    // The scope belongs to the request, so a client with another one uses the same tokens.
    expect(await clientOf().accessToken()).toBe(first.access_token)
    await expire()
    const second = await clientOf({ scope: 'other' }).accessToken()
    expect(second).not.toBe(first.access_token)
    expect(await introspect(client, second)).toMatchObject({
      aud: 'https://api.example/',
      scope: 'read write',
    })
    expect(await recordOf()).toMatchObject({
      renewal: { type: 'client_credentials', parameters: { scope: 'read write', ...parameters } },
    })
  })

  test("without one, the scope is the client's, as before", async () => {
    const first = await clientCredentials(clientOf({ scope: 'openid' }))
    const other = await clientOf().accessToken()
    expect(other).not.toBe(first.access_token)
    expect(await clientOf().accessToken()).toBe(other)
  })
})

describe.each([
  ['jwt-bearer (RFC 7523)', JWT_BEARER, (): TokenGrant => service],
  [
    'token exchange (RFC 8693)',
    TOKEN_EXCHANGE,
    (): TokenGrant =>
      tokenExchange({
        subjectToken: async () =>
          (await clientCredentials(clientOf({ store: new MemoryTokenStore() }))).access_token,
      }),
  ],
])('%s', (_, grant_type, grantOf) => {
  const options = (): ClientOptions => ({ grants: { service: grantOf() } })

  test('signs in, and accessToken() renews, here and in another process', async () => {
    const client = clientOf(options())
    const first = await signInByGrant(client, 'service', { scope: 'read' })
    expect(first).toMatchObject({ token_type: 'Bearer', expires_in: EXPIRES_IN, scope: 'read' })
    expect(await client.accessToken()).toBe(first.access_token)
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({ grant_type, scope: 'read' })

    await expire()
    const second = await client.accessToken()
    expect(second).not.toBe(first.access_token)
    await expire()
    expect(await clientOf({ ...options(), scope: 'write' }).accessToken()).not.toBe(second)
    expect(server.requests.map(({ scope }) => scope)).toEqual(['read', 'read', 'read'])
    // The client authenticates as with any other request.
    expect(server.authorizations).toEqual(Array(3).fill(expect.stringMatching(/^Basic /)))
  })

  test('the record holds the name and the parameters, and no secret of a request', async () => {
    await signInByGrant(clientOf(options()), 'service', { scope: 'read', resource: ['https://a.example/'] })
    await expire()
    await clientOf(options()).accessToken()
    const record = await recordOf()
    expect(record).toMatchObject({
      status: 'live',
      renewal: {
        type: 'grant',
        name: 'service',
        parameters: { scope: 'read', resource: ['https://a.example/'] },
      },
    })
    for (const { assertion, subject_token } of server.requests)
      expect(JSON.stringify(record)).not.toContain(assertion ?? subject_token)
  })

  test('eight clients of one process and a store in files: one request for each expiry', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'latchkey-grants-'))
    const clients = Array.from({ length: 8 }, () =>
      clientOf({ ...options(), store: new FileTokenStore({ directory }) }),
    )
    try {
      await signInByGrant(clients[0]!, 'service')
      for (let n = 2; n <= 4; n++) {
        await expire()
        const tokens = await passing(
          Promise.all(clients.flatMap(client => Array.from({ length: 10 }, () => client.accessToken()))),
        )
        expect(new Set(tokens).size).toBe(1)
        expect(server.requests).toHaveLength(n)
      }
    } finally {
      await Promise.all(clients.map(client => client.close()))
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('a client without the grant uses the tokens, sends nothing when they expire, and leaves the record alone', async () => {
    const { access_token } = await signInByGrant(clientOf(options()), 'service')
    const without = clientOf({ grants: {} })
    expect(await without.accessToken()).toBe(access_token)
    await expire()
    const before = await recordOf()
    for (const client of [
      without,
      clientOf({ grants: undefined }),
      clientOf({ grants: { other: grantOf() } }),
    ])
      expect(await failureOf(client.accessToken())).toMatchObject({
        code: 'misconfigured',
        message: "the tokens need the grant 'service': pass it in 'grants'",
      })
    expect(await recordOf()).toEqual(before)
    expect(await without.status()).toMatchObject({ status: 'live' })
    expect(server.requests).toHaveLength(1)
    expect(await clientOf(options()).accessToken()).not.toBe(access_token)
    expect(await without.accessToken()).not.toBe(access_token)
  })

  test('invalid_grant: the account must sign in again, and signInByGrant does', async () => {
    const client = clientOf(options())
    await signInByGrant(client, 'service')
    await expire()
    server.odd.push({ status: 400, body: { error: 'invalid_grant', error_description: 'gone' } })
    const error = await failureOf(client.accessToken())
    expect(error).toMatchObject({
      code: 'reauth_required',
      message: expect.stringContaining('invalid_grant: gone'),
    })
    expect(await client.status()).toMatchObject({ status: 'reauth', because: 'refresh-token-refused' })
    expect(await failureOf(client.accessToken())).toMatchObject({ code: 'reauth_required' })
    expect(server.requests).toHaveLength(2)
    await signInByGrant(client, 'service')
    expect(await client.status()).toMatchObject({ status: 'live' })
  })

  test('an early renewal that is rejected does not cost the token that works', async () => {
    const client = clientOf(options())
    const { access_token } = await signInByGrant(client, 'service')
    await expire(EXPIRES_IN * 1000 - 120_000)
    server.odd.push({ status: 400, body: { error: 'invalid_grant' } })
    expect(await client.accessToken()).toBe(access_token)
    await passing(client.settled())
    expect(await client.accessToken()).toBe(access_token)
    expect(server.requests).toHaveLength(2)
  })

  test.each(['invalid_client', 'invalid_request', 'unauthorized_client', 'invalid_target'])(
    '%s: misconfigured, and nothing is sent for 10 min',
    async error => {
      const client = clientOf(options())
      await signInByGrant(client, 'service')
      await expire()
      server.odd.push({ status: 400, body: { error } })
      expect(await failureOf(client.accessToken())).toMatchObject({ code: 'misconfigured' })
      expect(await failureOf(client.accessToken())).toMatchObject({ code: 'misconfigured' })
      expect(server.requests).toHaveLength(2)
      expect(await client.status()).toMatchObject({ status: 'live' })
      await expire(601_000)
      expect(await client.accessToken()).toEqual(expect.any(String))
    },
  )

  test('429, 503 and a lost response pass: the tokens are renewed by one more request', async () => {
    const client = clientOf(options())
    await signInByGrant(client, 'service')
    for (const odd of [{ status: 429, body: {} }, { status: 503, body: {} }, 'lost'] as const) {
      await expire()
      const before = server.requests.length
      server.odd.push(odd)
      expect(await passing(client.accessToken())).toEqual(expect.any(String))
      expect(server.requests).toHaveLength(before + 2)
    }
    // Each request has an assertion of its own: this server accepts none twice.
    const sent = server.requests.map(({ assertion, subject_token }) => assertion ?? subject_token)
    expect(new Set(sent).size).toBe(7)
  })

  test('a refresh token that the server issues is not used', async () => {
    server.extra['refresh_token'] = 'a-refresh-token'
    const client = clientOf(options())
    await signInByGrant(client, 'service')
    await expire()
    await client.accessToken()
    expect(server.requests.map(request => request['grant_type'])).toEqual([grant_type, grant_type])
  })

  test('what the server echoes is not in the error', async () => {
    const client = clientOf(options())
    await signInByGrant(client, 'service')
    await expire()
    server.odd.push({
      status: 400,
      body: ({ assertion, subject_token }) => ({
        error: 'invalid_grant',
        error_description: `no ${String(assertion ?? subject_token)}`,
      }),
    })
    const error = await failureOf(client.accessToken())
    expect(error).toMatchObject({ message: expect.stringContaining('no [redacted]') })
    const { assertion, subject_token } = server.requests.at(-1)!
    expect(`${String(error['message'])}${String(error['body'])}`).not.toContain(assertion ?? subject_token)
  })
})

test('what a grant of your own adds is a secret, and what the sign-in passed is not', async () => {
  const own = tokenGrant(({ parameters }) => ({
    parameters: { ...parameters, grant_type: JWT_BEARER, ticket: 'the-ticket' },
  }))
  server.odd.push({
    status: 400,
    body: ({ ticket, scope }) => ({
      error: 'invalid_grant',
      error_description: `${String(ticket)} for ${String(scope)}`,
    }),
  })
  const error = await failureOf(signInByGrant(clientOf({ grants: { own } }), 'own', { scope: 'reading' }))
  expect(error['message']).toContain('[redacted] for reading')
})

test('a server that exchanges an access token for another one, as Facebook does', async () => {
  const long = tokenGrant(({ access_token, parameters }) => ({
    parameters: {
      ...parameters,
      grant_type: TOKEN_EXCHANGE,
      subject_token: access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    },
  }))
  const client = clientOf({ grants: { long } })
  const { access_token: short } = await clientCredentials(client)
  const { access_token: first } = await signInByGrant(client, 'long')
  await expire(EXPIRES_IN * 1000 - 120_000)
  // Another process, which renews the token before it expires.
  const other = clientOf({ grants: { long } })
  expect(await other.accessToken()).toBe(first)
  expect(await other.accessToken()).toBe(first)
  await other.settled()
  expect(server.requests.map(({ subject_token }) => subject_token)).toEqual([short, first])
})

describe('jwtBearer', () => {
  test('the parameter subject names the user, and is not sent', async () => {
    const tokens = await signInByGrant(clientOf().account('other'), 'service', { subject: 'other' })
    expect(tokens).toMatchObject({ sub: 'other' })
    expect(server.requests[0]).not.toHaveProperty('subject')
  })

  test('an assertion with another issuer, or without a subject, is rejected', async () => {
    const { key, issuer } = server
    for (const grant of [jwtBearer({ key, issuer: 'other', subject: 's' }), jwtBearer({ key, issuer })]) {
      const error = await failureOf(signInByGrant(clientOf({ grants: { grant } }), 'grant'))
      expect(error).toMatchObject({ code: 'invalid_grant' })
    }
    expect(await clientOf().status()).toMatchObject({ status: 'signedOut' })
  })

  test('a wrong clock: the response tells the time, so the retry succeeds and nobody is signed out', async () => {
    const client = clientOf()
    await signInByGrant(client, 'service')
    clock.jump(-900_000)
    await clock.advance(EXPIRY_MS + 900_000)
    server.advance(EXPIRY_MS + 1_800_000)
    const error = await failureOf(signInByGrant(clientOf(), 'service'))
    expect(error).toMatchObject({ code: 'transient' })
    const { key, issuer } = server
    const fresh = jwtBearer({ key, issuer, subject: 'somebody' })
    const renewed = await passing(clientOf({ grants: { service: fresh } }).accessToken())
    expect(renewed).toEqual(expect.any(String))
    expect(await client.status()).toMatchObject({ status: 'live' })
  })

  test('without the client: no id and no authentication', async () => {
    const { key, issuer } = server
    const grant = jwtBearer({ key, issuer, subject: 's', withoutClient: true })
    // This server requires the client.
    const error = await failureOf(signInByGrant(clientOf({ grants: { grant } }), 'grant'))
    expect(error).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('client') })
    expect(server.requests).toHaveLength(0)
  })

  test('with DPoP every request has a proof by the key of the account', async () => {
    const proofs: string[] = []
    const bound = {
      send: async (...[request, options]: Parameters<typeof transport.send>) => {
        proofs.push(String(request.headers?.['dpop']))
        const response = await transport.send(request, options)
        return { ...response, body: response.body.replace('"Bearer"', '"DPoP"') }
      },
    }
    const client = clientOf({ transport: bound, dpop: dpop() })
    await signInByGrant(client, 'service')
    await expire()
    await clientOf({ transport: bound, dpop: dpop() }).accessToken()
    const keys = proofs.map(
      proof => JSON.parse(Buffer.from(proof.split('.')[0]!, 'base64url').toString()).jwk,
    )
    expect(keys).toHaveLength(2)
    expect(keys[0]).toEqual(keys[1])
  })
})

describe('tokenExchange', () => {
  const subject = (): Client => clientOf({ store: new MemoryTokenStore({ clock }) })

  test('what is exchanged, for what, and for whom', async () => {
    const { access_token } = await clientCredentials(subject())
    const exchange = tokenExchange({
      subjectToken: () => access_token,
      actorToken: () => 'actor',
      actorTokenType: 'jwt',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    })
    const tokens = await signInByGrant(clientOf({ grants: { exchange } }), 'exchange', {
      audience: ['a', 'b'],
    })
    expect(tokens).toMatchObject({ issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' })
    expect(server.requests[0]).toMatchObject({
      audience: ['a', 'b'],
      subject_token: access_token,
      actor_token: 'actor',
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
  })

  test('a token that is not an access token is not accepted', async () => {
    const { access_token } = await clientCredentials(subject())
    server.extra['token_type'] = 'N_A'
    const exchange = tokenExchange({ subjectToken: () => access_token, requestedTokenType: 'id_token' })
    const error = await failureOf(signInByGrant(clientOf({ grants: { exchange } }), 'exchange'))
    expect(error).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('not an access token, but urn:ietf:params:oauth:token-type:id_token'),
    })
    expect(await clientOf().status()).toMatchObject({ status: 'signedOut' })
  })
})

describe('a grant that fails: nothing is sent', () => {
  async function renewing(method: Parameters<typeof tokenGrant>[0]): Promise<Client> {
    await signInByGrant(clientOf(), 'service')
    await expire()
    return clientOf({ grants: { service: tokenGrant(method) } })
  }

  test.each([
    [
      'throws',
      (): unknown => Promise.reject(Object.assign(new Error('key: s3cret'), { code: 'EACCES' })),
      'failed',
    ],
    [
      'returns nothing',
      (): unknown => undefined,
      'must return { parameters, provider? }: it is of type undefined',
    ],
    ['returns a promise of text', () => Promise.resolve('x'), 'it is of type string'],
    ['returns parameters', () => ({ grant_type: 'x' }), "'grant_type' is neither of them"],
    ['returns no grant_type', () => ({ parameters: { assertion: 'x' } }), 'parameters have no grant_type'],
    ['returns a number', () => ({ parameters: { grant_type: 'x', n: 1 } }), 'parameters.n must be a string'],
  ] as const)('it %s: misconfigured, in words without secrets', async (_, method, message) => {
    const client = await renewing(method as never)
    const error = await failureOf(client.accessToken())
    expect(error).toMatchObject({ code: 'misconfigured', message: expect.stringContaining(message) })
    expect(error['message']).toMatch(/^the grant 'service' .*; nothing was sent$/)
    expect(error['message']).not.toContain('s3cret')
    expect(server.requests).toHaveLength(1)
    expect(await client.status()).toMatchObject({ status: 'live' })
  })

  test('it hangs: misconfigured after 5 s', async () => {
    const client = await renewing(() => new Promise(() => {}))
    const work = client.accessToken()
    const failed = expect(work).rejects.toMatchObject({
      code: 'misconfigured',
      message: "the grant 'service' took longer than 5 s; nothing was sent",
    })
    while (clock.sleeping().length === 0) await sleep(5)
    await clock.advance(5_000)
    await failed
    expect(server.requests).toHaveLength(1)
  })

  test('a transient error stays transient, and the tokens are renewed when it has passed', async () => {
    let failures = 1
    const { access_token } = await clientCredentials(clientOf({ store: new MemoryTokenStore({ clock }) }))
    const client = await renewing((): GrantedRequest => {
      if (failures-- > 0) throw new TransientError({ message: 'the other server is down' })
      const subject_token_type = 'urn:ietf:params:oauth:token-type:access_token'
      return { parameters: { grant_type: TOKEN_EXCHANGE, subject_token: access_token, subject_token_type } }
    })
    expect(await passing(client.accessToken())).toEqual(expect.any(String))

    await expire()
    failures = Infinity
    expect(await failureOf(client.accessToken({ maxWaitMs: 0 }))).toMatchObject({
      name: 'TransientError',
      message: "the grant 'service' failed: the other server is down; nothing was sent",
    })
    expect(server.requests).toHaveLength(2)
    expect(await client.status()).toMatchObject({ status: 'live' })
  })

  test('the user of the other account must sign in again: so says the error, and the account works as soon as they did', async () => {
    const other = clientOf({ store: new MemoryTokenStore({ clock }) })
    await signInByGrant(clientOf(), 'service')
    await expire()
    const grant = tokenExchange({ subjectToken: () => other.accessToken() })
    const client = clientOf({ grants: { service: grant } })
    for (let n = 0; n < 2; n++) {
      const error = await failureOf(client.accessToken())
      expect(error).toMatchObject({
        code: 'signed_out',
        message:
          "the grant 'service' failed: nobody has signed in to this account: it has no tokens; nothing was sent",
      })
      expect(isSignInRequired(error)).toBe(true)
    }
    expect(await client.status()).toMatchObject({ status: 'live' })
    await clientCredentials(other)
    await clock.advance(60_000)
    expect(await client.accessToken()).toEqual(expect.any(String))
  })
})

describe('signInByGrant', () => {
  test('a name that the client does not have, and values that are not clients', async () => {
    expect(await failureOf(signInByGrant(clientOf(), 'other'))).toMatchObject({
      code: 'misconfigured',
      message: "this client has no grant 'other': pass it in the option 'grants'",
    })
    expect(await failureOf(signInByGrant(clientOf({ grants: undefined }), 'toString'))).toMatchObject({
      code: 'misconfigured',
    })
    await expect(signInByGrant({} as Client, 'service')).rejects.toThrow(TypeError)
    await expect(signInByGrant(clientOf(), 1 as never)).rejects.toThrow('name must be a string')
    await expect(signInByGrant(clientOf({ grants: { raw: (() => {}) as never } }), 'raw')).rejects.toThrow(
      new TypeError('grants.raw must be the result of tokenGrant() or of another grant'),
    )
    expect(server.requests).toHaveLength(0)
  })

  test.each([
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'grant_type',
    'subject_token',
    'actor_token',
    'assertion',
    'refresh_token',
    'access_token',
    'id_token',
    'code',
    'device_code',
    'code_verifier',
    'password',
    'token',
  ])('%s is not stored', async name => {
    const message = `parameters must not have '${name}'`
    await expect(signInByGrant(clientOf(), 'service', { [name]: 'x' })).rejects.toThrow(message)
    await expect(clientCredentials(clientOf(), { parameters: { [name]: 'x' } })).rejects.toThrow(message)
  })

  test.each([
    [{ ticket: 'eyJhbGciOiJub25lIn0.e30.' }, 'must not have'],
    [{ scope: ['a', 'b'] }, 'must be a string'],
    [{ resource: [1] }, 'must be a string'],
    [{ login: 1 }, 'must be a string'],
    ['scope', 'must be an object'],
    [null, 'must be an object'],
  ])('%j is not stored', async (parameters, message) => {
    await expect(signInByGrant(clientOf(), 'service', parameters as never)).rejects.toThrow(message)
  })

  test('the names of a provider that renames parameters are reserved as well', async () => {
    const renaming = { ...provider, quirks: { tokenRequest: [renamed('client_id', 'client_key')] } }
    await expect(
      signInByGrant(clientOf({ provider: renaming }), 'service', { client_key: 'x' }),
    ).rejects.toThrow("parameters must not have 'client_key'")
  })
})
