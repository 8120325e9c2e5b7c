// Who a host is at an authorization server: registered by itself, by hand, or by its metadata document.
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import type { Adapter } from 'oidc-provider'
import { mcpOAuthProvider } from '../src/index.ts'
import { CLIENTS, REDIRECT_URI } from '../../../tests/servers/oidc-provider.ts'
import {
  type AuthorizationServer,
  browse,
  HELLO,
  hostOf,
  type McpResource,
  SDKS,
  signIn,
  startAuthorizationServer,
  startMcpServer,
} from './servers.ts'

const HOUR_MS = 3_600_000
const DOCUMENT = 'https://host.example/client.json'
let as: AuthorizationServer
let mcp: McpResource
let clock: FakeClock
let store: TokenStore
beforeEach(async () => {
  clock = fakeClock({ nowMs: Date.now() })
  store = new MemoryTokenStore({ clock })
  as = await startAuthorizationServer({ document: DOCUMENT })
  mcp = await startMcpServer(as)
})
afterEach(async () => {
  await mcp.close()
  await as.close()
})

const host = (others: object = {}) => mcpOAuthProvider(hostOf(mcp.url, store, { signIn, clock, ...others }))

async function use(others: object): Promise<void> {
  const { fetch } = host(others)
  const client = await SDKS['1.x'].connect(mcp.url, { fetch })
  await clock.advance(HOUR_MS)
  expect(await client.hello()).toMatchObject(HELLO)
  await client.close()
  expect(as.ledger).toMatchObject({ granted: ['authorization_code', 'refresh_token'], failed: [] })
}

test.each(['client_secret_basic', 'client_secret_post'])('a registration with %s', async method => {
  const metadata = { token_endpoint_auth_method: method }
  await use({ clientMetadata: metadata })
  expect(as.ledger.registrations).toBe(1)
})

test('a client that was registered by hand', async () => {
  await use({ clientMetadata: undefined, client: { ...CLIENTS.public, issuer: as.url } })
  expect(as.ledger.registrations).toBe(0)
})

test('its credentials go to no other authorization server', async () => {
  const client = { ...CLIENTS.confidential, issuer: 'https://as.example' }
  await expect(host({ clientMetadata: undefined, client }).login()).rejects.toMatchObject({
    code: 'misconfigured',
    message: `the client confidential is registered at https://as.example, and the server now has ${as.url}: register a client there`,
  })
})

test("the address of the host's metadata document", async () => {
  await use({ clientMetadataUrl: DOCUMENT })
  expect(as.ledger.registrations).toBe(0)
})

test('a server without metadata of its own, whose authorization server the host names', async () => {
  await use({ issuer: as.url, scope: 'read' })
})

test('the SDK exchanges the code of a confidential client', async () => {
  const pages: string[] = []
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const redirectToAuthorization = (url: URL): void => void pages.push(url.href)
  const provider = host({ signIn: undefined, redirectToAuthorization, clientMetadata: metadata })
  const options = { authProvider: provider }
  await expect(SDKS['2.x'].connect(mcp.url, options)).rejects.toThrow()
  const query = new URL(await browse(pages[0]!)).searchParams
  await SDKS['2.x'].transport(mcp.url, options).finishAuth(query)
  expect(await provider.accessToken()).toEqual(expect.any(String))
})

test('a registration that the server has forgotten: the login fails, and the next one registers again', async () => {
  const provider = host()
  await provider.login()
  const { client_id } = await provider.clientInformation()
  await provider.signOut()
  await (as.provider.Client as unknown as { adapter: Adapter }).adapter.destroy(client_id)
  await expect(provider.login()).rejects.toThrow('invalid_client')
  await provider.login()
  expect(await provider.accessToken()).toEqual(expect.any(String))
  expect(as.ledger).toMatchObject({ registrations: 2, logins: 2 })
})

test('a user who declines costs no registration', async () => {
  const provider = host()
  as.deny()
  await expect(provider.login()).rejects.toMatchObject({ code: 'access_denied' })
  await expect(provider.login()).rejects.toMatchObject({ code: 'access_denied' })
  expect(as.ledger.registrations).toBe(1)
})

test('tokens and codes of another issuer are not accepted', async () => {
  const provider = host()
  await provider.login()
  await expect(
    provider.saveTokens({ access_token: 'a', refresh_token: 'r', issuer: 'https://evil.example' }),
  ).rejects.toMatchObject({ code: 'misconfigured' })
})

test('a process with tokens needs no metadata: it works while the authorization server is down', async () => {
  await host().login()
  const down = { send: () => Promise.reject(new Error('no network')) }
  const client = await SDKS['2.x'].connect(mcp.url, { fetch: host({ transport: down }).fetch })
  expect(await client.hello()).toMatchObject(HELLO)
  await client.close()
})

test('a host whose redirect URI has changed keeps its tokens, and registers again at its next login', async () => {
  await host().login()
  const moved = host({ redirectUri: `${REDIRECT_URI}/2` })
  expect(await moved.accessToken()).toBe(await host().accessToken())
  await moved.signOut()
  await moved.login()
  expect(as.ledger).toMatchObject({ registrations: 2, logins: 2 })
})

test('the refresh token never leaves through the provider', async () => {
  const provider = host()
  await provider.login()
  expect(Object.keys((await provider.tokens())!).sort()).toEqual([
    'access_token',
    'issuer',
    'scope',
    'token_type',
  ])
})

test('console.log shows no token and no secret', async () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const provider = host({ clientMetadata: metadata })
  await provider.login()
  const { client_secret } = await provider.clientInformation()
  const shown = inspect(provider, { depth: 9, showHidden: true })
  expect(shown).not.toContain(await provider.accessToken())
  expect(shown).not.toContain(client_secret)
})

test('two accounts of one server do not mix', async () => {
  const [ann, bob] = [host({ account: 'ann' }), host({ account: 'bob' })]
  as.use('ann')
  await ann.login()
  as.use('bob')
  await bob.login()
  expect(await ann.accessToken()).not.toBe(await bob.accessToken())
  await ann.signOut()
  await expect(ann.accessToken()).rejects.toMatchObject({ code: 'signed_out' })
  expect(await bob.accessToken()).toEqual(expect.any(String))
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 2 })
})
