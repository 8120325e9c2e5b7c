// A web server's sign-in: it starts on one process and ends on another, once, in the browser that started it.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  defineProvider,
  encrypted,
  MemoryTokenStore,
  pushAuthorization,
  type TokenStore,
} from '@latchkey/core'
import type { SaveOptions } from '@latchkey/core/ports'
import type { Json } from '@latchkey/core/ports'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fakeClock } from '@latchkey/test-kit'
import { respondingWith, clientOf, storeWith } from './support.ts'

const granted = (more: object = {}) => ({
  body: JSON.stringify({ access_token: 'a-token', token_type: 'bearer', refresh_token: 'r', ...more }),
})

/** Returns two processes of one web server, whose authorization server accepts every exchange. */
function twoProcesses(options: ClientOptions = {}) {
  const clock = fakeClock({ nowMs: Date.now() })
  const store = options.store ?? new MemoryTokenStore({ clock })
  const transport = respondingWith(() => granted({ account_username: 'rmp135' }))
  const process = () =>
    new Client({
      client_id: 'id',
      client_secret: 's',
      account: 'default',
      store,
      transport,
      clock,
      logger: { warn() {} },
      ...options,
    })
  return { clock, store, transport, one: process(), other: process() }
}

const redirectOf = (state: string, more = 'code=a-code'): string => `/callback?state=${state}&${more}`

async function keysOf(store: TokenStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys!()) keys.push(key)
  return keys
}

async function namesOf(client: Client): Promise<string[]> {
  const names: string[] = []
  for await (const name of client.accounts()) names.push(name)
  return names.sort()
}

/** Returns the user of an emulator, who allows every request. */
const allow = ({ user }: Emulator, url: string): Promise<string> =>
  simulateUser({ username: user.account_username, password: user.password }).allow(url)

