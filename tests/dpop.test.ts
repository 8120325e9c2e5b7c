// Tokens that are bound to a key (RFC 9449), against `oidc-provider`. `jose` checks every proof that is sent.
import { createHash, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Client,
  clientCredentials,
  type ClientOptions,
  deviceAuthorization,
  discover,
  dpop,
  introspect,
  MemoryTokenStore,
  type Provider,
  pushAuthorization,
  revoke,
} from '@latchkey/core'
import { identify, userinfo } from '@latchkey/core/provider'
import { type DpopKeyPair, type DpopKeys, systemClock } from '@latchkey/core/ports'
import { authorizedFetch, fetchTransport, kyHooks } from '@latchkey/transport-fetch'
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import ky from 'ky'
import { Browser } from './servers/browser.ts'
import { CLIENTS, type OidcProvider, REDIRECT_URI, startOidcProvider } from './servers/oidc-provider.ts'

/** A request that carried a proof. */
interface Proven {
  readonly method: string
  readonly url: string
  readonly proof: string
  readonly authorization: string | null
  readonly status: number
}

let proven: Proven[] = []
/** Sends, and records the requests with a proof. */
const recording: typeof fetch = async (input, init) => {
  const given = input instanceof Request ? input : undefined
  const url = given?.url ?? String(input)
  const method = init?.method ?? given?.method ?? 'GET'
  const headers = new Headers(init?.headers ?? given?.headers)
  const proof = headers.get('dpop')
  const response = await fetch(input, init)
  if (proof)
    proven.push({
      method,
      url,
      proof,
      authorization: headers.get('authorization'),
      status: response.status,
    })
  return response
}

