// Hosts that pass only `authProvider`, with the SDKs' own `auth()`, `finishAuth` and the user's browser.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { auth as auth2, UnauthorizedError as Unauthorized2 } from '@modelcontextprotocol/client'
import { auth as auth1, UnauthorizedError as Unauthorized1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { type McpOAuthProvider, mcpOAuthProvider } from '../src/index.ts'
import { Lease, LEASE_MS, takeLease } from '../src/lease.ts'
import { keyOf } from '../src/stored.ts'
import {
  type AuthorizationServer,
  browse,
  type Connected,
  finishBy,
  HELLO,
  hostOf,
  type McpResource,
  SDKS,
  signIn,
  startAuthorizationServer,
  startMcpServer,
} from './servers.ts'

const HOUR_MS = 3_600_000
let as: AuthorizationServer
let mcp: McpResource
let clock: FakeClock
let store: TokenStore
/** The pages that hosts have opened. */
let pages: string[]
const closing: { close(): Promise<unknown> }[] = []
beforeEach(async () => {
  clock = fakeClock({ nowMs: Date.now() })
  store = new MemoryTokenStore({ clock })
  pages = []
  as = await startAuthorizationServer()
  mcp = await startMcpServer(as)
})
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close()
  await mcp.close()
  await as.close()
})

/** A host that opens pages itself. */
const host = (others: object = {}): McpOAuthProvider =>
  mcpOAuthProvider(
    hostOf(mcp.url, store, { clock, redirectToAuthorization: url => void pages.push(url.href), ...others }),
  )

/** A host whose user has signed in. */
async function signedIn(): Promise<McpOAuthProvider> {
  const provider = host({ redirectToAuthorization: undefined, signIn })
  await provider.login()
  return provider
}

const storedTokens = async (provider: McpOAuthProvider) => (await provider.tokens())?.access_token
const AUTH = { '1.x': auth1, '2.x': auth2 }
const UNAUTHORIZED = { '1.x': Unauthorized1, '2.x': Unauthorized2 }

