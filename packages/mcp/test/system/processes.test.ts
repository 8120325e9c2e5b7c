// Several processes with several transports each, of both SDKs, and one store of files.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Host, startHost } from '../hosts.ts'
import {
  type AuthorizationServer,
  HELLO,
  type McpResource,
  startAuthorizationServer,
  startMcpServer,
} from '../servers.ts'

const HOUR_MS = 3_600_000
const SAID = JSON.stringify(HELLO.content)
const FOUR = [SAID, SAID, SAID, SAID]
let as: AuthorizationServer
let mcp: McpResource
let directory: string
let hosts: Host[]

beforeEach(async () => {
  as = await startAuthorizationServer()
  mcp = await startMcpServer(as)
  directory = await mkdtemp(join(tmpdir(), 'latchkey-mcp-'))
  hosts = []
})
afterEach(async () => {
  for (const host of hosts) await host.kill()
  await mcp.close()
  await as.close()
  await rm(directory, { recursive: true, force: true })
})

const start = async (count: number, transports = 4): Promise<Host[]> =>
  (hosts = await Promise.all(Array.from({ length: count }, () => startHost(mcp.url, directory, transports))))
const all = (order: Parameters<Host['order']>[0]) => Promise.all(hosts.map(host => host.order(order)))
const refreshes = (): number => as.ledger.granted.filter(grant => grant === 'refresh_token').length

test('two processes with four transports each: one registration, one login, one refresh at each expiry', async () => {
  await start(2)
  await all({ type: 'allow' })
  await all({ type: 'connect' })
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 1 })
  for (let expiry = 1; expiry <= 3; expiry++) {
    await all({ type: 'advance', ms: HOUR_MS })
    expect(await all({ type: 'hello' })).toEqual([FOUR, FOUR])
    expect(refreshes()).toBe(expiry)
  }
  mcp.endTokens()
  expect(await all({ type: 'hello' })).toEqual([FOUR, FOUR])
  expect(refreshes()).toBe(4)
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 1, failed: [] })
})

test('opencode#49439: seven processes over many expiries lose no login', async () => {
  await start(7, 1)
  await all({ type: 'allow' })
  await all({ type: 'connect' })
  for (let expiry = 1; expiry <= 10; expiry++) {
    await all({ type: 'advance', ms: HOUR_MS })
    expect(await all({ type: 'hello' })).toEqual(hosts.map(() => [SAID]))
    expect(refreshes()).toBe(expiry)
  }
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 1, failed: [] })
})

test('kill -9 in the middle of a refresh: another process refreshes, and nobody signs in', async () => {
  const [first, second] = (await start(2)) as [Host, Host]
  await all({ type: 'allow' })
  await all({ type: 'connect' })
  await all({ type: 'advance', ms: HOUR_MS })
  // The server has not used the refresh token when its client dies.
  as.inRefresh = async () => {
    as.inRefresh = () => {}
    await first.kill()
    throw new Error('the connection is gone')
  }
  await expect(first.order({ type: 'hello' })).rejects.toThrow('the host ended')
  expect(await second.order({ type: 'hello' })).toEqual(FOUR)
  expect(refreshes()).toBe(1)
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 1 })
})

test('kill -9 after the server has used the refresh token: the user signs in once, for all processes', async () => {
  const [first, ...others] = (await start(3)) as [Host, Host, Host]
  await all({ type: 'allow' })
  await all({ type: 'connect' })
  await all({ type: 'advance', ms: HOUR_MS })
  // The response of this refresh reaches nobody.
  as.inRefresh = () => {
    as.inRefresh = () => {}
    return first.kill()
  }
  await expect(first.order({ type: 'hello' })).rejects.toThrow('the host ended')
  expect(await Promise.all(others.map(host => host.order({ type: 'hello' })))).toEqual([FOUR, FOUR])
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 2 })
})

test('mcp-remote#320, kill -9 in the middle of a login: the next process waits for the lease, no longer', async () => {
  const [first, second] = (await start(2)) as [Host, Host]
  const ended = first.order({ type: 'connect' })
  await first.page
  const connecting = second.order({ type: 'connect' })
  await first.kill()
  await expect(ended).rejects.toThrow('the host ended')
  await second.order({ type: 'advance', ms: 30_000 })
  await second.page
  await second.order({ type: 'allow' })
  await connecting
  expect(await second.order({ type: 'hello' })).toEqual(FOUR)
  expect(as.ledger).toMatchObject({ registrations: 1, logins: 1, failed: [] })
})
