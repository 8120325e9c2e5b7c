// What every preset is checked for, by `presets.test.ts` and `npm run check-provider`: it plays against a server that
// enforces what its provider documents.
import { readdirSync } from 'node:fs'
import { Client, type Completed, imgur, MemoryTokenStore, type Provider } from '@latchkey/core'
import type { About } from '@latchkey/core/provider'
import { type FixtureServer, type ProviderFixture, startFixtureServer } from '@latchkey/emulator'
import * as presets from '@latchkey/providers'
import { fakeClock } from '@latchkey/test-kit'
import { authorizedFetch, fetchTransport } from '@latchkey/transport-fetch'
import { expect } from 'expect'

export type Preset = (options?: Readonly<Record<string, unknown>>) => Provider

/** What a reader wants to know about Imgur. It is not in core, so that programs do not bundle it. */
const ABOUT_IMGUR: About = {
  name: 'Imgur',
  docs: 'https://apidocs.imgur.com/',
  register: 'https://api.imgur.com/oauth2/addclient',
  checked: '2026-11-29',
}

/** Every preset by its name: those of this package, and Imgur, which is part of core. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ...(presets as unknown as Readonly<Record<string, Preset>>),
  imgur: options => ({ ...imgur(options), about: ABOUT_IMGUR }),
}

/** In this time no token of a fixture expires. */
const HALF_A_LIFETIME_MS = 120_000

/** How long a check may take, in ms of real time. */
const LIMIT_MS = 20_000

const FOLDER = new URL('../fixtures/', import.meta.url)

/** Returns the fixture in a file. */
export async function fixtureIn(file: URL): Promise<ProviderFixture> {
  const module = (await import(file.href)) as Record<string, ProviderFixture>
  return Object.values(module)[0]!
}

/** Returns every fixture. */
export function readFixtures(): Promise<readonly ProviderFixture[]> {
  const files = readdirSync(FOLDER).filter(name => name.endsWith('.ts'))
  return Promise.all(files.map(name => fixtureIn(new URL(name, FOLDER))))
}

/** Returns whether the API takes the token in the query, which Latchkey does not support. */
export function isTokenInQuery({ api }: ProviderFixture): boolean {
  return api.rules.some(rule => 'parameter' in rule)
}

/** The checks of a preset, by what they check. Each throws an error when the preset fails, or after `limitMs`. */
export function checksOf(
  provider: Provider,
  fixture: ProviderFixture,
  limitMs = LIMIT_MS,
): readonly (readonly [title: string, check: () => void | Promise<void>])[] {
  const { authorization, token } = fixture
  const play = (run: (stage: Stage) => Promise<void>) => async (): Promise<void> => {
    const stage = await Stage.open(provider, fixture)
    await limited(run(stage), limitMs, stage).finally(() => stage.server.close())
  }
  return [
    ['signs in, calls the API, refreshes, meets the end of its tokens, and signs in again', play(wholeLife)],
    ...(authorization.declined ? ([['a user who declines', play(decline)]] as const) : []),
    ...(token.wrongSecret
      ? ([['a wrong client secret is a fault of the configuration', play(wrongSecret)]] as const)
      : []),
    ...(token.wrongCode ? ([['a code that is not valid', play(wrongCode)]] as const) : []),
    ['every endpoint that it describes has a source', () => endpointsHaveSources(provider, fixture)],
    ['names its documentation, and where to register', () => hasAbout(provider)],
  ]
}

/** A client of a server that plays a fixture. */
class Stage {
  readonly provider: Provider
  readonly fixture: ProviderFixture
  readonly server: FixtureServer
  readonly clock: ReturnType<typeof fakeClock>
  readonly client: Client
  readonly isQuery: boolean

  constructor(
    provider: Provider,
    fixture: ProviderFixture,
    server: FixtureServer,
    clock: ReturnType<typeof fakeClock>,
  ) {
    this.provider = provider
    this.fixture = fixture
    this.server = server
    this.clock = clock
    this.client = this.clientWith({})
    this.isQuery = isTokenInQuery(fixture)
  }

  static async open(provider: Provider, fixture: ProviderFixture): Promise<Stage> {
    const clock = fakeClock()
    const now = (): number => clock.nowMs()
    return new Stage(
      provider,
      fixture,
      await startFixtureServer(fixture, { issuer: provider.issuer, now }),
      clock,
    )
  }

