// Tests a client's credentials, what it stores, and its errors for wrong arguments. There is no server: the tests supply
// the responses of the token endpoint.
import { inspect } from 'node:util'
import { expect, jest, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  imgur,
  MemoryTokenStore,
  type TokenStore,
  MisconfiguredError,
  StoreError,
  type Tokens,
} from '@latchkey/core'
import { respondingWith, deferred, hastyClock, storeWith, until } from './support.ts'

const KEY = 'imgur/43652b743b5a7a0/default'
const granted = (n: number, more: object = {}) => ({
  body: JSON.stringify({
    access_token: `access-${n}`,
    expires_in: 3600,
    token_type: 'bearer',
    scope: null,
    refresh_token: `refresh-${n}`,
    account_id: 4118974,
    account_username: 'rmp135',
    ...more,
  }),
})

function clientWith(options: ClientOptions = {}): Client {
  return new Client({ client_id: '43652b743b5a7a0', client_secret: 'the-client-secret', ...options })
}

test('a credential is null until it is set, and an empty string counts as null', () => {
  for (const client of [
    new Client(),
    new Client({}),
    new Client(''),
    new Client({ client_id: '', access_token: '' }),
  ])
    expect(client).toMatchObject({
      client_id: null,
      client_secret: null,
      access_token: null,
      client_token: null,
      refresh_token: null,
      mashape_key: null,
    })
})

test('a string is the client id; an object sets each credential, and client_token is another name of access_token', () => {
  expect(new Client('43652b743b5a7a0').client_id).toBe('43652b743b5a7a0')
  const options = { client_id: 'a', client_secret: 'b', refresh_token: 'd', mashape_key: 'e' }
  expect(new Client({ ...options, access_token: 'c' })).toMatchObject({
    ...options,
    access_token: 'c',
    client_token: 'c',
  })
  expect(new Client({ ...options, client_token: 'c' })).toMatchObject({
    ...options,
    access_token: 'c',
    client_token: 'c',
  })
})

test.each([
  [{ clientId: 'x' }, 'clientId'],
  [{ client_id: 5 }, 'client_id'],
  [{ client_secret: {} }, 'client_secret'],
  [{ requireState: 'yes' }, 'requireState'],
  [{ transport: () => {} }, 'transport'],
  [{ store: { read() {} } }, 'compareAndSwap'],
  [{ clock: {} }, 'nowMs'],
  [{ logger: { log() {} } }, 'warn'],
  [{ provider: 'imgur' }, 'provider'],
  [5, 'the options of a client must be an object, not of type number'],
  [null, 'the options of a client must be an object, not null'],
])('new Client(%j) is a TypeError that names what is wrong', (options, named) => {
  expect(() => new Client(options as never)).toThrow(TypeError)
  expect(() => new Client(options as never)).toThrow(named)
})

test('an endpoint without TLS is rejected, except on loopback', () => {
  expect(() => imgur({ baseUrl: 'http://api.imgur.com' })).toThrow(TypeError)
  expect(() => imgur({ baseUrl: 'http://localhost.example.com' })).toThrow(TypeError)
  expect(() => imgur({ baseUrl: 'ftp://127.0.0.1' })).toThrow('baseUrl')
  expect(() => imgur({ baseUrl: 'nonsense' })).toThrow('baseUrl')
  for (const host of ['127.0.0.1:81', 'localhost:3000', '[::1]:9'])
    expect(imgur({ baseUrl: `http://${host}/` }).tokenEndpoint).toBe(`http://${host}/oauth2/token`)
})

test('by* order the parameters: client_id, response_type, state, then the options of the client', () => {
  const client = clientWith({ redirect_uri: 'http://127.0.0.1:5000/a b', scope: 'x' })
  expect(client.Authorize.byCode('s p&c').url).toBe(
    'https://api.imgur.com/oauth2/authorize?client_id=43652b743b5a7a0&response_type=code&state=s%20p%26c' +
      '&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fa%20b&scope=x',
  )
})