/** Checks all recorded proofs with `jose`, and returns the thumbprints of their keys. */
async function checkProofs(): Promise<Set<string>> {
  const ids = new Set<unknown>()
  const keys = new Set<string>()
  for (const { method, url, proof, authorization } of proven) {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
    expect(protectedHeader.jwk).not.toHaveProperty('d')
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload['htm']).toBe(method)
    expect(payload['htu']).toBe(url.replace(/[?#].*/s, ''))
    expect(Math.abs(payload.iat! - Date.now() / 1000)).toBeLessThan(5)
    const [, token] = /^DPoP (.+)$/.exec(authorization ?? '') ?? []
    expect(payload['ath']).toBe(token && createHash('sha256').update(token).digest('base64url'))
    ids.add(payload.jti)
    keys.add(await calculateJwkThumbprint(decodeProtectedHeader(proof).jwk!))
  }
  expect(ids.size).toBe(proven.length)
  return keys
}

let server: OidcProvider
let provider: Provider
let requiresNonce = false
const transport = fetchTransport({ fetch: recording })

beforeEach(async () => {
  proven = []
  requiresNonce = false
  server = await startOidcProvider({
    features: {
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => requiresNonce },
      userinfo: { enabled: true },
    },
  })
  const found = await discover(server.url, { transport })
  provider = { ...found, api: { origins: [server.url] }, identity: userinfo(`${server.url}/me`, 'sub') }
})

afterEach(() => server.close())

const clientOf = (options: ClientOptions = {}): Client =>
  new Client({
    ...CLIENTS.public,
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    provider,
    transport,
    dpop: dpop(),
    ...options,
  })
const allow = (url: string): Promise<string> => new Browser(REDIRECT_URI).open(url)

async function signedIn(options?: ClientOptions): Promise<Client> {
  const client = clientOf(options)
  const auth = client.Authorize.byCode()
  expect(await auth.authorize(await allow(auth.url))).toMatchObject({ token_type: 'DPoP' })
  return client
}

/** Keys in memory that cannot be exported. */
const keysIn = (pairs: Map<string, DpopKeyPair>): DpopKeys => ({
  get: jkt => Promise.resolve(pairs.get(jkt)),
  set: (jkt, pair) => Promise.resolve(void pairs.set(jkt, pair)),
  delete: jkt => Promise.resolve(void pairs.delete(jkt)),
})

describe.each([
  ['without a nonce', false],
  ['with a nonce', true],
])('a server %s', (_, nonce) => {
  beforeEach(() => void (requiresNonce = nonce))

  test.each([
    ['public', CLIENTS.public],
    ['confidential', CLIENTS.confidential],
  ])('a %s client: code, API, refresh, introspection, revocation', async (_, credentials) => {
    const client = await signedIn(credentials)
    const fetch = authorizedFetch(client, { fetch: recording })
    expect(await (await fetch(`${server.url}/me?x=1#y`)).json()).toMatchObject({ sub: 'somebody' })
    expect(await identify(client)).toBe('somebody')
    const before = client.access_token
    await client.Authorize.regenerateFromRefreshToken()
    expect(client.access_token).not.toBe(before)
    expect((await fetch(`${server.url}/me`)).status).toBe(200)
    if ('client_secret' in credentials) expect(await introspect(client)).toMatchObject({ active: true })
    const keys = await checkProofs()
    expect(keys.size).toBe(1)
    await revoke(client)
    expect(await client.tokens()).toBeUndefined()
    expect(proven.some(({ status }) => status >= 400)).toBe(nonce)
  })

  test('a pushed request is signed with the key of the tokens, in another process too', async () => {
    const store = new MemoryTokenStore()
    const pushed = await pushAuthorization(clientOf({ store }))
    const { binding } = await pushed.save()
    expect(pushed.url).not.toContain('dpop')
    const other = clientOf({ store })
    await other.Authorize.complete(await allow(pushed.url), { binding, account: () => 'a' })
    expect((await checkProofs()).size).toBe(1)
    await other.account('a').Authorize.regenerateFromRefreshToken()
    expect((await checkProofs()).size).toBe(1)
  })

  test('the device flow', async () => {
    const client = clientOf()
    const device = await deviceAuthorization(client)
    await new Browser(REDIRECT_URI).fill(device.verification_uri, { user_code: device.user_code }, {})
    // Saved and resumed: the key is created when the tokens are requested.
    const resumed = await deviceAuthorization(client, JSON.stringify({ ...device.toJSON(), wakeAtMs: 0 }))
    expect(await resumed.authorize()).toMatchObject({ token_type: 'DPoP' })
    await client.Authorize.regenerateFromRefreshToken()
    expect((await checkProofs()).size).toBe(1)
  })

  test('client credentials, and their renewal', async () => {
    const client = clientOf({ ...CLIENTS.confidential, scope: null, store: new MemoryTokenStore() })
    const { access_token } = await clientCredentials(client)
    const renewed = await client.rejected(access_token)
    expect(renewed).not.toBe(access_token)
    expect((await checkProofs()).size).toBe(1)
  })

  test('kyHooks, and an upload whose body can be sent again', async () => {
    const client = await signedIn()
    const api = ky.create({ hooks: kyHooks(client, { fetch: recording }), fetch: recording, retry: 1 })
    expect(await api.post(`${server.url}/me`, { body: new URLSearchParams() }).json()).toMatchObject({
      sub: 'somebody',
    })
    expect(await api.get(`${server.url}/me`).json()).toMatchObject({ sub: 'somebody' })
    await checkProofs()
  })

  test('headersFor returns a proof for one request', async () => {
    const client = await signedIn()
    const url = `${server.url}/me`
    const get = async () => {
      const headers = await client.headersFor({ method: 'GET', url })
      return recording(url, { headers })
    }
    const first = await get()
    const isRequired = client.dpop!.isNonceRequired(url, {
      status: first.status,
      header: name => first.headers.get(name),
    })
    expect(isRequired).toBe(first.status === 401)
    expect((await get()).status).toBe(200)
    expect((await client.headersFor({ url })).authorization).toMatch(/^DPoP /)
    await checkProofs()
  })
})

test('the record holds the key, another client uses it, and a sign-out removes it', async () => {
  const store = new MemoryTokenStore()
  const first = await signedIn({ store })
  const second = clientOf({ store })
  await second.Authorize.regenerateFromRefreshToken()
  expect((await authorizedFetch(first, { fetch: recording })(`${server.url}/me`)).status).toBe(200)
  const [jkt] = await checkProofs()
  const stored = async () => JSON.stringify(await store.read([...(await keysOf(store))][0]!))
  expect(await stored()).toContain(jkt)
  expect(inspect([first, await first.tokens(), first.snapshot()], { depth: 9 })).not.toContain('"d"')
  await second.signOut()
  expect(await stored()).not.toContain(jkt)
})

test('a client without dpop sends nothing for tokens that are bound', async () => {
  const store = new MemoryTokenStore()
  await signedIn({ store })
  proven = []
  const other = clientOf({ store, dpop: undefined })
  const refused = { code: 'misconfigured', message: expect.stringContaining('pass dpop: dpop()') }
  const send: typeof fetch = () => Promise.reject(new Error('sent'))
  const url = `${server.url}/me`
  await expect(other.accessToken()).rejects.toMatchObject(refused)
  await expect(other.accessToken()).rejects.toMatchObject(refused)
  await expect(other.headersFor({ url })).rejects.toMatchObject(refused)
  await expect(authorizedFetch(other, { fetch: send })(url)).rejects.toMatchObject(refused)
  await expect(other.Authorize.regenerateFromRefreshToken()).rejects.toMatchObject({
    code: 'misconfigured',
    message: expect.stringContaining('pass dpop: dpop()'),
  })
})

test('an account that was signed in without a key gets one at its next refresh', async () => {
  const store = new MemoryTokenStore()
  const plain = clientOf({ store, dpop: undefined, ...CLIENTS.confidential })
  const auth = plain.Authorize.byCode()
  expect(await auth.authorize(await allow(auth.url))).toMatchObject({ token_type: 'Bearer' })
  const bound = clientOf({ store, ...CLIENTS.confidential })
  expect((await authorizedFetch(bound, { fetch: recording })(`${server.url}/me`)).status).toBe(200)
  expect(proven).toEqual([])
  expect(await bound.Authorize.regenerateFromRefreshToken()).toMatchObject({ token_type: 'DPoP' })
  expect((await authorizedFetch(bound, { fetch: recording })(`${server.url}/me`)).status).toBe(200)
  expect((await checkProofs()).size).toBe(1)
})

describe('keys that cannot be exported', () => {
  test('are stored apart, used by another process, and destroyed by a sign-out', async () => {
    const store = new MemoryTokenStore()
    const pairs = new Map<string, DpopKeyPair>()
    const client = await signedIn({ store, dpop: dpop({ keys: keysIn(pairs) }) })
    const [jkt] = await checkProofs()
    expect([...pairs.keys()]).toEqual([jkt])
    expect((pairs.get(jkt!)!.privateKey as CryptoKey).extractable).toBe(false)
    const other = clientOf({ store, dpop: dpop({ keys: keysIn(pairs) }) })
    await other.Authorize.regenerateFromRefreshToken()
    expect((await checkProofs()).size).toBe(1)
    await client.signOut()
    expect(pairs.size).toBe(0)
  })

  test('are destroyed by another sign-in', async () => {
    const pairs = new Map<string, DpopKeyPair>()
    const client = await signedIn({ dpop: dpop({ keys: keysIn(pairs) }) })
    const [old] = [...pairs.keys()]
    const auth = client.Authorize.byCode()
    await auth.authorize(await allow(auth.url))
    expect(pairs.size).toBe(1)
    expect([...pairs.keys()]).not.toContain(old)
  })

  test('that are missing require a new sign-in, and nothing is sent', async () => {
    const store = new MemoryTokenStore()
    await signedIn({ store, dpop: dpop({ keys: keysIn(new Map()) }) })
    proven = []
    const another = (options: ClientOptions = {}): Client =>
      clientOf({ store, dpop: dpop({ keys: keysIn(new Map()) }), ...options })
    const fetching = authorizedFetch(another(), { fetch: recording })(`${server.url}/me`)
    await expect(fetching).rejects.toMatchObject({ code: 'reauth_required' })
    // When the access token has expired.
    const later = { ...systemClock, nowMs: () => Date.now() + 7_200_000 }
    const other = another({ clock: later })
    await expect(other.accessToken()).rejects.toMatchObject({ code: 'reauth_required' })
    expect(await other.status()).toMatchObject({ status: 'reauth', inDoubt: false })
    expect(proven).toEqual([])
  })
})

async function keysOf(store: MemoryTokenStore): Promise<string[]> {
  const all: string[] = []
  for await (const key of store.keys()) all.push(key)
  return all
}
