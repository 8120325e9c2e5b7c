// The tokens of an installation of a GitHub App, at a server that verifies the JWT as GitHub documents it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Client, type ClientOptions, MemoryTokenStore } from '@latchkey/core'
import { githubInstallation, type GithubInstallationOptions, signInByGrant } from '@latchkey/core/provider'
import { github } from '@latchkey/providers'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { authorizedFetch, fetchTransport } from '@latchkey/transport-fetch'
import { decodeJwt } from 'jose'
import { type GithubApp, startGithubApp } from './servers/github-app.ts'
import { collected } from './support.ts'

let app: GithubApp
let clock: FakeClock
let serverAheadMs: number
let store: MemoryTokenStore

beforeEach(async () => {
  clock = fakeClock({ nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) })
  serverAheadMs = 0
  app = await startGithubApp(() => clock.nowMs() + serverAheadMs)
  store = new MemoryTokenStore({ clock })
})

afterEach(() => app.close())

const clientOf = (grant: Partial<GithubInstallationOptions> = {}, options: ClientOptions = {}): Client =>
  new Client({
    client_id: 'Iv1.app',
    provider: github(),
    transport: fetchTransport(),
    store,
    clock,
    grants: {
      installation: githubInstallation({
        appId: app.appId,
        key: app.key,
        installationId: 42,
        baseUrl: app.url,
        ...grant,
      }),
    },
    ...options,
  })

test('the token of an installation, which accessToken() renews once for all', async () => {
  const client = clientOf()
  const first = await signInByGrant(client, 'installation')
  expect(first).toMatchObject({
    access_token: expect.stringMatching(/^ghs_/),
    token_type: 'bearer',
    expires_in: 3599,
    permissions: { contents: 'read' },
    repository_selection: 'selected',
  })
  expect(app.requests).toHaveLength(1)
  const nowS = Math.floor(clock.nowMs() / 1000)
  expect(decodeJwt(app.requests[0]!.jwt)).toEqual({ iss: '1234', iat: nowS - 60, exp: nowS + 540 })

  await clock.advance(3_600_000)
  const others = [client, clientOf(), clientOf()]
  const tokens = await Promise.all(others.flatMap(other => [other.accessToken(), other.accessToken()]))
  expect(new Set(tokens).size).toBe(1)
  expect(tokens[0]).not.toBe(first.access_token)
  expect(app.requests).toHaveLength(2)

  const [key] = await collected(store.keys())
  const record = JSON.stringify(await store.read(key!))
  expect(record).toContain('"renewal":{"type":"grant","name":"installation"')
  for (const { jwt } of app.requests) expect(record).not.toContain(jwt)
})

test('the parameter installation_id: one client, an account for each installation', async () => {
  const client = clientOf({ installationId: undefined })
  await signInByGrant(client.account('acme'), 'installation', { installation_id: '42' })
  await expect(signInByGrant(client, 'installation')).rejects.toMatchObject({
    code: 'misconfigured',
    message:
      "the grant 'installation' needs an installationId, or the parameter installation_id; nothing was sent",
  })
  await expect(
    signInByGrant(client.account('gone'), 'installation', { installation_id: '../7' }),
  ).rejects.toMatchObject({
    code: 'misconfigured',
    message: expect.stringMatching(/installations\/..%2F7\/access/),
  })
  expect(app.requests).toHaveLength(2)
})

test('repositories and permissions are in the body', async () => {
  await signInByGrant(
    clientOf({ repositories: ['latchkey'], permissions: { issues: 'write' } }),
    'installation',
  )
  expect(app.requests[0]!.body).toEqual({ repositories: ['latchkey'], permissions: { issues: 'write' } })
})

test.each([
  [401, 'A JSON web token could not be decoded', {}, 'misconfigured'],
  [403, 'This installation has been suspended', {}, 'misconfigured'],
  [404, 'Not Found', {}, 'misconfigured'],
  [422, 'There is at least one repository that does not exist', {}, 'misconfigured'],
  [403, 'You have exceeded a secondary rate limit. Please wait.', { 'retry-after': '60' }, 'transient'],
  [403, 'API rate limit exceeded for installation', {}, 'transient'],
  [500, 'Server Error', {}, 'transient'],
])('HTTP %i with %j', async (status, message, headers, code) => {
  await signInByGrant(clientOf(), 'installation')
  await clock.advance(3_600_000)
  const client = clientOf()
  for (let n = 0; n < 3; n++) app.errors.push({ status, message, headers })
  const failed = expect(client.accessToken({ maxWaitMs: 0 })).rejects.toMatchObject({ code })
  let isOver = false
  void failed.finally(() => (isOver = true))
  while (!isOver) {
    await new Promise(resolve => setTimeout(resolve, 5))
    const [next = Infinity] = clock.sleeping()
    if (next < 4_000) await clock.advanceToNext()
  }
  await failed
  expect(await client.status()).toMatchObject({ status: 'live' })
})

test('what GitHub echoes is not in the error', async () => {
  const { key } = await startGithubApp().then(async other => (await other.close(), other))
  const error = await signInByGrant(clientOf({ key }), 'installation').catch((thrown: Error) => thrown)
  expect(error).toMatchObject({
    code: 'misconfigured',
    message: expect.stringContaining('decoded: [redacted]'),
  })
  expect(JSON.stringify(error)).not.toContain(app.requests[0]!.jwt)
})

test('a clock that is 15 min behind: the second request has the right time', async () => {
  serverAheadMs = 900_000
  const client = clientOf()
  await expect(signInByGrant(client, 'installation')).rejects.toMatchObject({ code: 'transient' })
  await signInByGrant(client, 'installation')
  expect(app.requests).toHaveLength(2)
})

test('authorizedFetch sends it to the API', async () => {
  const client = clientOf()
  const { access_token } = await signInByGrant(client, 'installation')
  const sent: string[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    sent.push(String(new Request(input, init).headers.get('authorization')))
    return Promise.resolve(new Response('{}'))
  }
  await authorizedFetch(client, { fetch })('https://api.github.com/installation/repositories')
  expect(sent).toEqual([`Bearer ${access_token}`])
})