test('without a state, a new random one is used each time; a given state is unchanged', () => {
  const { Authorize } = clientWith()
  const states = [Authorize.byCode(), Authorize.byCode(''), Authorize.byPIN(), Authorize.byToken()].map(
    auth => auth.state,
  )
  for (const state of states) expect(state).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(states).size).toBe(4)
  expect(Authorize.byCode('application state').state).toBe('application state')
  for (const wrong of [{ state: 5 }, { state: {} }, { state: null }])
    expect(() => Authorize.byCode(wrong as never)).toThrow('state must be a string')
  for (const wrong of [5, null]) expect(() => Authorize.byCode(wrong as never)).toThrow('must be an object')
})

test('without a client id, or without the grant in the provider, no flow starts', () => {
  expect(() => new Client().Authorize.byCode()).toThrow(MisconfiguredError)
  expect(() => new Client().Authorize.byCode()).toThrow('client_id')
  const provider = { ...imgur(), grants: ['authorization_code' as const] }
  expect(() => clientWith({ provider }).Authorize.byPIN()).toThrow('no pin grant')
})

test('an unknown secret is left out of the exchange', async () => {
  const transport = respondingWith(() => granted(1))
  const client = new Client({ client_id: '43652b743b5a7a0', transport })
  await client.Authorize.byPIN().authorize('1234567890')
  expect(transport.requests[0]?.body).toBe('grant_type=pin&pin=1234567890&client_id=43652b743b5a7a0')
})

test('tokens keep other members of the response, account_id is a string, and null members are absent', async () => {
  const client = clientWith({ transport: respondingWith(() => granted(1, { extra: { deep: true } })) })
  const tokens = await client.Authorize.byCode().authorize('a-code')
  expect(tokens).toEqual({
    access_token: 'access-1',
    expires_in: 3600,
    expires_at: expect.any(Number),
    token_type: 'bearer',
    refresh_token: 'refresh-1',
    account_id: '4118974',
    account_username: 'rmp135',
    extra: { deep: true },
  })
})

test.each([
  ['HTML with status 200', { body: '<html>Woah there!</html>', headers: { 'content-type': 'text/html' } }],
  [
    'an error in the provider’s envelope',
    { status: 400, body: '{"data":{"error":"Invalid refresh token"}}' },
  ],
  ['no access token', { body: '{"refresh_token":"other","token_type":"bearer"}' }],
  ['an access token with a line break', granted(2, { access_token: 'a\r\nb' })],
  ['an empty body', {}],
])('a refresh answered with %s costs no token', async (_, answer: { body?: string }) => {
  const store = new MemoryTokenStore()
  const client = clientWith({
    clock: hastyClock(),
    store,
    access_token: 'mine',
    refresh_token: 'also-mine',
    transport: respondingWith(() => answer),
  })

  await expect(client.Authorize.regenerateFromRefreshToken()).rejects.toMatchObject({
    code: expect.any(String),
  })

  // A refresh token in a response without a usable access token has replaced the old one at the server.
  const { refresh_token = 'also-mine' } = (JSON.parse(answer.body?.startsWith('{') ? answer.body : '{}') ??
    {}) as { refresh_token?: string }
  expect(client).toMatchObject({ access_token: 'mine', refresh_token })
  expect((await store.read(KEY))?.value).toMatchObject({ tokens: { access_token: 'mine', refresh_token } })
})

test('a successful authorization is stored when it resolves', async () => {
  const store = new MemoryTokenStore()
  const client = clientWith({ store, transport: respondingWith(() => granted(1)) })

  await client.Authorize.byCode().authorize('a-code')

  expect((await store.read(KEY))?.value).toMatchObject({
    v: 2,
    provider: 'imgur',
    client_id: '43652b743b5a7a0',
    account: 'default',
    generation: 1,
    status: 'live',
    tokens: { access_token: 'access-1', refresh_token: 'refresh-1' },
  })
})

test('a refresh is the next generation of the same family, a sign-in starts a new family', async () => {
  const store = new MemoryTokenStore()
  let n = 0
  const client = clientWith({ store, transport: respondingWith(() => granted(++n)) })
  const stored = async () => (await store.read(KEY))?.value as { generation: number; family: string }

  await client.Authorize.byCode().authorize('a-code')
  const first = await stored()
  await client.Authorize.regenerateFromRefreshToken()
  const second = await stored()
  await client.Authorize.byCode().authorize('a-code')
  const third = await stored()

  expect([first.generation, second.generation, third.generation]).toEqual([1, 2, 3])
  expect(second.family).toBe(first.family)
  expect(third.family).not.toBe(first.family)
})