describe.each(['1.x', '2.x'] as const)('SDK %s', version => {
  const connect = async (options: object): Promise<Connected> => {
    const connected = await SDKS[version].connect(mcp.url, options)
    closing.push(connected)
    return connected
  }
  const finishAuth = (provider: McpOAuthProvider, redirect: string): Promise<void> =>
    finishBy(version, mcp.url, provider, redirect)
  const auth = (provider: McpOAuthProvider, options: object = {}): Promise<string> =>
    AUTH[version](provider, { serverUrl: mcp.url, ...options })

  test.each([
    ['authProvider alone', (provider: McpOAuthProvider) => ({ authProvider: provider })],
    ['with fetch', (provider: McpOAuthProvider) => ({ authProvider: provider, fetch: provider.fetch })],
  ])('%s: the page of the first login, finishAuth, a refresh before the next request', async (_, options) => {
    const provider = host()
    await expect(connect(options(provider))).rejects.toBeInstanceOf(UNAUTHORIZED[version])
    expect(pages).toHaveLength(1)
    await finishAuth(provider, await browse(pages[0]!))
    const client = await connect(options(provider))
    expect(await client.hello()).toMatchObject(HELLO)
    await clock.advance(HOUR_MS)
    expect(await client.hello()).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ registrations: 1, logins: 1, failed: [] })
    expect(as.ledger.granted).toEqual(['authorization_code', 'refresh_token'])
    expect(as.ledger.resources).toEqual(as.ledger.resources.map(() => mcp.url))
  })

  test('finish checks the state, and completes the login', async () => {
    const provider = host()
    await expect(connect({ authProvider: provider })).rejects.toThrow()
    const redirect = await browse(pages[0]!)
    await expect(provider.finish(redirect.replace(/state=[^&]+/, 'state=forged'))).rejects.toMatchObject({
      code: 'state_mismatch',
      stillWaits: true,
    })
    await provider.finish(redirect)
    expect(await (await connect({ authProvider: provider })).hello()).toMatchObject(HELLO)
    await expect(provider.finish(redirect)).rejects.toMatchObject({ code: 'flow_state' })
  })

  test('a token that the server ends: one refresh, no login; the request has to be repeated', async () => {
    const provider = await signedIn()
    const client = await connect({ authProvider: provider })
    mcp.endTokens()
    await expect(client.hello()).rejects.toMatchObject({ code: 'transient', message: /refreshed meanwhile/ })
    expect(await client.hello()).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ granted: ['authorization_code', 'refresh_token'], logins: 1 })
  })

  test('the same with fetch: the request is repeated', async () => {
    const provider = await signedIn()
    const client = await connect({ authProvider: provider, fetch: provider.fetch })
    mcp.endTokens()
    expect(await client.hello()).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ granted: ['authorization_code', 'refresh_token'], logins: 1 })
  })

  test.each([
    ['authProvider alone', (provider: McpOAuthProvider) => ({ authProvider: provider })],
    ['with fetch', (provider: McpOAuthProvider) => ({ authProvider: provider, fetch: provider.fetch })],
  ])('%s: a page for more scope', async (_, options) => {
    const provider = host()
    await expect(connect(options(provider))).rejects.toThrow()
    await provider.finish(await browse(pages[0]!))
    const client = await connect(options(provider))
    mcp.requiredScope = 'write'
    await expect(client.hello()).rejects.toBeInstanceOf(UNAUTHORIZED[version])
    expect(new URL(pages[1]!).searchParams.get('scope')).toContain('write')
    await provider.finish(await browse(pages[1]!))
    expect(await client.hello()).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ logins: 2, registrations: 1, failed: [] })
    expect(as.ledger.granted).toEqual(['authorization_code', 'authorization_code'])
  })

  test('a turn that no page was opened for ends by itself, and is taken again for the next page', async () => {
    const provider = host()
    expect((await provider.fetch(mcp.url)).status).toBe(401) // no authProvider opens a page
    const key = keyOf.login(mcp.url, '')
    const ports = { store, clock, random: () => 'another process' }
    expect(typeof (await takeLease(ports, key))).toBe('string')
    await clock.advance(LEASE_MS)
    const other = (await takeLease(ports, key)) as Lease
    await other.release()
    await expect(connect({ authProvider: provider })).rejects.toBeInstanceOf(UNAUTHORIZED[version])
    expect(pages).toHaveLength(1)
    await clock.advance(60_000)
    expect(typeof (await takeLease(ports, key))).toBe('string')
    await provider.finish(await browse(pages[0]!))
    expect(await takeLease(ports, key)).toBeInstanceOf(Lease)
  })

  test('auth() never refreshes by itself', async () => {
    const provider = await signedIn()
    await provider.tokens()
    await expect(auth(provider)).rejects.toMatchObject({ code: 'transient' })
    expect(as.ledger.granted).toEqual(['authorization_code', 'refresh_token']) // the one of Latchkey
    expect(pages).toEqual([])
  })

  test("vercel/ai#20674: the loser of a refresh does not delete the winner's tokens", async () => {
    const [winner, loser] = [await signedIn(), host()]
    const old = await storedTokens(loser)
    await clock.advance(HOUR_MS)
    const renewed = await storedTokens(winner)
    expect(renewed).not.toBe(old)
    for (const scope of ['tokens', 'all', 'client', 'verifier', 'discovery'] as const)
      await loser.invalidateCredentials(scope)
    expect(await storedTokens(host())).toBe(renewed)
    expect(as.ledger.granted).toEqual(['authorization_code', 'refresh_token'])
  })

  test('pi-mcp-adapter#422: a process with old tokens does not erase a new sign-in', async () => {
    const [stale, other] = [await signedIn(), await signedIn()]
    const old = await storedTokens(stale)
    await other.login({ instead: old })
    const renewed = await other.accessToken()
    expect(renewed).not.toBe(old)
    await stale.invalidateCredentials('tokens')
    expect(await storedTokens(stale)).toBe(renewed)
    expect(await storedTokens(host())).toBe(renewed)
    expect(as.ledger).toMatchObject({ logins: 2, failed: [] })
  })

  test('typescript-sdk#2053: tokens that cannot be saved are an error of finishAuth', async () => {
    const warnings: string[] = []
    const provider = host({ logger: { warn: (message: string) => void warnings.push(message) } })
    await expect(connect({ authProvider: provider })).rejects.toThrow()
    const redirect = await browse(pages[0]!)
    const { compareAndSwap } = store
    Object.assign(store, { compareAndSwap: () => Promise.reject(new Error('the disk is full')) })
    const finishing = finishAuth(provider, redirect)
    let isOver = false
    finishing.catch(() => {}).finally(() => (isOver = true))
    while (!isOver) {
      await new Promise(setImmediate)
      await clock.advanceToNext()
    }
    await expect(finishing).rejects.toThrow('could not be written')
    expect(warnings).toHaveLength(1)
    Object.assign(store, { compareAndSwap })
  })

  test('mcp-remote#306, of the kind of #235: transports that start together open one page, with its own verifier', async () => {
    const provider = host()
    const options = { authProvider: provider }
    const starts = await Promise.allSettled([connect(options), connect(options), connect(options)])
    expect(starts.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(pages).toHaveLength(1)
    const challenge = new URL(pages[0]!).searchParams.get('code_challenge')
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(provider.codeVerifier()))
    expect(Buffer.from(digest).toString('base64url')).toBe(challenge)
    await finishAuth(provider, await browse(pages[0]!))
    expect(await (await connect(options)).hello()).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ registrations: 1, failed: [] })
  })

  test('mcp-remote#318, of the kind of #320: the second of two first starts waits for the first login', async () => {
    const [first, second] = [host(), host()]
    await expect(connect({ authProvider: first })).rejects.toThrow()
    const waiting = connect({ authProvider: second })
    while (clock.sleeping().length < 2) await new Promise(setImmediate)
    await finishAuth(first, await browse(pages[0]!))
    expect(await (await waiting).hello()).toMatchObject(HELLO)
    expect(pages).toHaveLength(1)
    expect(as.ledger).toMatchObject({ registrations: 1, logins: 1 })
  })

  test('mcp-remote#351: five instances that wake with one expired token refresh once', async () => {
    await signedIn()
    const instances = await Promise.all(Array.from({ length: 5 }, () => connect({ authProvider: host() })))
    await clock.advance(18 * HOUR_MS)
    for (const result of await Promise.all(instances.map(one => one.hello())))
      expect(result).toMatchObject(HELLO)
    expect(as.ledger).toMatchObject({ granted: ['authorization_code', 'refresh_token'], failed: [] })
    expect(pages).toEqual([])
  })
})
