// Two users sign in to one web server, at each kind of provider: neither gets the other's account.
import { expect, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  defineProvider,
  imgur,
  MemoryTokenStore,
  type ProviderDescription,
  SignedOutError,
} from '@latchkey/core'
import type { HttpRequest } from '@latchkey/core/ports'
import { fakeClock } from '@latchkey/test-kit'
import { dropbox, github, gitlab, google, mastodon, microsoft, spotify } from '@latchkey/providers'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { collected, respondingWith } from './support.ts'

const NOW_S = 1_800_000_000
const ISSUER = 'https://as.example'
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (payload: object): string => `${base64url({ alg: 'RS256' })}.${base64url(payload)}.c2ln`
const PAYLOAD = { iss: ISSUER, aud: 'id', sub: 'user-1', exp: NOW_S + 60 }

const AS: ProviderDescription = {
  name: 'as',
  issuer: ISSUER,
  authorizationEndpoint: `${ISSUER}/authorize`,
  tokenEndpoint: `${ISSUER}/token`,
  revocationEndpoint: `${ISSUER}/revoke`,
  pkce: 'none',
}

/** Signs in through `complete`; `respond` returns the token response and those of other requests. */
async function signIn(
  options: ClientOptions,
  respond: (request: HttpRequest) => object,
  complete: { readonly account?: (tokens: object) => unknown } = {},
) {
  const clock = fakeClock({ nowMs: NOW_S * 1000 })
  const transport = respondingWith(request => ({ body: JSON.stringify(respond(request)) }))
  const client = new Client({
    client_id: 'id',
    clock,
    transport,
    store: new MemoryTokenStore({ clock }),
    ...options,
  })
  const auth = client.Authorize.byCode()
  const { binding } = await auth.save()
  const iss = client.provider.issuer ? `&iss=${encodeURIComponent(client.provider.issuer)}` : ''
  const outcome = client.Authorize.complete(`/callback?code=c&state=${auth.state}${iss}`, {
    binding,
    ...complete,
  } as never).then(
    ({ account }) => account,
    (error: Error) => error,
  )
  return { outcome: await outcome, requests: transport.requests, client }
}

const tokens = (more: object = {}) => ({ access_token: 'a', token_type: 'bearer', ...more })

test('without a way to tell users apart nothing is sent, and the error names the option', async () => {
  const { outcome, requests } = await signIn({ provider: defineProvider(AS) }, () => tokens())
  expect(outcome).toBeInstanceOf(TypeError)
  expect(String(outcome)).toContain('the option account')
  expect(requests).toEqual([])
})

test('the token flow has no identity: what came through the browser names nobody', async () => {
  const clock = fakeClock({ nowMs: NOW_S * 1000 })
  const transport = respondingWith(() => ({ body: '' }))
  const store = new MemoryTokenStore({ clock })
  const provider = defineProvider({ ...AS, grants: ['implicit'], identity: 'id_token.sub' })
  const client = new Client({ client_id: 'id', clock, transport, store, provider })
  const auth = client.Authorize.byToken()
  const { binding } = await auth.save()
  const returned = `/callback#access_token=forged&token_type=bearer&id_token=${jwt(PAYLOAD)}&state=${auth.state}&iss=${ISSUER}`
  const outcome = client.Authorize.complete(returned, {
    binding,
    account: async (_tokens, { identify }) => (await identify()) as string,
  })
  await expect(outcome).rejects.toThrow('undefined')
  expect(await collected(client.accounts())).toEqual([])
  expect(transport.requests.map(({ url }) => url)).toEqual([`${ISSUER}/revoke`])
})

test("the README's program of 0.1 with another provider than Imgur signs nobody in to an account 'undefined'", async () => {
  const { outcome, requests, client } = await signIn({ provider: defineProvider(AS) }, () => tokens(), {
    account: (received: { account_username?: unknown }) => String(received.account_username),
  } as never)
  expect(outcome).toBeInstanceOf(TypeError)
  expect(requests.map(({ url }) => url)).toContain(`${ISSUER}/revoke`)
  const names = []
  for await (const name of client.accounts()) names.push(name)
  expect(names).toEqual([])
})

test('an account that was passed to the client is used, and an option overrides it', async () => {
  const provider = defineProvider({ ...AS, identity: 'user' })
  expect((await signIn({ provider, account: 'mine' }, () => tokens({ user: 'other' }))).outcome).toBe('mine')
  const account = () => 'chosen'
  expect((await signIn({ provider, account: 'mine' }, () => tokens(), { account })).outcome).toBe('chosen')
})

test.each([
  ['a member', 'user_id', { user_id: 7 }, '7'],
  ['a nested member', 'team.id', { team: { id: 'T1' } }, 'T1'],
  ['the subject of an id_token', 'id_token.sub', { id_token: jwt(PAYLOAD) }, 'user-1'],
  [
    'one audience of several',
    'id_token.sub',
    { id_token: jwt({ ...PAYLOAD, aud: ['x', 'id'], azp: 'id' }) },
    'user-1',
  ],
  [
    'an id_token that has just expired',
    'id_token.sub',
    { id_token: jwt({ ...PAYLOAD, exp: NOW_S - 299 }) },
    'user-1',
  ],
])('identity: %s', async (_, identity, more, account) => {
  const { outcome, requests } = await signIn({ provider: defineProvider({ ...AS, identity }) }, () =>
    tokens(more),
  )
  expect(outcome).toBe(account)
  expect(requests).toHaveLength(1)
})