test('another client with the same store regenerates with the stored refresh token; other accounts are separate', async () => {
  const store = new MemoryTokenStore()
  const warn = jest.fn()
  const transport = respondingWith(() => granted(transport.requests.length))
  await clientWith({ store, transport }).Authorize.byCode().authorize('a-code')

  const tokens = await clientWith({ store, transport }).Authorize.regenerateFromRefreshToken()
  expect(transport.requests[1]?.body).toContain('refresh_token=refresh-1')
  expect(tokens?.access_token).toBe('access-2')

  const other = clientWith({ store, transport, account: 'some/body else', logger: { warn } })
  expect(await other.Authorize.regenerateFromRefreshToken()).toBeNull()
  expect(warn).toHaveBeenCalledTimes(1)
})

test('a sign-in during a refresh overrides its result', async () => {
  const refresh = deferred<object>()
  const store = new MemoryTokenStore()
  const transport = respondingWith(({ body }) =>
    body?.includes('refresh_token=old') ? refresh.promise : granted(7),
  )
  const client = clientWith({ store, refresh_token: 'old', transport })

  const refreshed = client.Authorize.regenerateFromRefreshToken()
  await until(() => transport.requests.length === 1)
  await client.Authorize.byCode().authorize('a-code')
  refresh.resolve(granted(1))
  await refreshed

  expect(client.access_token).toBe('access-7')
  expect((await store.read(KEY))?.value).toMatchObject({ tokens: { access_token: 'access-7' } })
})

test('a sign-out leaves a tombstone, and a late refresh does not restore the account', async () => {
  const refresh = deferred<object>()
  const store = new MemoryTokenStore()
  const transport = respondingWith(() => refresh.promise)
  const client = clientWith({ store, refresh_token: 'old', transport })

  const refreshed = client.Authorize.regenerateFromRefreshToken()
  await until(() => transport.requests.length === 1)
  await client.signOut()
  refresh.resolve(granted(1))
  await expect(refreshed).rejects.toMatchObject({ code: 'signed_out' })

  expect(client).toMatchObject({ access_token: null, refresh_token: null })
  expect((await store.read(KEY))?.value).toMatchObject({ status: 'signedOut', tokens: {} })
})

test('a failing store loses no tokens: they are returned, the failure is reported, and settled() tries again', async () => {
  const store = new MemoryTokenStore()
  let broken = true
  const warn = jest.fn()
  const client = clientWith({
    clock: hastyClock(),
    transport: respondingWith(() => granted(1)),
    logger: { warn },
    store: storeWith(store, {
      compareAndSwap: (...swap) =>
        broken
          ? Promise.reject(Object.assign(new Error('disk full: access-1'), { code: 'ENOSPC' }))
          : store.compareAndSwap(...swap),
    }),
  })

  const tokens = await client.Authorize.byCode().authorize('a-code')
  expect(tokens.access_token).toBe('access-1')
  expect(client.refresh_token).toBe('refresh-1')
  expect(warn).toHaveBeenCalledTimes(1)
  expect(warn.mock.calls.flat().join()).not.toMatch(/access-1|refresh-1/)

  const failure = await client.settled().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(StoreError)
  expect(failure).toMatchObject({ code: 'store_unavailable', cause: { code: 'ENOSPC' } })
  expect(inspect(failure)).not.toContain('access-1')

  broken = false
  await client.settled()
  expect((await store.read(KEY))?.value).toMatchObject({ tokens: { access_token: 'access-1' } })
})

test('byToken returns first and writes afterwards; settled() waits for that write and reports its failure', async () => {
  const store = new MemoryTokenStore()
  const warn = jest.fn()
  const fragment = '#access_token=a1&token_type=bearer&expires_in=60'
  const good = clientWith({ store })
  good.Authorize.byToken('s').authorize(`https://imgur.com/?state=s${fragment}`)
  expect(good.access_token).toBe('a1')
  await good.settled()
  expect((await store.read(KEY))?.value).toMatchObject({ tokens: { access_token: 'a1', expires_in: 60 } })

  const bad = clientWith({
    clock: hastyClock(),
    logger: { warn },
    store: storeWith(store, { read: () => Promise.reject(new Error('down')) }),
  })
  expect(bad.Authorize.byToken('s').authorize(`https://imgur.com/?state=s${fragment}`).access_token).toBe(
    'a1',
  )
  await expect(bad.settled()).rejects.toThrow(StoreError)
  expect(warn).toHaveBeenCalled()
})

