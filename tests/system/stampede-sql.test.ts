// Processes that share an account in a database, over real HTTP, against a server that assumes theft when a refresh token
// is used twice; and failovers of PostgreSQL. LATCHKEY_SOAK is the full count.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { openSql, type SqlSpec } from '../../packages/storage-sql/test/open-sql.ts'
import { Replicated } from '../../packages/storage-sql/test/replicated.ts'
import { MariaDb, Postgres } from '../../packages/storage-sql/test/servers.ts'
import { expectOneToken } from '../processes/one-token.ts'
import {
  expire,
  LIFETIME_MS,
  pass,
  refreshesAt,
  signIn,
  startWorkers,
  stopWorkers,
  type Worker,
} from '../processes/workers.ts'
import { clientOf } from '../support.ts'
import { soaked } from '../../tools/soak/shard.ts'

const EXPIRIES = soaked(500, 8)
const FAILOVERS = soaked(100, 3)
const PROCESSES = 4
const CALLERS = 20

let emulator: Emulator
let workers: Worker[] = []
const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  emulator = await startEmulator({ rotation: 'strict', expiresIn: 3600 })
})

afterEach(async () => {
  await stopWorkers(workers)
  workers = []
  await emulator.close()
})

/** Signs in through a database, and starts processes that share the account. */
async function share(database: SqlSpec, count: number): Promise<void> {
  const spec = { ...database, options: { timeoutMs: 20_000 } }
  const { store, end } = await openSql(spec)
  await store.migrate()
  await signIn(clientOf(emulator, { store }), emulator)
  await store.close()
  await end()
  workers.push(...(await startWorkers(emulator, { kind: 'sql', spec }, count)))
}

const DATABASES: Readonly<Record<string, () => Promise<SqlSpec>>> = {
  PostgreSQL: async () => (await Postgres.start()).spec,
  MariaDB: async () => (await MariaDb.start()).spec,
  SQLite: async () => ({ sqlite: join(folder, 'tokens.db') }),
}

test.each(Object.entries(DATABASES))(
  `%s: ${PROCESSES} processes x ${CALLERS} callers, ${EXPIRIES} expiries: as many refreshes, 0 failures`,
  async (_, start) => {
    await share(await start(), PROCESSES)
    for (let n = 1; n <= EXPIRIES; n++) {
      expectOneToken(await expire(emulator, workers, CALLERS), PROCESSES * CALLERS)
      expect(refreshesAt(emulator)).toBe(n)
    }
  },
  3_600_000,
)

test(`PostgreSQL, ${FAILOVERS} failovers with replication cut before: a process that remembers the last refresh restores it, and no user is signed out`, async () => {
  const replicated = await Replicated.start()
  await share(replicated.spec, 2)
  for (let n = 1; n <= FAILOVERS; n++) {
    await replicated.caughtUp()
    replicated.cutReplication()
    expectOneToken(await expire(emulator, workers, 1))
    expect(refreshesAt(emulator)).toBe(2 * n - 1)
    await replicated.failOver()
    await pass(LIFETIME_MS, emulator, workers)
    expectOneToken(await Promise.all(workers.map(worker => worker.ask({ type: 'ask', callers: 1 }))))
    expect(refreshesAt(emulator)).toBe(2 * n)
    await replicated.recover()
  }
}, 3_600_000)