describe('a flow', () => {
  test('started on one process ends on another: signed in to the account that its tokens name, and stored', async () => {
    await using emulator = await startEmulator()
    const store = new MemoryTokenStore()
    const one = clientOf(emulator, { store })
    const other = clientOf(emulator, { store })
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save({ returnTo: '/albums', ids: [1, null] })

    const { tokens, account, appState } = await other.Authorize.complete(await allow(emulator, auth.url), {
      binding,
      account: ({ account_username }) => account_username as string,
    })

    expect([account, appState]).toEqual(['rmp135', { returnTo: '/albums', ids: [1, null] }])
    expect(inspect(tokens)).not.toContain(tokens.access_token)
    expect(await one.account('rmp135').accessToken()).toBe(tokens.access_token)
    expect(await other.tokens()).toBeUndefined() // its own account is a different one
    expect(await namesOf(one)).toEqual(['rmp135'])
  })

  test('that waits is no account, and its key reveals no state and no binding', async () => {
    const { one, store } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const [key = '', ...others] = await keysOf(store)
    expect(others).toEqual([])
    expect(key).toBe(`pending/${createHash('sha256').update(auth.state).digest('base64url')}`)
    expect(JSON.stringify(await store.read(key))).not.toContain(binding)
    expect(await namesOf(one)).toEqual([])
  })

  test('without a name signs in to the account of the client that completes it', async () => {
    const { one, other } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const completed = await other.account('somebody').Authorize.complete(redirectOf(auth.state), { binding })
    expect(completed).toMatchObject({ account: 'somebody', appState: undefined })
    expect(other.account('somebody').access_token).toBe('a-token')
  })

  test('keeps its verifier (RFC 7636), and checks the issuer (RFC 9207)', async () => {
    const provider = defineProvider({
      name: 'acme',
      issuer: 'https://acme.example',
      issParameter: true,
      authorizationEndpoint: 'https://acme.example/authorize',
      tokenEndpoint: 'https://acme.example/token',
    })
    const { one, other, transport } = twoProcesses({ provider, redirect_uri: 'https://app.example/callback' })
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()

    const evil = redirectOf(auth.state, 'code=a-code&iss=https://evil.example')
    await expect(other.Authorize.complete(evil, { binding })).rejects.toMatchObject({
      code: 'issuer_mismatch',
    })
    await other.Authorize.complete(redirectOf(auth.state, 'code=a-code&iss=https://acme.example'), {
      binding,
    })

    const sent = new URLSearchParams(transport.requests[0]!.body)
    const challenge = createHash('sha256').update(sent.get('code_verifier')!).digest('base64url')
    expect(new URL(auth.url).searchParams.get('code_challenge')).toBe(challenge)
    expect(sent.get('redirect_uri')).toBe('https://app.example/callback')
    expect(transport.requests).toHaveLength(1)
  })

  test('that was pushed (RFC 9126) is saved and completed like any other', async () => {
    const provider = defineProvider({
      name: 'acme',
      authorizationEndpoint: 'https://acme.example/authorize',
      tokenEndpoint: 'https://acme.example/token',
      pushedAuthorizationRequestEndpoint: 'https://acme.example/par',
    })
    const transport = respondingWith(({ url }) =>
      url.endsWith('/par') ? { status: 201, body: '{"request_uri":"urn:x","expires_in":60}' } : granted(),
    )
    const { one, other } = twoProcesses({ provider, transport })
    const auth = await pushAuthorization(one)
    const { binding } = await auth.save()
    await other.Authorize.complete(redirectOf(auth.state), { binding })
    expect(other.access_token).toBe('a-token')
    await expect((await pushAuthorization(one, 'mine')).save()).rejects.toThrow(TypeError)
  })

  test('of the token grant completes with the redirect that a page passes on, and needs its state', async () => {
    const { one, other, transport } = twoProcesses()
    const auth = one.Authorize.byToken()
    const { binding } = await auth.save()
    const fragment = '#access_token=a1&token_type=bearer&expires_in=60'
    await expect(
      other.Authorize.complete(`https://imgur.com/${fragment}`, { binding }),
    ).rejects.toMatchObject({
      code: 'state_mismatch',
    })
    const { tokens } = await other.Authorize.complete(`https://imgur.com/?state=${auth.state}${fragment}`, {
      binding,
    })
    expect(tokens).toMatchObject({ access_token: 'a1', expires_in: 60 })
    expect(await one.accessToken()).toBe('a1')
    expect(transport.requests).toHaveLength(0)
  })

  test('of the PIN grant completes with a URL that contains the PIN', async () => {
    const { one, other, transport } = twoProcesses()
    const auth = one.Authorize.byPIN()
    const { binding } = await auth.save()
    const typed = new URLSearchParams({ pin: '1234567890', state: auth.state })
    await other.Authorize.complete(`/?${typed}`, { binding })
    expect(transport.requests[0]!.body).toContain('pin=1234567890')
  })

  test('in an encrypted store reveals nothing of its content', async () => {
    const inner = new MemoryTokenStore()
    const store = encrypted(inner, { keys: async () => [new Uint8Array(32).fill(7)] })
    const { one, other } = twoProcesses({ store })
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save('remember me')
    const [key = ''] = await keysOf(inner)
    expect(JSON.stringify(await inner.read(key))).not.toMatch(new RegExp(`remember me|${auth.state}`))
    expect(await other.Authorize.complete(redirectOf(auth.state), { binding })).toMatchObject({
      appState: 'remember me',
    })
  })
})

