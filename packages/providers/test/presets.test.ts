// Every preset plays against a server that enforces what its provider documents: `fixtures/`.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { Client, type Completed, MemoryTokenStore, type Provider } from '@latchkey/core'
import { type FixtureServer, type ProviderFixture, startFixtureServer } from '@latchkey/emulator'
import * as presets from '@latchkey/providers'
import { fakeClock } from '@latchkey/test-kit'
import { authorizedFetch, fetchTransport } from '@latchkey/transport-fetch'

type Preset = (options?: Readonly<Record<string, unknown>>) => Provider

/** In this time no token of a fixture expires. */
const HALF_A_LIFETIME_MS = 120_000

const folder = new URL('../fixtures/', import.meta.url)
const fixtures: readonly ProviderFixture[] = await Promise.all(
  readdirSync(folder)
    .filter(name => name.endsWith('.ts'))
    .map(async name => {
      const module = (await import(new URL(name, folder).href)) as Record<string, ProviderFixture>
      return Object.values(module)[0]!
    }),
)
const byName = fixtures.map(fixture => [fixture.provider, fixture] as const)

test('every preset has a fixture, and every fixture a preset', () => {
  expect(fixtures.map(({ provider }) => provider).sort()).toEqual(Object.keys(presets).sort())
})

describe.each(byName)('%s', (name, fixture) => {
  const provider = (presets as unknown as Record<string, Preset>)[name]!(fixture.options)
  const { refresh, api, authorization, token } = fixture
  const refreshes = 'none' in refresh ? undefined : refresh
  /** Whether the API takes the token in the query, which Latchkey does not support. */
  const isQuery = api.rules.some(rule => 'parameter' in rule)
  const clock = fakeClock()
  let server: FixtureServer
  let client: Client

  beforeAll(async () => {
    server = await startFixtureServer(fixture, { issuer: provider.issuer, now: () => clock.nowMs() })
    client = clientWith({})
  })
  afterAll(() => server.close())

  function clientWith(other: object): Client {
    return new Client({
      ...server.client,
      scope: fixture.scope,
      provider,
      offline: true,
      clock,
      store: new MemoryTokenStore({ clock }),
      transport: fetchTransport({ fetch: server.fetch }),
      logger: { warn() {} },
      ...other,
    })
  }

  const account = provider.identity === undefined ? { account: () => 'user-1' } : {}

  async function signIn(into = client): Promise<Completed> {
    const auth = into.Authorize.byCode()
    const { binding } = await auth.save()
    return into.Authorize.complete(await server.authorize(auth.url), { binding, ...account })
  }

  /** Calls the API, and returns whether it accepts the token. */
  async function call(user: Client): Promise<boolean> {
    const url = api.request.url.replaceAll('{user}', 'user-1')
    const response = isQuery
      ? await server.fetch(url.replace('{access_token}', await user.accessToken()))
      : await authorizedFetch(user, { fetch: server.fetch })(url, { method: api.request.method })
    const text = await response.text()
    const isRejection = text !== '' && JSON.stringify(api.rejected.body) === text
    return response.status === 200 && !isRejection
  }

  /** Time passes. A refresh token that was just issued is tried once more when it is rejected, after a pause. */
  const later = (ms: number): Promise<void> => clock.advance(ms)
  const sent = (url: string): number => server.requests.filter(request => request.endsWith(` ${url}`)).length

  test('signs in, calls the API, refreshes, meets the end of its refresh token, and signs in again', async () => {
    const completed = await signIn()
    expect(completed.account).toContain(JSON.stringify(fixture).includes('{user}') ? 'user-1' : '')
    const user = client.account(completed.account)
    expect(await call(user)).toBe(true)

    if (refreshes) {
      const endpoint = refreshes.endpoint?.url ?? token.endpoint.url
      const before = await user.accessToken()
      const requests = sent(endpoint)
      await later((completed.tokens.expires_in ?? 600) * 1000)
      if (completed.tokens.expires_in === undefined) await user.rejected(before)
      expect(await user.accessToken()).not.toBe(before)
      expect(sent(endpoint)).toBe(requests + 1)
      expect(await call(user)).toBe(true)

      await later(HALF_A_LIFETIME_MS)
      const used = await user.accessToken()
      server.endAccessTokens()
      if (isQuery) await user.rejected(used)
      expect(await call(user)).toBe(true)
      expect(await user.accessToken()).not.toBe(used)
    }

    await later(HALF_A_LIFETIME_MS)
    const last = await user.accessToken()
    server.endSignIn()
    await expect(isQuery ? user.rejected(last) : call(user)).rejects.toMatchObject({
      code: 'reauth_required',
      kind: 'reauth',
    })
    expect(await user.status()).toMatchObject({ status: 'reauth', inDoubt: false })

    expect((await signIn()).account).toBe(completed.account)
    expect(await call(user)).toBe(true)
    await user.signOut()
    if (fixture.revocation) expect(sent(fixture.revocation.endpoint.url)).toBeGreaterThan(0)
    expect(server.problems).toEqual([])
  })

  if (authorization.declined)
    test('a user who declines', async () => {
      const auth = client.Authorize.byCode()
      const { binding } = await auth.save()
      const redirect = await server.authorize(auth.url, { decline: true })
      const completing = client.Authorize.complete(redirect, { binding, ...account })
      await expect(completing).rejects.toMatchObject({ kind: 'declined' })
    })

  if (token.wrongSecret)
    test('a wrong client secret is a fault of the configuration', async () => {
      const wrong = clientWith({ client_secret: 'another-client-secret' })
      const { message, ...error } = await signIn(wrong).then(
        () => ({ message: 'signed in', kind: undefined }),
        (thrown: Error & { kind: string }) => ({ message: thrown.message, kind: thrown.kind }),
      )
      expect([error.kind, message]).toEqual(['misconfigured', expect.stringContaining(`${provider.name} `)])
      expect(message).not.toContain('another-client-secret')
    })

  if (token.wrongCode)
    test('a code that is not valid', async () => {
      const wrong = client.Authorize.byCode().authorize('not-a-code')
      await expect(wrong).rejects.toMatchObject({ kind: expect.stringMatching(/^(reauth|misconfigured)$/) })
    })

  test('every endpoint that it describes has a source', () => {
    const sourced = [
      authorization.endpoint.url,
      token.endpoint.url,
      refreshes?.endpoint?.url,
      fixture.revocation?.endpoint.url,
      ...Object.values(fixture.endpoints ?? {}).map(({ url }) => url),
    ]
    for (const [member, url] of Object.entries(provider))
      if (member.endsWith('Endpoint')) expect([member, ...sourced]).toContain(url)
  })

  test('names its documentation, and where to register', () => {
    expect(provider.about).toEqual({
      name: expect.stringMatching(/\S/),
      docs: expect.stringMatching(/^https:/),
      register: expect.stringMatching(/^https:/),
      checked: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
  })
})