  clientWith(other: object): Client {
    const { server, fixture, provider, clock } = this
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

  async signIn(client = this.client, options: { decline?: boolean } = {}): Promise<Completed> {
    const auth = client.Authorize.byCode()
    const { binding } = await auth.save()
    const account = this.provider.identity === undefined ? { account: () => 'user-1' } : {}
    return client.Authorize.complete(await this.server.authorize(auth.url, options), { binding, ...account })
  }

  /** Calls the API, and returns whether it accepts the token. */
  async call(user: Client): Promise<boolean> {
    const { api } = this.fixture
    const url = api.request.url.replaceAll('{user}', 'user-1')
    const response = this.isQuery
      ? await this.server.fetch(url.replace('{access_token}', await user.accessToken()))
      : await authorizedFetch(user, { fetch: this.server.fetch })(url, { method: api.request.method })
    const text = await response.text()
    const isRejection = text !== '' && JSON.stringify(api.rejected.body) === text
    return response.status === 200 && !isRejection
  }

  sent(url: string): number {
    return this.server.requests.filter(request => request.endsWith(` ${url}`)).length
  }
}

/** Rejects if `run` does not finish in time: nothing advances the fake clock while Latchkey waits to retry a request. */
function limited(run: Promise<void>, limitMs: number, { server, clock }: Stage): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((_, reject) => {
    timer = setTimeout(() => {
      const isWaiting = clock.sleeping().length > 0
      const hint = ' Latchkey waits to retry it: describe the meaning of that response in quirks.errors.'
      const text = `not finished after ${limitMs / 1000} s. The last request was ${server.requests.at(-1)}.`
      reject(new Error(text + (isWaiting ? hint : '')))
    }, limitMs)
  })
  return Promise.race([run, limit]).finally(() => clearTimeout(timer))
}

async function wholeLife(stage: Stage): Promise<void> {
  const { client, clock, fixture, isQuery, server } = stage
  const { refresh, token } = fixture
  const refreshes = 'none' in refresh ? undefined : refresh
  const completed = await stage.signIn()
  expect(completed.account).toContain(JSON.stringify(fixture).includes('{user}') ? 'user-1' : '')
  const user = client.account(completed.account)
  expect(await stage.call(user)).toBe(true)

  if (refreshes) {
    const endpoint = refreshes.endpoint?.url ?? token.endpoint.url
    const before = await user.accessToken()
    const requests = stage.sent(endpoint)
    await clock.advance((completed.tokens.expires_in ?? 600) * 1000)
    if (completed.tokens.expires_in === undefined) await user.rejected(before)
    expect(await user.accessToken()).not.toBe(before)
    expect(stage.sent(endpoint)).toBe(requests + 1)
    expect(await stage.call(user)).toBe(true)

    await clock.advance(HALF_A_LIFETIME_MS)
    const used = await user.accessToken()
    server.endAccessTokens()
    if (isQuery) await user.rejected(used)
    expect(await stage.call(user)).toBe(true)
    expect(await user.accessToken()).not.toBe(used)
  }

  await clock.advance(HALF_A_LIFETIME_MS)
  const last = await user.accessToken()
  server.endSignIn()
  await expect(isQuery ? user.rejected(last) : stage.call(user)).rejects.toMatchObject({
    code: 'reauth_required',
    kind: 'reauth',
  })
  expect(await user.status()).toMatchObject({ status: 'reauth', inDoubt: false })

  expect((await stage.signIn()).account).toBe(completed.account)
  expect(await stage.call(user)).toBe(true)
  await user.signOut()
  if (fixture.revocation) expect(stage.sent(fixture.revocation.endpoint.url)).toBeGreaterThan(0)
  expect(server.problems).toEqual([])
}

async function decline(stage: Stage): Promise<void> {
  await expect(stage.signIn(stage.client, { decline: true })).rejects.toMatchObject({ kind: 'declined' })
}

async function wrongSecret(stage: Stage): Promise<void> {
  const wrong = stage.clientWith({ client_secret: 'another-client-secret' })
  const { kind, message } = await stage.signIn(wrong).then(
    () => ({ message: 'signed in', kind: undefined }),
    (thrown: Error & { kind: string }) => thrown,
  )
  expect([kind, message]).toEqual(['misconfigured', expect.stringContaining(`${stage.provider.name} `)])
  expect(message).not.toContain('another-client-secret')
}

async function wrongCode({ client }: Stage): Promise<void> {
  const wrong = client.Authorize.byCode().authorize('not-a-code')
  await expect(wrong).rejects.toMatchObject({ kind: expect.stringMatching(/^(reauth|misconfigured)$/) })
}

function endpointsHaveSources(
  provider: Provider,
  { authorization, token, refresh, revocation, endpoints = {} }: ProviderFixture,
): void {
  const sourced = [
    authorization.endpoint.url,
    token.endpoint.url,
    'none' in refresh ? undefined : refresh.endpoint?.url,
    revocation?.endpoint.url,
    ...Object.values(endpoints).map(({ url }) => url),
  ]
  for (const [member, url] of Object.entries(provider))
    if (member.endsWith('Endpoint') && !sourced.includes(url as string))
      throw new Error(`the fixture has no fact about ${member}, ${url}`)
}

/** `defineProvider` checks the members of `about`. */
function hasAbout({ about }: Provider): void {
  if (!about) throw new Error('the description has no about, with name, docs, register and checked')
}
