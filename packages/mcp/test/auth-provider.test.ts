// The small AuthProvider of SDK 2.x, against a real MCP server.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Client, discover, forResource, MemoryTokenStore } from '@latchkey/core'
import { register } from '@latchkey/core/provider'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { fetchTransport } from '@latchkey/transport-fetch'
import { mcpAuthProvider, mcpOAuthProvider } from '../src/index.ts'
import { REDIRECT_URI } from '../../../tests/servers/oidc-provider.ts'
import {
  type AuthorizationServer,
  HELLO,
  hostOf,
  type McpResource,
  SDKS,
  signIn,
  startAuthorizationServer,
  startMcpServer,
} from './servers.ts'

let as: AuthorizationServer
let mcp: McpResource
let clock: FakeClock
const closing: { close(): Promise<unknown> }[] = []
beforeEach(async () => {
  clock = fakeClock({ nowMs: Date.now() })
  as = await startAuthorizationServer()
  mcp = await startMcpServer(as)
})
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close()
  await mcp.close()
  await as.close()
})

const connect = async (authProvider: object) => {
  const connected = await SDKS['2.x'].connect(mcp.url, { authProvider } as never)
  closing.push(connected)
  return connected
}

async function clientOf(): Promise<Client> {
  const transport = fetchTransport()
  const provider = await discover(as.url, { transport, clientAuthentication: 'none' })
  const { client_id } = await register(
    provider,
    {
      redirect_uris: [REDIRECT_URI],
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
    { transport },
  )
  return new Client({
    client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'read offline_access',
    provider: forResource(provider, mcp.url),
    transport,
    clock,
    store: new MemoryTokenStore({ clock }),
  })
}

test('over a Client: one refresh for four transports, at an expiry and when the server ends the token', async () => {
  const client = await clientOf()
  await signIn(client, {})
  const small = mcpAuthProvider(client, { clock })
  const hosts = await Promise.all([1, 2, 3, 4].map(() => connect(small)))
  await clock.advance(3_600_000)
  await Promise.all(hosts.map(host => host.hello()))
  expect(as.ledger.granted).toEqual(['authorization_code', 'refresh_token'])
  await clock.advance(10_000) // until then, a rejection is taken for one of the token before
  mcp.endTokens()
  for (const result of await Promise.all(hosts.map(host => host.hello()))) expect(result).toMatchObject(HELLO)
  expect(as.ledger.granted).toEqual(['authorization_code', 'refresh_token', 'refresh_token'])
  expect(as.ledger.failed).toEqual([])
})

test('over a Client that nobody has signed in to: the error reaches the caller', async () => {
  await expect(connect(mcpAuthProvider(await clientOf(), { clock }))).rejects.toMatchObject({
    code: 'signed_out',
  })
})

test('over mcpOAuthProvider: it also signs in', async () => {
  const provider = mcpOAuthProvider(hostOf(mcp.url, new MemoryTokenStore({ clock }), { clock, signIn }))
  const host = await connect(mcpAuthProvider(provider, { clock }))
  expect(await host.hello()).toMatchObject(HELLO)
  mcp.endTokens()
  expect(await host.hello()).toMatchObject(HELLO)
  expect(as.ledger).toMatchObject({ logins: 1, granted: ['authorization_code', 'refresh_token'] })
})

test('a 401 that arrives after the token has changed is not blamed on the new one', async () => {
  const client = await clientOf()
  await signIn(client, {})
  const small = mcpAuthProvider(client, { clock })
  const old = await small.token()
  await small.onUnauthorized({ response: new Response(null, { status: 401 }) })
  const renewed = await small.token()
  await small.onUnauthorized({ response: new Response(null, { status: 401 }) }) // of a request with the old one
  expect(await small.token()).toBe(renewed)
  expect(renewed).not.toBe(old)
  await clock.advance(10_000)
  await small.onUnauthorized({ response: new Response(null, { status: 401 }) })
  expect(await small.token()).not.toBe(renewed)
})
