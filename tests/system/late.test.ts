// A response that comes late, or that a process reads late, holds the only copy of a refresh token: it is never lost, and no
// second request is sent. All of it in real time, against a server that revokes a family when a refresh token is used twice.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { Client, imgur, type TokenStore } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { startStormServer, type StormServer } from '../../benchmarks/src/storm/server.ts'
import { temporaryFolder } from '../../packages/storage-fs/test/support.ts'
import { Server } from '../../packages/storage-redis/test/servers.ts'
import { openSql } from '../../packages/storage-sql/test/open-sql.ts'
import { Postgres } from '../../packages/storage-sql/test/servers.ts'
import type { Answer, StoreSpec } from '../processes/worker.ts'
import { LIFETIME_MS, startWorkers, stopWorkers, type Worker } from '../processes/workers.ts'

const CLIENT = { client_id: 'id', client_secret: 'shh' }
const STOP_MS = 12_000
const AT_ONCE = 10
const ROUNDS = 5

const STORES: Readonly<Record<StoreSpec['kind'], () => Promise<[StoreSpec, TokenStore]>>> = {
  async files() {
    const directory = temporaryFolder()
    return [{ kind: 'files', directory }, new FileTokenStore({ directory })]
  },
  async redis() {
    const { url } = await Server.start()
    return [{ kind: 'redis', options: { url } }, new RedisTokenStore({ url })]
  },
  async sql() {
    const { spec } = await Postgres.start()
    const { store } = await openSql(spec)
    await store.migrate()
    return [{ kind: 'sql', spec }, store]
  },
}
const KINDS = Object.keys(STORES) as StoreSpec['kind'][]

let server: StormServer
let workers: Worker[] = []
afterEach(async () => {
  await stopWorkers(workers)
  server.close()
})

/** Signs accounts in whose access tokens have expired, and starts `processes` that share them. */
async function share(kind: StoreSpec['kind'], accounts: readonly string[], processes: number) {
  server = await startStormServer(0)
  const [spec, store] = await STORES[kind]()
  const client = new Client({ ...CLIENT, provider: imgur({ baseUrl: server.url }), store })
  for (const name of accounts)
    await client.account(name).import({ access_token: 'expired', refresh_token: `${name}.0`, expires_in: 0 })
  await store.close?.()
  const emulator = { url: server.url, client: CLIENT } as Parameters<typeof startWorkers>[0]
  workers = await startWorkers(emulator, spec, processes, { patience: 1 })
}

const request = (worker: Worker, account: string): Promise<Answer> =>
  worker.ask({ type: 'ask', callers: 1, account })

/** Resolves when so many requests wait at the server. */
async function untilWaiting(count: number): Promise<void> {
  while (server.waiting() < count) await sleep(10)
}

async function stop({ process: { pid } }: Worker): Promise<void> {
  process.kill(pid!, 'SIGSTOP')
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await sleep(1)
}

test.each(KINDS)(
  `over %s: ${AT_ONCE} processes are stopped for 12 s before they read their responses, ${ROUNDS} times: no second request`,
  async kind => {
    const accounts = Array.from({ length: AT_ONCE }, (_, n) => `a${n}`)
    await share(kind, accounts, AT_ONCE + 1)
    const [other, ...holders] = workers as [Worker, ...Worker[]]
    for (let round = 1; round <= ROUNDS; round++) {
      const held = accounts.map((account, n) => request(holders[n]!, account))
      await untilWaiting(AT_ONCE)
      await Promise.all(holders.map(stop))
      server.respond()
      const waiting = accounts.map(account => request(other, account))
      await sleep(STOP_MS)
      for (const { process: holder } of holders) holder.kill('SIGCONT')
      const tokens = accounts.map(account => ({ tokens: [`${account}-${round}`], failures: [] }))
      expect(await Promise.all(held)).toMatchObject(tokens)
      expect(await Promise.all(waiting)).toMatchObject(tokens)
      expect(server.counts()).toEqual({ requests: AT_ONCE, revoked: 0 })
      await Promise.all(workers.map(worker => worker.ask({ type: 'advance', ms: LIFETIME_MS })))
    }
  },
)

test.each(KINDS)(
  'over %s: a server takes 25 s to respond: its callers get an error after 10 s, other processes its token, and there is one request',
  async kind => {
    await share(kind, ['a'], 2)
    const [holder, other] = workers as [Worker, Worker]
    const begin = performance.now()
    const held = request(holder, 'a')
    await untilWaiting(1)
    const waiting = request(other, 'a')
    expect((await held).failures).toEqual(['transient'])
    expect(performance.now() - begin).toBeGreaterThan(9_500)
    expect(performance.now() - begin).toBeLessThan(15_000)
    await sleep(begin + 25_000 - performance.now())
    server.respond()
    expect(await waiting).toMatchObject({ tokens: ['a-1'], failures: [] })
    expect(await request(holder, 'a')).toMatchObject({ tokens: ['a-1'], failures: [] })
    expect(server.counts()).toEqual({ requests: 1, revoked: 0 })
  },
)

test.each(KINDS)(
  'over %s: an event loop that is blocked for 11 s while the response arrives: no second request',
  async kind => {
    await share(kind, ['a'], 1)
    const [holder] = workers as [Worker]
    const held = request(holder, 'a')
    await untilWaiting(1)
    const blocked = holder.ask({ type: 'block', ms: 11_000 })
    await sleep(1_000)
    server.respond()
    expect(await held).toMatchObject({ tokens: ['a-1'], failures: [] })
    await blocked
    expect(server.counts()).toEqual({ requests: 1, revoked: 0 })
  },
)