test('a store that does not respond delays tokens by 5 s at most', async () => {
  const clock = hastyClock(1_000_000)
  const client = clientWith({
    clock,
    transport: respondingWith(() => granted(1)),
    logger: { warn() {} },
    store: storeWith(new MemoryTokenStore(), { read: () => new Promise(() => {}) }),
  })

  const tokens = await client.Authorize.byCode().authorize('a-code')

  expect(tokens).toMatchObject({ access_token: 'access-1', expires_at: 1_000_000 + 3_600_000 })
  expect(clock.monotonicMs()).toBe(5_000)
})

/** Expects that the record says of its access token that an API rejected it. */
async function expectRejected(store: TokenStore): Promise<void> {
  const { generation, rejectedGeneration } = (await store.read(KEY))?.value as {
    generation: number
    rejectedGeneration: number
  }
  expect(rejectedGeneration).toBe(generation)
}

test('assigning a token replaces it here and in the store; null reports that it was rejected', async () => {
  const store = new MemoryTokenStore()
  const client = clientWith({ store })
  client.access_token = 'a'
  client.refresh_token = 'r'
  client.client_token = 'b'
  await client.settled()
  expect(client).toMatchObject({ access_token: 'b', client_token: 'b', refresh_token: 'r' })
  expect((await store.read(KEY))?.value).toMatchObject({
    tokens: { access_token: 'b', refresh_token: 'r' },
  })

  client.access_token = null
  await client.settled()
  expect(client).toMatchObject({ access_token: null, refresh_token: 'r' })
  await expectRejected(store)

  expect(() => (client.refresh_token = null)).toThrow('signOut()')
  for (const wrong of [5, undefined, {}]) {
    expect(() => (client.access_token = wrong as never)).toThrow('access_token must be a string')
    expect(() => (client.refresh_token = wrong as never)).toThrow('refresh_token must be a string')
  }
})

test('a rejection is noted in the store, also while the record is read for another caller', async () => {
  const store = new MemoryTokenStore()
  const client = clientWith({ store })
  client.access_token = 'a'
  client.refresh_token = 'r'
  await client.settled()
  client.subscribe(() => {}) // reads the record
  client.access_token = null
  await client.settled()
  await expectRejected(store)
})

test('requireState rejects a token redirect without a state, which is otherwise accepted with a warning', () => {
  const redirect = 'https://imgur.com/#access_token=a1&token_type=bearer'
  const warn = jest.fn()
  expect(clientWith({ logger: { warn } }).Authorize.byToken().authorize(redirect).access_token).toBe('a1')
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no state'))
  expect(() => clientWith({ requireState: true }).Authorize.byToken().authorize(redirect)).toThrow('no state')
})

test('printing a client or its tokens shows no secret; JSON of tokens is complete, JSON of a client has no secret', async () => {
  const client = clientWith({
    mashape_key: 'the-mashape-key',
    transport: respondingWith(() => granted(1, { id_token: 'the-id' })),
  })
  const tokens = await client.Authorize.byCode().authorize('a-code')

  const regenerated = await client.Authorize.regenerateFromRefreshToken()
  const kept = await client.tokens()

  const printed = [client, tokens, { nested: [tokens] }, regenerated, kept]
    .map(value => inspect(value, { depth: Infinity }))
    .join('\n')

  expect(printed).toContain('rmp135')
  for (const secret of ['access-1', 'refresh-1', 'the-client-secret', 'the-mashape-key', 'the-id'])
    expect(printed).not.toContain(secret)
  expect(JSON.parse(JSON.stringify(client))).toEqual({
    provider: 'imgur',
    client_id: '43652b743b5a7a0',
    account: 'default',
  })
  expect((JSON.parse(JSON.stringify(tokens)) as Tokens).refresh_token).toBe('refresh-1')
  expect(String(client)).not.toMatch(/access-1|secret/)
})