describe('a redirect', () => {
  test.each<[string, (binding: string) => string | undefined]>([
    ['no binding', () => undefined],
    ['an empty binding', () => ''],
    ['another binding', binding => binding.replace(/^./, digit => (digit === '0' ? '1' : '0'))],
    ['the hash of the binding', binding => createHash('sha256').update(binding).digest('base64url')],
  ])('with %s is rejected, and the flow still waits for the right one', async (_, wrong) => {
    const { one, other, transport } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const complete = (binding: string | undefined) =>
      other.Authorize.complete(redirectOf(auth.state), { binding })
    await expect(complete(wrong(binding))).rejects.toMatchObject({
      code: 'binding_mismatch',
      kind: undefined,
    })
    expect(transport.requests).toHaveLength(0)
    expect((await complete(binding)).tokens.access_token).toBe('a-token')
    // Another browser does not learn that it was used.
    await expect(complete(wrong(binding))).rejects.toMatchObject({ code: 'binding_mismatch' })
  })

  test('that arrives again is a replay, and sends nothing', async () => {
    const { one, other, transport, clock } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    await other.Authorize.complete(redirectOf(auth.state), { binding })
    for (const client of [one, other])
      await expect(client.Authorize.complete(redirectOf(auth.state), { binding })).rejects.toMatchObject({
        code: 'callback_replayed',
      })
    expect(transport.requests).toHaveLength(1)
    await clock.advance(600_000)
    await expect(one.Authorize.complete(redirectOf(auth.state), { binding })).rejects.toMatchObject({
      code: 'flow_expired',
    })
  })

  test('that arrives twenty times at once is exchanged once', async () => {
    const { one, other, transport } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? one : other).Authorize.complete(redirectOf(auth.state), { binding }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'callback_replayed' })
    expect(transport.requests).toHaveLength(1)
  })

  test('of a flow that expired, never existed, or started without save() finds no flow', async () => {
    const { one, other, clock, transport, store } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save(undefined, { lifetimeMs: 60_000 })
    const unsaved = one.Authorize.byCode()
    await clock.advance(60_000)
    for (const state of [auth.state, unsaved.state, 'f'.repeat(32), '__proto__'])
      await expect(other.Authorize.complete(redirectOf(state), { binding })).rejects.toMatchObject({
        code: 'flow_expired',
      })
    expect(transport.requests).toHaveLength(0)
    expect(await keysOf(store)).toEqual([])
  })

  test('finds no expired flow, even in a store that keeps it', async () => {
    const inner = new MemoryTokenStore()
    const store = storeWith(inner, {
      compareAndSwap: (key, expected, value) => inner.compareAndSwap(key, expected, value),
    })
    const { one, other, clock } = twoProcesses({ store })
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    await clock.advance(600_000)
    await expect(other.Authorize.complete(redirectOf(auth.state), { binding })).rejects.toMatchObject({
      code: 'flow_expired',
    })
  })

  test.each([
    ['no state', '/callback?code=a-code', 'state_mismatch'],
    ['an empty state', '/callback?code=a-code&state=', 'state_mismatch'],
    ['no code', redirectOf('STATE', ''), 'redirect_invalid'],
    ['two codes', redirectOf('STATE', 'code=a&code=b'), 'redirect_invalid'],
    ['an error that may pass', redirectOf('STATE', 'error=temporarily_unavailable'), 'transient'],
  ])('with %s is rejected, and the flow still waits', async (_, redirect, code) => {
    const { one, other } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const wrong = other.Authorize.complete(redirect.replace('STATE', auth.state), { binding })
    await expect(wrong).rejects.toMatchObject({ code })
    await other.Authorize.complete(redirectOf(auth.state), { binding })
  })

  test('with a denial uses the flow up', async () => {
    const { one, other } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const denied = redirectOf(auth.state, 'error=access_denied')
    await expect(other.Authorize.complete(denied, { binding })).rejects.toMatchObject({
      code: 'access_denied',
    })
    await expect(other.Authorize.complete(redirectOf(auth.state), { binding })).rejects.toMatchObject({
      code: 'callback_replayed',
    })
  })

  test('whose code is rejected uses the flow up, and loses no tokens', async () => {
    const { one, other } = twoProcesses({
      access_token: 'mine',
      transport: respondingWith(() => ({
        status: 400,
        body: '{"data":{"error":"The authorization code has expired"}}',
      })),
    })
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const complete = () => other.Authorize.complete(redirectOf(auth.state), { binding })
    await expect(complete()).rejects.toMatchObject({
      code: 'invalid_grant',
      stillWaits: false,
      message: 'imgur says: The authorization code has expired (HTTP 400)',
    })
    await expect(complete()).rejects.toMatchObject({ code: 'callback_replayed' })
    expect(other.access_token).toBe('mine')
  })

  test('does not affect the flows of other tabs, which may share a binding', async () => {
    const { one, other } = twoProcesses()
    const tabs = [one.Authorize.byCode(), one.Authorize.byCode(), one.Authorize.byCode()]
    const { binding } = await tabs[0]!.save(0)
    expect(await tabs[1]!.save(1, { binding })).toEqual({ binding })
    const third = await tabs[2]!.save(2)
    expect(third.binding).not.toBe(binding)
    const appStates: unknown[] = []
    for (const [index, { state }] of [...tabs.entries()].reverse()) {
      const options = { binding: index === 2 ? third.binding : binding }
      appStates.push((await other.Authorize.complete(redirectOf(state), options)).appState)
    }
    expect(appStates).toEqual([2, 1, 0])
  })

  test.each([
    ["another client's", { client_id: 'another' }],
    ["another provider's", { provider: defineProvider({ name: 'b', tokenEndpoint: 'https://b.example/t' }) }],
  ])('for %s flow is rejected, and that flow still waits', async (_, options) => {
    const { one, other, store } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const stranger = twoProcesses({ store, ...options }).one
    await expect(stranger.Authorize.complete(redirectOf(auth.state), { binding })).rejects.toMatchObject({
      code: 'saved_flow_invalid',
    })
    await other.Authorize.complete(redirectOf(auth.state), { binding })
  })

  test.each<[string, (value: Record<string, Json>) => Json]>([
    ['of a newer version', value => ({ ...value, v: 2 })],
    ['without its binding', ({ binding: _, ...value }) => value],
    ['without its flow', ({ flow: _, ...value }) => value],
    ['that is text', () => 'pending'],
  ])('for a stored flow %s is rejected', async (_, damage) => {
    const { one, other, store, transport } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const [key = ''] = await keysOf(store)
    const { value, version } = (await store.read(key))!
    await store.compareAndSwap(key, version, damage(value as Record<string, Json>))
    await expect(other.Authorize.complete(redirectOf(auth.state), { binding })).rejects.toMatchObject({
      code: 'saved_flow_invalid',
    })
    expect(transport.requests).toHaveLength(0)
  })

  test.each(['read', 'compareAndSwap'] as const)(
    'is not exchanged while the store fails to %s',
    async method => {
      const inner = new MemoryTokenStore()
      let isDown = false
      const fail = () => Promise.reject(Object.assign(new Error('a-code'), { code: 'ECONNREFUSED' }))
      const store = storeWith(inner, {
        [method]: (...args: never[]) =>
          isDown ? fail() : (inner[method] as (...args: never[]) => unknown)(...args),
      })
      const { one, other, transport } = twoProcesses({ store })
      const auth = one.Authorize.byCode()
      const { binding } = await auth.save()
      isDown = true
      const error: unknown = await other.Authorize.complete(redirectOf(auth.state), { binding }).catch(
        (error: unknown) => error,
      )
      expect(error).toMatchObject({ code: 'store_unavailable', cause: { code: 'ECONNREFUSED' } })
      expect(inspect(error)).not.toContain('a-code')
      expect(transport.requests).toHaveLength(0)
      isDown = false
      await other.Authorize.complete(redirectOf(auth.state), { binding })
    },
  )
})

