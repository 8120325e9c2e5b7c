// Records that Latchkey 0.1.0 wrote, of version 1, in files and in Redis: they are read, and the next write makes them
// version 2. `records-0.1/` holds them as 0.1.0 left them, at NOW.
import { afterAll, describe, expect, test } from '@jest/globals'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createClient } from '@keyv/redis'
import { Client, type ClientOptions, defineProvider, type TokenStore } from '@latchkey/core'
import type { Json, Version } from '@latchkey/core/ports'
import { FileTokenStore } from '@latchkey/storage-fs'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { type FakeClock, fakeClock } from '@latchkey/test-kit'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Server } from '../packages/storage-redis/test/servers.ts'
import { startOddServer } from './servers/odd-server.ts'

const NOW = 1_795_000_000_000
const written = (name: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(new URL(`records-0.1/${name}.json`, import.meta.url), 'utf8'))
const FILES = written('files')
const REDIS = written('redis')

const server = await startOddServer()
const redis = await Server.start()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-records-'))
const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends) await end()
  await server.close()
  rmSync(folder, { recursive: true })
})

const provider = defineProvider({
  name: 'as',
  grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  authorizationEndpoint: `${server.url}/authorize`,
  tokenEndpoint: `${server.url}/token`,
  clientAuthentication: 'client_secret_post',
  pkce: 'none',
})

let copies = 0

const STORES: Readonly<Record<string, () => Promise<TokenStore>>> = {
  async files() {
    const directory = join(folder, String(++copies))
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true, mode: 0o700 })
      writeFileSync(join(directory, path), text, { mode: 0o600 })
    }
    return new FileTokenStore({ directory })
  },
  async Redis() {
    const client = await createClient({ url: redis.url }).connect()
    await client.flushAll()
    for (const [key, value] of Object.entries(REDIS)) await client.set(key, value)
    await client.close()
    const store = new RedisTokenStore({ url: redis.url })
    ends.push(() => store.close())
    return store
  },
}

function clientOf(
  store: TokenStore,
  account: string,
  options: ClientOptions = {},
): Client & { at: FakeClock } {
  const at = fakeClock({ nowMs: NOW + 60_000 })
  const client = new Client({
    client_id: 'id',
    client_secret: 'shh',
    provider,
    store,
    account,
    clock: at,
    transport: fetchTransport(),
    logger: { warn() {} },
    ...options,
  })
  return Object.assign(client, { at })
}

const recordIn = async (store: TokenStore, account: string): Promise<Record<string, Json>> =>
  (await store.read(`as/id/${account}`))!.value as Record<string, Json>

const grant = (suffix: string) => ({
  body: {
    access_token: `at-${suffix}`,
    refresh_token: `rt-${suffix}`,
    token_type: 'Bearer',
    expires_in: 3600,
  },
})

test('there are ten records, each of version 1', () => {
  const records = Object.values(REDIS).map(text => (JSON.parse(text) as { value: { v: number } }).value)
  expect(records.map(({ v }) => v)).toEqual(Array(10).fill(1))
  expect(new Set(Object.keys(FILES).map(dirname)).size).toBe(10)
})

