import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Version } from '@latchkey/core/ports'
import { SqlTokenStore } from '@latchkey/storage-sql'
import { fromMysql2 } from '@latchkey/storage-sql/mysql2'
import { fromNodeSqlite } from '@latchkey/storage-sql/node-sqlite'
import { fromPg } from '@latchkey/storage-sql/pg'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'
import { cleanUp } from '../../../tools/at-end.ts'
import { MariaDb, Postgres } from '../../../tools/databases.ts'
import { type Ratios, ratiosOf } from '../ratios.ts'
import { timed, VALUE } from './calls.ts'

/** A database, over one connection: a store, and the same calls as SQL by hand. */
interface Subject {
  readonly store: SqlTokenStore
  /** Fills the table. `text` is the JSON of one account. */
  fill(accounts: number, text: string): Promise<unknown>
  read(key: string): Promise<{ readonly value: string; readonly version: string } | undefined>
  /** Resolves to whether it wrote. */
  update(key: string, expected: string, version: string, value: string): Promise<boolean>
  end(): Promise<unknown>
}

const TABLE = 'latchkey_tokens'

async function onPostgres(): Promise<Subject> {
  const { spec } = await Postgres.start()
  const pool = new pg.Pool({ ...(spec as { postgres: pg.PoolConfig }).postgres, max: 1 })
  return {
    store: new SqlTokenStore(fromPg(pool)),
    fill: (accounts, text) =>
      pool.query(
        `INSERT INTO ${TABLE} SELECT 'account ' || n, repeat('0', 32), $1 FROM generate_series(1, $2::int) n`,
        [text, accounts],
      ),
    read: async key =>
      (await pool.query(`SELECT version, value FROM ${TABLE} WHERE key = $1`, [key])).rows[0] as never,
    async update(...[key, expected, version, value]) {
      const text = `UPDATE ${TABLE} SET version = $1, value = $2 WHERE key = $3 AND version = $4`
      return (await pool.query(text, [version, value, key, expected])).rowCount === 1
    },
    end: () => pool.end(),
  }
}

async function onMariaDb(): Promise<Subject> {
  const { spec } = await MariaDb.start()
  const pool = createPool({ ...(spec as { mysql: object }).mysql, connectionLimit: 1 })
  return {
    store: new SqlTokenStore(fromMysql2(pool)),
    fill: (accounts, text) =>
      pool.query(
        `INSERT INTO ${TABLE} SELECT CONCAT('account ', seq), REPEAT('0', 32), ?, NULL FROM seq_1_to_${accounts}`,
        [text],
      ),
    async read(key) {
      const text = `SELECT version, value FROM ${TABLE} WHERE \`key\` = ?`
      return (await pool.execute<RowDataPacket[]>(text, [key]))[0][0] as never
    },
    async update(...[key, expected, version, value]) {
      const text = `UPDATE ${TABLE} SET version = ?, value = ? WHERE \`key\` = ? AND version = ?`
      const [result] = await pool.execute(text, [version, value, key, expected])
      return (result as { affectedRows: number }).affectedRows === 1
    },
    end: () => pool.end(),
  }
}

async function onSqlite(): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'))
  const database = new DatabaseSync(join(folder, 'tokens.db'))
  database.exec('PRAGMA journal_mode = WAL')
  const store = new SqlTokenStore(fromNodeSqlite(database))
  await store.migrate()
  const read = database.prepare(`SELECT version, value FROM ${TABLE} WHERE key = ?`)
  const update = database.prepare(`UPDATE ${TABLE} SET version = ?, value = ? WHERE key = ? AND version = ?`)
  return {
    store,
    fill: async (accounts, text) =>
      database
        .prepare(
          `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
          INSERT INTO ${TABLE} SELECT 'account ' || n, hex(zeroblob(16)), ?, NULL FROM n`,
        )
        .run(accounts, text),
    read: async key => read.get(key) as never,
    update: async (key, expected, version, value) => update.run(version, value, key, expected).changes === 1,
    async end() {
      database.close()
      await rm(folder, { recursive: true })
    },
  }
}

const SUBJECTS = { PostgreSQL: onPostgres, MariaDB: onMariaDb, SQLite: onSqlite }

/** Compares reads and swaps of one of `accounts` accounts with the same SQL by hand, over the same connection. */
export async function compareSql(rounds: number, accounts: number): Promise<Record<string, Ratios>> {
  const found: Record<string, Ratios> = {}
  for (const [name, open] of Object.entries(SUBJECTS)) {
    const { store, fill, read, update, end } = await open()
    await store.migrate()
    await fill(accounts, JSON.stringify(VALUE))
    let turn = 0
    // A large step, so that successive accounts are on different pages.
    const nextKey = (): string => `account ${((turn++ * 7_919) % accounts) + 1}`
    const versions = new Map<string, Version>()
    const versionOf = (key: string): Version => versions.get(key) ?? '0'.repeat(32)
    const check = (done: unknown): void => {
      if (!done) throw new Error('another process wrote')
    }
    found[`${name}, read`] = await ratiosOf(
      {
        'SELECT, JSON.parse': timed(async () => JSON.parse((await read(nextKey()))!.value)),
        SqlTokenStore: timed(() => store.read(nextKey()).then(check)),
      },
      rounds,
    )
    found[`${name}, swap`] = await ratiosOf(
      {
        'UPDATE … WHERE version': timed(async () => {
          const key = nextKey()
          const version = randomBytes(16).toString('hex')
          check(await update(key, String(versionOf(key)), version, JSON.stringify(VALUE)))
          versions.set(key, version)
        }),
        SqlTokenStore: timed(async () => {
          const key = nextKey()
          const result = await store.compareAndSwap(key, versionOf(key), VALUE)
          check(result.swapped)
          if (result.swapped) versions.set(key, result.version)
        }),
      },
      rounds,
    )
    await store.close()
    await end()
    await cleanUp()
  }
  return found
}
