// Against Bluesky's authorization server, which requires PAR, PKCE and DPoP with a nonce, and knows clients by the URL of their
// metadata.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  Client,
  type ClientOptions,
  discover,
  dpop,
  MemoryTokenStore,
  type Provider,
  pushAuthorization,
  revoke,
} from '@latchkey/core'
import { systemClock } from '@latchkey/core/ports'
import { fetchTransport } from '@latchkey/transport-fetch'
import { type AtprotoServer, startAtprotoServer } from './servers/atproto.ts'

const transport = fetchTransport()
const redirect_uri = 'http://127.0.0.1/callback'
const scope = 'atproto'
/** The id of a client on loopback, which needs no document. */
const client_id = `http://localhost?${new URLSearchParams({ redirect_uri, scope }).toString()}`

let server: AtprotoServer
let provider: Provider

beforeEach(async () => {
  server = await startAtprotoServer()
  provider = await discover(server.url, { transport, identity: 'sub' })
})
afterEach(() => server.close())

const clientOf = (options: ClientOptions = {}): Client =>
  new Client({ client_id, redirect_uri, scope, provider, transport, dpop: dpop(), ...options })

async function signedIn(options?: ClientOptions): Promise<Client> {
  const client = clientOf(options)
  const pushed = await pushAuthorization(client)
  await pushed.authorize(server.allow(redirect_uri, pushed.state))
  return client
}

test('sign-in, refresh and revocation', async () => {
  expect(provider).toMatchObject({
    issParameter: true,
    requirePushedAuthorizationRequests: true,
    clientIdMetadataDocumentSupported: true,
    clientAuthentication: 'none',
  })
  const client = await signedIn()
  const before = await client.tokens()
  expect(before).toMatchObject({ token_type: 'DPoP', scope, sub: expect.stringMatching(/^did:plc:/) })
  const after = await client.Authorize.regenerateFromRefreshToken()
  expect(after!.refresh_token).not.toBe(before!.refresh_token)
  await revoke(client)
  expect(await client.tokens()).toBeUndefined()
})

test('in another process, by complete: the account is the sub', async () => {
  const store = new MemoryTokenStore()
  const pushed = await pushAuthorization(clientOf({ store }))
  const { binding } = await pushed.save()
  const { account } = await clientOf({ store }).Authorize.complete(server.allow(redirect_uri, pushed.state), {
    binding,
  })
  expect(account).toMatch(/^did:plc:/)
})

test('eight clients whose access token was rejected: one refresh', async () => {
  const store = new MemoryTokenStore()
  await signedIn({ store })
  const clients = Array.from({ length: 8 }, () => clientOf({ store }))
  const rejected = (await clients[0]!.tokens())!.access_token
  const tokens = await Promise.all(clients.map(client => client.rejected(rejected)))
  expect(new Set(tokens).size).toBe(1)
  expect(server.refreshes).toBe(1)
})

test('a clock that is far off is a matter of configuration, and the next request follows the server', async () => {
  const store = new MemoryTokenStore()
  await signedIn({ store })
  const clock = { ...systemClock, nowMs: () => Date.now() + 3_600_000 }
  const late = clientOf({ store, clock, maxWaitMs: 0 })
  await expect(late.accessToken()).rejects.toMatchObject({ code: 'misconfigured' })
  expect(await late.Authorize.regenerateFromRefreshToken()).toHaveProperty('access_token')
})