describe('the name of the account', () => {
  test.each<[string, () => unknown]>([
    ['is missing', () => undefined],
    ['is empty, which would be everybody’s', () => ''],
    ['was made of a missing value', () => String(undefined)],
    ['was made of null', () => `${null}`],
    ['was made of an object', () => String({})],
    ['is no number', () => Number('x')],
    ['is a number that other numbers round to', () => 2 ** 53],
    ['is an object', () => ({ id: 1 })],
    ['has a control character', () => 'bob\n'],
    ['has half of a character', () => 'bob\ud800'],
    ['cannot be determined', () => Promise.reject(new TypeError('the account cannot be determined'))],
  ])('that %s signs no user in, and the tokens are revoked', async (_, account) => {
    const forgotten: unknown[] = []
    const provider = {
      ...defineProvider({
        name: 'acme',
        authorizationEndpoint: 'https://acme.example/authorize',
        tokenEndpoint: 'https://acme.example/token',
        revocationEndpoint: 'https://acme.example/revoke',
      }),
      revocation: (_: unknown, __: unknown, tokens: object) => (forgotten.push(tokens), []),
    }
    const { one, other } = twoProcesses({ provider })
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const complete = other.Authorize.complete(redirectOf(auth.state), { binding, account: account as never })
    await expect(complete).rejects.toThrow(/account/)
    expect(forgotten).toMatchObject([{ access_token: 'a-token' }])
    expect(await namesOf(other)).toEqual([])
  })

  test('may come from an asynchronous function', async () => {
    const { one, other } = twoProcesses()
    const auth = one.Authorize.byCode()
    const { binding } = await auth.save()
    const account = async ({ account_username }: { account_username?: string }) => `imgur:${account_username}`
    expect(await other.Authorize.complete(redirectOf(auth.state), { binding, account })).toMatchObject({
      account: 'imgur:rmp135',
    })
    expect(await one.account('imgur:rmp135').accessToken()).toBe('a-token')
  })
})

