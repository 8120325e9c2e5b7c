// The flows through the client, the ky transport and the emulator's pages, over real HTTP.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  AccessDeniedError,
  type Client,
  FlowStateError,
  InvalidGrantError,
  MisconfiguredError,
  MissingTransportError,
  RedirectError,
  SavedFlowError,
  StateMismatchError,
  TransientError,
} from '@latchkey/core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { clientOf } from './support.ts'

let emulator: Emulator
let client: Client
const someone = () =>
  simulateUser({ username: emulator.user.account_username, password: emulator.user.password })
const exchanges = () => emulator.ledger.filter(({ endpoint }) => endpoint === 'token')

beforeEach(async () => {
  emulator = await startEmulator()
  client = clientOf(emulator)
})

afterEach(() => emulator.close())

test('by code: the user allows it, the redirect is checked, the code exchanged, the client populated', async () => {
  const auth = client.Authorize.byCode()
  const redirect = await someone().allow(auth.url)

  const tokens = await auth.authorize(redirect)

  expect(Object.keys(tokens)).toEqual(
    expect.arrayContaining([
      'access_token',
      'expires_in',
      'token_type',
      'refresh_token',
      'account_id',
      'expires_at',
    ]),
  )
  expect(tokens).toMatchObject({ expires_in: 315_360_000, account_id: '4118974', account_username: 'rmp135' })
  expect(client.access_token).toBe(tokens.access_token)
  expect(client.refresh_token).toBe(tokens.refresh_token)
})

test('by PIN: the user types the PIN from the page, or pastes the URL of the page', async () => {
  const typed = client.Authorize.byPIN()
  const pin = await someone().readPin(await someone().allow(typed.url))
  const pasted = client.Authorize.byPIN()
  const address = await someone().allow(pasted.url)

  expect((await typed.authorize(` ${pin}\n`)).access_token).toMatch(/^[0-9a-f]{40}$/)
  expect((await pasted.authorize(address)).access_token).toMatch(/^[0-9a-f]{40}$/)
})

test('by token: the tokens are in the fragment, the state in the query, and no request is sent', async () => {
  const auth = client.Authorize.byToken()
  const redirect = await someone().allow(auth.url)

  const tokens = auth.authorize(redirect)

  expect(tokens).toMatchObject({ expires_in: 315_360_000, account_id: '4118974', token_type: 'bearer' })
  expect(exchanges()).toEqual([])
  await client.settled()
})

test.each(['rotate-keep-old', 'rotate-revoke-old', 'echo-same'] as const)(
  'regenerating works with every kind of rotation: %s',
  async rotation => {
    emulator.set({ rotation })
    const auth = client.Authorize.byCode()
    await auth.authorize(await someone().allow(auth.url))

    const first = await client.Authorize.regenerateFromRefreshToken()
    const second = await client.Authorize.regenerateFromRefreshToken()

    expect(first?.access_token).not.toBe(second?.access_token)
    expect(client.refresh_token).toBe(second?.refresh_token)
  },
)

test('after a refresh response without a refresh token, the old one stays in use (RFC 6749 section 6)', async () => {
  const auth = client.Authorize.byCode()
  const { refresh_token } = await auth.authorize(await someone().allow(auth.url))
  emulator.set({ omitRefreshToken: 'always' })

  const tokens = await client.Authorize.regenerateFromRefreshToken()

  expect(tokens?.refresh_token).toBe(refresh_token)
  expect(client.refresh_token).toBe(refresh_token)
})

test('a denial is final, and its error has the provider’s message', async () => {
  const auth = client.Authorize.byCode()
  const redirect = await someone().deny(auth.url)

  const denied = auth.authorize(redirect)
  await expect(denied).rejects.toThrow(AccessDeniedError)
  await expect(denied).rejects.toThrow('access_denied')

  await expect(auth.authorize(redirect)).rejects.toThrow(FlowStateError)
  expect(client.access_token).toBeNull()
})

test("another flow's redirect is rejected, and the flow still waits for its own", async () => {
  const auth = client.Authorize.byCode()
  const other = client.Authorize.byCode()
  const redirect = await someone().allow(auth.url)

  await expect(other.authorize(redirect)).rejects.toThrow(StateMismatchError)
  expect(exchanges()).toEqual([])
  await auth.authorize(redirect)
  expect(client.access_token).not.toBeNull()
})

test('after a mistyped PIN or code the flow still waits, and the error has the provider’s message', async () => {
  const auth = client.Authorize.byPIN()
  const pin = await someone().readPin(await someone().allow(auth.url))

  const mistyped = auth.authorize('0000000000')
  await expect(mistyped).rejects.toThrow(InvalidGrantError)
  await expect(mistyped).rejects.toThrow('Invalid Pin (HTTP 400); the flow still waits for another one')
  await expect(mistyped).rejects.toMatchObject({ kind: 'reauth', stillWaits: true })
  await auth.authorize(pin)

  const code = client.Authorize.byCode()
  await expect(code.authorize('not-a-code')).rejects.toThrow(
    "Refresh token doesn't exist or is invalid for the client",
  )
  await code.authorize(await someone().allow(code.url))
})

test('input that is no redirect, code or PIN is rejected without a request', async () => {
  const auth = client.Authorize.byCode()
  for (const input of ['', '   ', 'https://imgur.com/', `https://imgur.com/?state=${auth.state}`, 'naïve'])
    await expect(auth.authorize(input)).rejects.toThrow(
      input.includes('?') || !input.includes('/') ? RedirectError : StateMismatchError,
    )
  await expect(auth.authorize(undefined as never)).rejects.toThrow(TypeError)
  expect(exchanges()).toEqual([])
})

