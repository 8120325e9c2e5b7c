// Clients and servers that are killed with -9: no acknowledged write is lost, and none is carried out twice.
import { afterAll, expect, test } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killClients, killServer } from '../deaths.ts'
import { MariaDb, Postgres } from '../servers.ts'
import { soaked } from '../../../../tools/soak/shard.ts'

const CLIENTS = soaked(1_000, 60)
const SERVERS = soaked(300, 30)
const seed = Date.now() % 1_000_000

const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const databases = {
  PostgreSQL: await Postgres.start(),
  MariaDB: await MariaDb.start(),
  SQLite: { spec: { sqlite: join(folder, 'tokens.db') } },
}

test.each(Object.entries(databases))(`%s: ${CLIENTS} killed clients (seed ${seed})`, async (_, { spec }) => {
  expect(await killClients(spec, CLIENTS, seed)).toBeGreaterThan(CLIENTS)
})

test.each([
  ['PostgreSQL', databases.PostgreSQL],
  ['MariaDB', databases.MariaDB],
] as const)(`%s: the server killed ${SERVERS} times (seed ${seed})`, async (name, server) => {
  const sum = await killServer(server, SERVERS, seed)
  process.stdout.write(`${name}: ${SERVERS} kills of the server, ${sum} additions, 0 lost\n`)
})