describe('wrong arguments', () => {
  const auth = () => twoProcesses().one.Authorize.byCode()
  const circular: { self?: unknown } = {}
  circular.self = circular

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'a state of the caller',
      () => twoProcesses().one.Authorize.byCode('mine').save(),
      'save() needs a random state',
    ],
    ['appState: a function', () => auth().save((() => {}) as never), 'appState must be JSON'],
    ['appState: a circle', () => auth().save(circular as never), 'appState must be JSON'],
    ['appState: a bigint', () => auth().save({ n: 1n } as never), 'appState must be JSON'],
    [
      'appState: 4,097 bytes',
      () => auth().save('é'.repeat(2_047) + 'a'),
      'appState must be at most 4096 bytes',
    ],
    ...([0, -1, NaN, Infinity, '5'] as never[]).map(
      lifetimeMs =>
        [
          `lifetimeMs: ${inspect(lifetimeMs)}`,
          () => auth().save(null, { lifetimeMs } as SaveOptions),
          'lifetimeMs must be a number above 0',
        ] as [string, () => Promise<unknown>, string],
    ),
    [
      'no redirect',
      () => twoProcesses().one.Authorize.complete(5 as never, { binding: '' }),
      'redirectUrl must be',
    ],
    [
      'no options',
      () => twoProcesses().one.Authorize.complete(5 as never, undefined as never),
      'redirectUrl must',
    ],
    [
      'binding: 5',
      () => twoProcesses().one.Authorize.complete('/', { binding: 5 as never }),
      'binding must be a',
    ],
    [
      'account: a text',
      () => twoProcesses().one.Authorize.complete('/', { binding: '', account: 'a' as never }),
      'account must be a function',
    ],
  ])('%s is a TypeError', async (_, call, message) => {
    const error: unknown = await call().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain(message)
  })

  test('4,096 bytes are allowed, and null is an appState', async () => {
    const { one, other } = twoProcesses()
    for (const appState of ['é'.repeat(2_047), null, { __proto__: null, a: [] }]) {
      const auth = one.Authorize.byCode()
      const { binding } = await auth.save(appState)
      const completed = await other.Authorize.complete(redirectOf(auth.state), { binding })
      expect(completed.appState).toEqual(appState)
    }
  })

  test('a flow is saved once, before it is authorized, in the process that started it', async () => {
    const { one } = twoProcesses()
    const auth = one.Authorize.byCode()
    const resumed = one.Authorize.resume(JSON.stringify(auth))
    await expect(resumed.save()).rejects.toThrow(TypeError)
    await auth.save()
    await expect(auth.save()).rejects.toMatchObject({ code: 'flow_state' })
    const over = one.Authorize.byCode()
    await over.authorize('a-code')
    await expect(over.save()).rejects.toMatchObject({ code: 'flow_state' })
  })

  test('an invalid binding counts as absent: no caller can choose one', async () => {
    for (const binding of ['', 'mine', 'G'.repeat(32), undefined, 5 as never]) {
      const saved = await auth().save(null, { binding })
      expect(saved.binding).toMatch(/^[0-9a-f]{32}$/)
      expect(saved.binding).not.toBe(binding)
    }
  })
})

test('with files, of several processes that get a redirect at the same time, exactly one signs in', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-flows-'))
  try {
    await using emulator = await startEmulator()
    const program = fileURLToPath(new URL('processes/complete.ts', import.meta.url))
    const store = new FileTokenStore({ directory })
    await using client = clientOf(emulator, { store })
    const auth = client.Authorize.byCode()
    const { binding } = await auth.save({ returnTo: '/' })
    const redirect = await allow(emulator, auth.url)
    const args = [directory, emulator.url, JSON.stringify(emulator.client), redirect, binding]
    const env = { ...process.env, NODE_OPTIONS: '' }

    const outcomes = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const node = ['--conditions=@latchkey/source', program, ...args]
        return JSON.parse((await promisify(execFile)(process.execPath, node, { env })).stdout) as object
      }),
    )

    expect(outcomes.filter(outcome => 'account' in outcome)).toEqual([
      { account: 'rmp135', appState: { returnTo: '/' } },
    ])
    expect(outcomes.filter(outcome => !('account' in outcome))).toEqual(
      Array(3).fill({ code: 'callback_replayed' }),
    )
    expect(emulator.ledger.filter(({ endpoint }) => endpoint === 'token')).toHaveLength(1)
    expect(await namesOf(client)).toEqual(['rmp135'])
    expect(await client.account('rmp135').accessToken()).toMatch(/^[0-9a-f]{40}$/)
  } finally {
    await rm(directory, { recursive: true })
  }
})