describe.each(Object.keys(STORES))('%s', name => {
  test.each(['live', 'refreshed', 'imported', 'spares'])(
    'the access token of %s is read without a request; the record stays as it is',
    async account => {
      const store = await STORES[name]!()
      const before = await recordIn(store, account)
      const { access_token } = before['tokens'] as { access_token: string }
      expect(await clientOf(store, account).accessToken()).toBe(access_token)
      expect(await recordIn(store, account)).toEqual(before)
    },
  )

  test('a refresh writes version 2, with every member under its new name', async () => {
    const store = await STORES[name]!()
    server.respond('/token', grant('next'))
    const before = await recordIn(store, 'refreshed')
    expect(await clientOf(store, 'refreshed').Authorize.regenerateFromRefreshToken()).toMatchObject({
      access_token: 'at-next',
    })
    const after = await recordIn(store, 'refreshed')
    expect(after).toMatchObject({ v: 2, family: before['lineage'], generation: 3, spareRefreshTokens: [] })
    for (const old of ['lineage', 'gen', 'alternates', 'claim', 'imported', 'rejectedGen', 'replaced'])
      expect(after).not.toHaveProperty(old)
  })

  test('a claim is a lease, and alternates are spare refresh tokens: both are respected', async () => {
    const store = await STORES[name]!()
    server.respond('/token', { status: 400, body: { error: 'invalid_grant' } }, grant('spare-worked'))
    const client = clientOf(store, 'spares')
    const began = server.requests.length
    let isDone = false
    const refreshed = client.Authorize.regenerateFromRefreshToken().finally(() => (isDone = true))
    // A quarter of a second passes after each write of the real store to another key.
    for (let expected: Version | undefined; !isDone; await client.at.advance(250)) {
      const written = await store.compareAndSwap('pace', expected, {})
      expected = written.swapped ? written.version : undefined
    }
    expect(await refreshed).toMatchObject({ access_token: 'at-spare-worked' })
    expect(server.requests.slice(began).map(({ form }) => form['refresh_token'])).toEqual([
      'rt-spares',
      'rt-spare',
    ])
  })

  test('a status of reauth and a sign-out stay what they are', async () => {
    const store = await STORES[name]!()
    await expect(clientOf(store, 'reauth').accessToken()).rejects.toMatchObject({ code: 'reauth_required' })
    await expect(clientOf(store, 'signedOut').accessToken()).rejects.toMatchObject({ code: 'signed_out' })
  })

  test('tokens of the constructor that 0.1.0 imported are recognized, after a refresh and after a sign-out', async () => {
    const store = await STORES[name]!()
    const given = { access_token: 'at-given', refresh_token: 'rt-given' }
    expect(await clientOf(store, 'imported', given).accessToken()).toBe('at-after-import')
    const signedOut = clientOf(store, 'signedOut', { refresh_token: 'rt-out' })
    await expect(signedOut.accessToken()).rejects.toMatchObject({ code: 'signed_out' })
    await clientOf(store, 'imported').signOut()
    const again = clientOf(store, 'imported', given)
    await expect(again.accessToken()).rejects.toMatchObject({ code: 'signed_out' })
    expect(JSON.stringify(await recordIn(store, 'imported'))).not.toMatch(/-given/)
  })

  test('client credentials are renewed as before', async () => {
    const store = await STORES[name]!()
    server.respond('/token', { body: { access_token: 'at-cc2', token_type: 'Bearer', expires_in: 3600 } })
    expect(await clientOf(store, 'credentials').rejected('at-cc')).toBe('at-cc2')
    expect(server.requests.at(-1)!.form['grant_type']).toBe('client_credentials')
    expect(await recordIn(store, 'credentials')).toMatchObject({
      v: 2,
      renewal: { type: 'client_credentials' },
    })
  })

  test('members of a name that this version does not know survive a refresh, a sign-in and a sign-out', async () => {
    const store = await STORES[name]!()
    const { value, version } = (await store.read('as/id/live'))!
    await store.compareAndSwap('as/id/live', version, { ...(value as object), later: { a: 1 } } as Json)
    server.respond('/token', grant('later'))
    const client = clientOf(store, 'live')
    await client.Authorize.regenerateFromRefreshToken()
    expect(await recordIn(store, 'live')).toMatchObject({ v: 2, later: { a: 1 } })
    await client.import({ access_token: 'at-other' })
    expect(await recordIn(store, 'live')).toMatchObject({ because: 'imported', later: { a: 1 } })
    await client.signOut()
    expect(await recordIn(store, 'live')).toMatchObject({ status: 'signedOut', later: { a: 1 } })
  })
})