test('two exchanges of one flow at the same time: one request and one FlowStateError', async () => {
  const auth = client.Authorize.byCode()
  const redirect = await someone().allow(auth.url)

  const results = await Promise.allSettled([auth.authorize(redirect), auth.authorize(redirect)])

  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  const failure = { name: 'FlowStateError', code: 'flow_state' }
  expect(results[1]).toMatchObject({
    reason: { ...failure, message: 'authorize() of this flow is under way: await its result' },
  })
  await expect(auth.authorize(redirect)).rejects.toMatchObject({
    ...failure,
    message: 'this flow is over: start a new one',
  })
  expect(exchanges()).toHaveLength(1)
})

test('the current client id and secret are used: the URL has the id at by*, the exchange has those at authorize', async () => {
  const { client_id, client_secret } = emulator.client
  client.client_id = 'ffffffffffffff0'
  const before = client.Authorize.byCode('mine')
  expect(new URL(before.url).searchParams.get('client_id')).toBe('ffffffffffffff0')

  client.client_id = client_id
  client.client_secret = 'f'.repeat(40)
  const auth = client.Authorize.byCode()
  const redirect = await someone().allow(auth.url)
  await expect(auth.authorize(redirect)).rejects.toThrow(MisconfiguredError)
  client.client_secret = client_secret
  await auth.authorize(redirect)
})

test('a refresh token that the server does not know causes an error, and all tokens stay', async () => {
  const auth = client.Authorize.byCode()
  const tokens = await auth.authorize(await someone().allow(auth.url))

  const failed = client.Authorize.regenerateFromRefreshToken('0'.repeat(40))

  await expect(failed).rejects.toThrow(InvalidGrantError)
  await expect(failed).rejects.toThrow('Invalid refresh token')
  expect(client.access_token).toBe(tokens.access_token)
  expect(client.refresh_token).toBe(tokens.refresh_token)
})

test('many callers that regenerate at the same time share one request', async () => {
  emulator.set({ rotation: 'rotate-revoke-old' })
  const auth = client.Authorize.byCode()
  await auth.authorize(await someone().allow(auth.url))
  const before = exchanges().length

  const all = await Promise.all(
    Array.from({ length: 50 }, () => client.Authorize.regenerateFromRefreshToken()),
  )

  expect(new Set(all.map(tokens => tokens?.access_token)).size).toBe(1)
  expect(exchanges()).toHaveLength(before + 1)
})

test('a server that cannot be reached causes a TransientError with the address and the reason', async () => {
  const gone = await startEmulator()
  await gone.close()

  const failed = clientOf(gone).Authorize.byCode().authorize('a-code')

  await expect(failed).rejects.toThrow(TransientError)
  await expect(failed).rejects.toThrow('/oauth2/token')
  await expect(failed).rejects.toMatchObject({ kind: 'transient', cause: { code: 'ECONNREFUSED' } })
})

test('without a transport a flow can start, and the error of the exchange names the package to install', async () => {
  const bare = clientOf(emulator, { transport: undefined })
  const auth = bare.Authorize.byCode()
  const redirect = await someone().allow(auth.url)

  const failed = auth.authorize(redirect)
  await expect(failed).rejects.toThrow(MissingTransportError)
  await expect(failed).rejects.toThrow('@latchkey/transport-fetch')

  const token = bare.Authorize.byToken()
  expect(token.authorize(await someone().allow(token.url)).access_token).toMatch(/^[0-9a-f]{40}$/)
})

test('a flow that started in one process ends in another', async () => {
  const auth = client.Authorize.byCode()
  const saved = JSON.stringify(auth)
  const redirect = await someone().allow(auth.url)

  const elsewhere = clientOf(emulator)
  const resumed = elsewhere.Authorize.resume(saved)
  expect(resumed).toMatchObject({ url: auth.url, state: auth.state })
  await resumed.authorize(redirect)

  expect(elsewhere.access_token).toMatch(/^[0-9a-f]{40}$/)
  expect(saved).not.toContain(emulator.client.client_secret)
})

test('a PIN flow and a token flow keep their kind when they are resumed', async () => {
  const pinned = client.Authorize.byPIN()
  const token = client.Authorize.byToken()
  const pin = await someone().readPin(await someone().allow(pinned.url))
  const redirect = await someone().allow(token.url)

  const elsewhere = clientOf(emulator)
  expect(await elsewhere.Authorize.resume(JSON.stringify(pinned)).authorize(pin)).toHaveProperty(
    'access_token',
  )
  expect(elsewhere.Authorize.resume(JSON.parse(JSON.stringify(token))).authorize(redirect)).toHaveProperty(
    'access_token',
  )
})

test('a flow during its exchange, and one that has ended, are marked as not resumable', async () => {
  const auth = client.Authorize.byCode()
  const exchange = auth.authorize(await someone().allow(auth.url))
  const underWay = JSON.stringify(auth)
  await exchange

  for (const saved of [underWay, JSON.stringify(auth)]) {
    expect(JSON.parse(saved)).toMatchObject({ resumable: false })
    expect(() => client.Authorize.resume(saved)).toThrow(SavedFlowError)
  }
})

test.each([
  ['no JSON', 'nonsense'],
  ['no object', '[]'],
  ['another version', '{"v":2}'],
  ['another client', { client_id: 'ffffffffffffff0' }],
  ['another provider', { provider: 'other' }],
  ['an unknown state', { type: '__proto__' }],
  ['no state', { state: '' }],
  ['the URL of another server', { url: 'https://evil.example/' }],
])('a saved flow with %s is rejected with a SavedFlowError', (_, change) => {
  const whole = client.Authorize.byCode().toJSON()
  const saved = typeof change === 'string' ? change : JSON.stringify({ ...whole, ...change })
  expect(() => client.Authorize.resume(saved)).toThrow(SavedFlowError)
})
