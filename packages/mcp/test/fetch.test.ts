// Hosts of both SDKs that pass `fetch`, against a real MCP server and a real authorization server.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { errors } from 'oidc-provider'
import { listen } from '../../../tests/servers/listen.ts'
import { mcpOAuthProvider } from '../src/index.ts'
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
let store: TokenStore
let broken = false
const closing: { close(): Promise<unknown> }[] = []

const HOUR_MS = 3_600_000

/** A store in memory that fails while `broken`. */
function breakable(): TokenStore {
  const memory = new MemoryTokenStore({ clock })
  return {
    atomicity: memory.atomicity,
    read: key => memory.read(key),
    compareAndSwap: (...swap) =>
      broken ? Promise.reject(new Error('the disk is full')) : memory.compareAndSwap(...swap),
    remove: key => memory.remove(key),
    watch: (...watched) => memory.watch(...watched),
    locks: memory.locks,
  }
}

/** Moves the clock until a promise settles: a store that fails is tried again for some time. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let isOver = false
  promise.catch(() => {}).finally(() => (isOver = true))
  while (!isOver) {
    await new Promise(setImmediate)
    if (broken) await clock.advanceToNext()
  }
  return promise
}

beforeEach(async () => {
  broken = false
  // In step with the server's clock, which is the machine's.
  clock = fakeClock({ nowMs: Date.now() })
  store = breakable()
  as = await startAuthorizationServer()
  mcp = await startMcpServer(as)
})
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close()
  await mcp.close()
  await as.close()
})

describe.each(['1.x', '2.x'] as const)('SDK %s', version => {
  const connect = async (options: object) => {
    const connected = await SDKS[version].connect(mcp.url, options)
    closing.push(connected)
    return connected
  }

  const options = (others: object = {}) => hostOf(mcp.url, store, { signIn, clock, ...others })

  test('discovers, registers, signs in and calls a tool; every request names the resource', async () => {
    const { fetch } = mcpOAuthProvider(options())
    const client = await connect({ fetch })
    expect(await client.hello()).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ registrations: 1, logins: 1, granted: ['authorization_code'] })
    await clock.advance(HOUR_MS)
    await client.hello()
    expect(as.ledger.granted).toEqual(['authorization_code', 'refresh_token'])
    expect(as.ledger.resources).toEqual(as.ledger.resources.map(() => mcp.url))
  })

  test('typescript-sdk#234: transports whose token has expired together replay no refresh token', async () => {
    const clients = await Promise.all(
      [options(), options(), options(), options()].map(each =>
        connect({ fetch: mcpOAuthProvider(each).fetch }),
      ),
    )
    expect(as.ledger).toMatchObject({ registrations: 1, logins: 1 })
    for (let expiry = 1; expiry <= 3; expiry++) {
      await clock.advance(HOUR_MS)
      await Promise.all(clients.map(client => client.hello()))
      expect(as.ledger.granted.filter(grant => grant === 'refresh_token')).toHaveLength(expiry)
    }
    expect(as.ledger).toMatchObject({ registrations: 1, logins: 1, failed: [] })
  })

  test('typescript-sdk#1813: parallel 401s lead to one refresh, which all of them wait for', async () => {
    const { fetch } = mcpOAuthProvider(options())
    const clients = await Promise.all([connect({ fetch }), connect({ fetch })])
    mcp.endTokens()
    const calls = clients.flatMap(client => [client.hello(), client.hello(), client.hello()])
    for (const result of await Promise.all(calls)) expect(result).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({
      granted: ['authorization_code', 'refresh_token'],
      failed: [],
      logins: 1,
    })
  })

  test('a server that demands more scope gets a login for it, once for two hosts', async () => {
    const clients = await Promise.all(
      [options(), options()].map(each => connect({ fetch: mcpOAuthProvider(each).fetch })),
    )
    mcp.requiredScope = 'write'
    for (const result of await Promise.all(clients.map(client => client.hello())))
      expect(result).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ logins: 2, registrations: 1, failed: [] })
  })

  test('a demand keeps the scope of the present tokens', async () => {
    const requests: (string | undefined)[] = []
    const noting: typeof signIn = (client, request) => {
      requests.push(request.scope as string)
      return signIn(client, request)
    }
    const client = await connect({ fetch: mcpOAuthProvider(options({ signIn: noting })).fetch })
    mcp.requiredScope = 'write'
    await client.hello()
    expect(requests).toEqual(['read offline_access', 'read write offline_access'])
  })

  test('a server that moves to another authorization server: a registration and a login there, nothing of the old one', async () => {
    const client = await connect({ fetch: mcpOAuthProvider(options()).fetch })
    const second = await startAuthorizationServer()
    closing.push(second)
    mcp.issuers = [second]
    expect(await client.hello()).toMatchObject(HELLO)
    expect(second.ledger).toMatchObject({
      registrations: 1,
      logins: 1,
      granted: ['authorization_code'],
      failed: [],
    })
    expect(as.ledger.granted.filter(grant => grant === 'authorization_code')).toHaveLength(1)
  })

  test('an early refresh that is rejected costs no token that works', async () => {
    const client = await connect({ fetch: mcpOAuthProvider(options()).fetch })
    as.inRefresh = () => {
      throw new errors.InvalidGrant('rejected')
    }
    await clock.advance(HOUR_MS - 60_000)
    await client.hello()
    await client.hello()
    expect(as.ledger.failed).toEqual(['refresh_token'])
    expect(as.ledger.logins).toBe(1)
  })

  test('typescript-sdk#2053: refreshed tokens that cannot be saved lead to no login and are not lost', async () => {
    const provider = mcpOAuthProvider(options())
    const client = await connect({ fetch: provider.fetch })
    await clock.advance(HOUR_MS)
    as.inRefresh = () => void (broken = true)
    expect(await inTime(client.hello())).toMatchObject(HELLO)
    await expect(inTime(provider.settled())).rejects.toMatchObject({ code: 'store_unavailable' })
    broken = false
    await provider.settled()
    expect(await mcpOAuthProvider(options()).accessToken()).toBe(await provider.accessToken())
    expect(as.ledger).toMatchObject({
      granted: ['authorization_code', 'refresh_token'],
      failed: [],
      logins: 1,
    })
  })

  test('typescript-sdk#2053: a store that fails before a refresh is an error of the request', async () => {
    const client = await connect({ fetch: mcpOAuthProvider(options()).fetch })
    await clock.advance(HOUR_MS)
    broken = true
    await expect(inTime(client.hello())).rejects.toMatchObject({ code: 'store_unavailable' })
    broken = false
    expect(await client.hello()).toMatchObject(HELLO)
    expect(as.ledger.logins).toBe(1)
  })

  test('without a way to sign in, the response of the server is returned', async () => {
    const { fetch } = mcpOAuthProvider(options({ signIn: undefined }))
    await expect(connect({ fetch })).rejects.toThrow()
    expect(as.ledger.logins).toBe(0)
  })
})

test.each(['http://as.example', 'not a URL', 'https://as.example/?a=b', 'javascript:alert(1)'])(
  'metadata that names %s as authorization server is no mistake of the caller',
  async url => {
    mcp.issuers = [{ ...as, url }]
    const { fetch } = mcpOAuthProvider(hostOf(mcp.url, store, { signIn, clock }))
    await expect(fetch(mcp.url)).rejects.toMatchObject({ code: 'discovery_failed' })
  },
)

test('the token goes to no other origin, and to no endpoint of an authorization server', async () => {
  const { fetch } = mcpOAuthProvider(hostOf(mcp.url, store, { signIn, clock }))
  await fetch(mcp.url)
  const seen: (string | undefined)[] = []
  const other = await listen(() => (request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(401).end()
  })
  closing.push(other)
  expect((await fetch(other.url)).status).toBe(401)
  expect(seen).toEqual([undefined])
  expect(as.ledger.logins).toBe(1)
})

test('a request whose body cannot be sent again is not repeated', async () => {
  const { fetch } = mcpOAuthProvider(hostOf(mcp.url, store, { signIn, clock }))
  const body = new Blob(['{}']).stream()
  const response = await fetch(mcp.url, { method: 'POST', body, duplex: 'half' } as RequestInit)
  expect(response.status).toBe(401)
  expect(as.ledger.logins).toBe(0)
})