test.each([
  ['no member', 'user_id', {}],
  ['null', 'user_id', { user_id: null }],
  ['an inherited member', 'constructor', {}],
  ['a number that is not exact', 'user_id', { user_id: 2 ** 60 }],
  ['no id_token', 'id_token.sub', {}],
  ['an id_token that is no JWT', 'id_token.sub', { id_token: 'x' }],
  ['another issuer', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, iss: 'https://evil.example' }) }],
  ['another client', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, aud: 'other' }) }],
  ['several audiences without azp', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, aud: ['id', 'x'] }) }],
  ['another azp', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, azp: 'other' }) }],
  ['an id_token that has expired', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, exp: NOW_S - 301 }) }],
  ['an id_token that never expires', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, exp: undefined }) }],
  ['no subject', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, sub: undefined }) }],
  ['a subject that is no string', 'id_token.sub', { id_token: jwt({ ...PAYLOAD, sub: { a: 1 } }) }],
])('%s at %s signs nobody in, and the tokens are revoked', async (_, identity, more) => {
  const { outcome, requests } = await signIn({ provider: defineProvider({ ...AS, identity }) }, () =>
    tokens(more),
  )
  expect(outcome).toBeInstanceOf(Error)
  expect(requests.at(-1)?.url).toBe(`${ISSUER}/revoke`)
})

const atUserinfo = { ...AS, identity: { userinfo: `${ISSUER}/me`, path: 'data.id' } }

test('userinfo is requested with the access token', async () => {
  const { outcome, requests } = await signIn({ provider: defineProvider(atUserinfo) }, ({ url }) =>
    url.endsWith('/me') ? { data: { id: 42 } } : tokens(),
  )
  expect(outcome).toBe('42')
  expect(requests[1]).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer a' } })
})

test("a userinfo of another user than the id_token's signs nobody in", async () => {
  const { outcome } = await signIn({ provider: defineProvider(atUserinfo) }, ({ url }) =>
    url.endsWith('/me') ? { sub: 'user-2', data: { id: 42 } } : tokens({ id_token: jwt(PAYLOAD) }),
  )
  expect(outcome).toMatchObject({ code: 'misconfigured' })
})

test.each([
  [{ ...AS, identity: 'id_token.email' }, 'identity'],
  [{ ...AS, issuer: undefined, identity: 'id_token.sub' }, 'issuer'],
  [{ ...AS, identity: { userinfo: 'http://as.example/me', path: 'id' } }, 'identity.userinfo'],
  [{ ...AS, identity: 7 }, 'identity'],
])('a description that cannot identify anybody is a TypeError: %j', (description, named) => {
  expect(() => defineProvider(description as never)).toThrow(TypeError)
  expect(() => defineProvider(description as never)).toThrow(named)
})

test('a description with an identity, described again, is the same', () => {
  for (const identity of ['user_id', 'id_token.sub', { userinfo: `${ISSUER}/me`, path: 'id' }]) {
    const provider = defineProvider({ ...AS, identity })
    expect(defineProvider(provider)).toEqual(provider)
  }
})

test('presets identify users by what never passes to another user', () => {
  const base = { baseUrl: 'https://social.example' }
  for (const provider of [
    imgur(),
    dropbox(),
    github(),
    gitlab(),
    google(),
    mastodon(base),
    microsoft(),
    spotify(),
  ])
    expect(provider.identity).toBeDefined()
})

test.each(['', 'undefined', 'null', '[object Object]', 'a\u0000b', 'a\udc00'])(
  'client.account(%j) is a TypeError',
  name => {
    expect(() => new Client('id').account(name)).toThrow(TypeError)
    if (name !== '') expect(() => new Client({ client_id: 'id', account: name })).toThrow(TypeError)
  },
)

test("tokens and secrets of an instance never mix with those of the provider's own server", () => {
  const names = [
    imgur(),
    imgur({ baseUrl: 'http://127.0.0.1:4400' }),
    imgur({ baseUrl: 'https://api.imgur.com/' }),
  ].map(({ name }) => name)
  expect(names).toEqual(['imgur', 'imgur.127.0.0.1:4400', 'imgur'])
})

test.each([
  ['imgur', imgur],
  ['github', github],
  ['gitlab', gitlab],
] as const)(
  'an instance of %s sees no tokens of the server of that name, in the same store',
  async (_, preset) => {
    const store = new MemoryTokenStore()
    const [own, instance] = [preset(), preset({ baseUrl: 'https://git.example' })].map(
      provider => new Client({ client_id: 'id', provider, store }),
    )
    await own!.import({ access_token: 'a' })
    expect(await instance!.tokens()).toBeUndefined()
    expect(instance!.provider.api?.origins).toEqual(['https://git.example'])
    expect(own!.provider.api?.origins).not.toContain('https://git.example')
  },
)

test('an account that is signed out sends its client id only where the provider describes that', async () => {
  const url = 'https://api.imgur.com/3/credits'
  expect(await new Client('id').headersFor({ url })).toEqual({ authorization: 'Client-ID id' })
  const api = { origins: ['https://api.imgur.com'] }
  const other = new Client({ client_id: 'id', provider: defineProvider({ ...AS, api }) })
  await expect(other.headersFor({ url })).rejects.toMatchObject({ code: 'signed_out' })
  const origin = 'https://api.invalid' // nothing is sent there
  await expect(authorizedFetch(other, { origins: [origin] })(origin)).rejects.toThrow(SignedOutError)
})
