// Real servers: names, concurrent migrations, index access, notifications, and failures.
import { afterEach, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { bundled } from '../../../../tools/bundled.ts'
import { SqlTokenStore } from '../../src/index.ts'
import { DIALECTS } from '../../src/dialects.ts'
import { fromMysql2 } from '../../src/mysql2.ts'
import { fromPg } from '../../src/pg.ts'
import { statementsFor } from '../../src/statements.ts'
import { migrateAtOnce } from '../migrating.ts'
import { HOSTILE_NAMES } from '../names.ts'
import { type OpenSql, openSql, type SqlSpec } from '../open-sql.ts'
import { Proxy } from '../../../../tools/proxy.ts'
import { MariaDb, Postgres, until } from '../servers.ts'
import { errorOf, versionOf } from '../sqlite.ts'

const postgres = await Postgres.start()
const mariaDb = await MariaDb.start()
const servers = [
  ['PostgreSQL', postgres],
  ['MariaDB', mariaDb],
] as const

const opened: OpenSql[] = []
afterEach(async () => {
  for (const { store, end } of opened.splice(0)) {
    await store.close()
    await end().catch(() => {})
  }
})

async function open(spec: SqlSpec, options: SqlSpec['options'] = {}): Promise<SqlTokenStore> {
  const one = await openSql({ ...spec, options: { timeoutMs: 15_000, ...options } })
  opened.push(one)
  return one.store
}

const SECRET = 'a-secret-value'

describe.each(servers)('%s', (name, server) => {
  const isPostgres = name === 'PostgreSQL'
  const title = isPostgres ? 'PostgreSQL' : 'MySQL'
  const quoted = (identifier: string): string => {
    const quote = isPostgres ? '"' : '`'
    return quote + identifier.replaceAll(quote, quote + quote) + quote
  }

  test('hostile names of tables and schemas are only names', async () => {
    await server.admin('CREATE TABLE victim (x int)')
    const before = isPostgres ? await server.admin('SELECT count(*) AS n FROM pg_tables') : []
    for (const hostile of HOSTILE_NAMES) {
      await server.admin(`CREATE SCHEMA ${quoted(hostile)}`)
      for (const options of [{ table: hostile }, { schema: hostile }, { schema: hostile, table: hostile }]) {
        const store = await open(server.spec, options)
        await store.migrate()
        await store.migrate()
        const expiresAtMs = Date.now() + 60_000
        const version = versionOf(await store.compareAndSwap('a', undefined, 1, { expiresAtMs }))
        versionOf(await store.compareAndSwap('a', version, hostile))
        expect((await store.read('a'))?.value).toBe(hostile)
        for await (const key of store.keys()) expect(key).toBe('a')
        await store.remove('a')
        await opened[0]!.store.close()
        await opened.pop()!.end()
      }
    }
    expect(await server.admin('SELECT count(*) AS n FROM victim')).toHaveLength(1)
    if (isPostgres) {
      const after = await server.admin('SELECT count(*) AS n FROM pg_tables')
      expect(Number(after[0]!['n']) - Number(before[0]!['n'])).toBe(3 * HOSTILE_NAMES.length)
    }
  })

  test('the time that expires values is never ahead, not even by a part of a millisecond', async () => {
    const exact = isPostgres
      ? 'extract(epoch FROM statement_timestamp()) * 1000000'
      : "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
    const { now } = DIALECTS[isPostgres ? 'postgres' : 'mysql']
    for (let n = 0; n < 50; n++) {
      const [row] = await server.admin(`SELECT ${now} AS ms, ${exact} AS us`)
      expect(Number(row!['ms'])).toBe(Math.floor(Number(row!['us']) / 1000))
    }
  })

  test('eight processes that migrate at the same time all succeed, ten times', async () => {
    await migrateAtOnce(
      Array.from({ length: 10 }, (_, n) => ({
        ...server.spec,
        options: { timeoutMs: 20_000, table: `migrated ${n}` },
      })),
    )
  })

  if (isPostgres)
    test('a type of the name of the table, which another migration has created a moment ago, passes by itself', async () => {
      await server.admin("CREATE TYPE raced AS ENUM ('one')")
      const impatient = await open(server.spec, { table: 'raced', timeoutMs: 2_000 })
      const error = await impatient.migrate().catch((thrown: Error) => thrown)
      expect(error).toMatchObject({
        message: 'PostgreSQL: concurrent transactions were in the way (42710)',
        isPermanent: false,
      })
      await server.admin('DROP TYPE raced')
      await impatient.migrate()
    })

  test('read, swap and remove use one access by the primary key each', async () => {
    const store = await open(server.spec, { table: 'explained' })
    await store.migrate()
    await server.admin(
      isPostgres
        ? "INSERT INTO explained SELECT 'account ' || n, 'v', '1', NULL FROM generate_series(1, 5000) n"
        : "INSERT INTO explained SELECT CONCAT('account ', seq), 'v', '1', NULL FROM seq_1_to_5000",
    )
    await server.admin(`ANALYZE ${isPostgres ? '' : 'TABLE '}explained`)
    const { readRow, read, update, remove } = statementsFor(isPostgres ? 'postgres' : 'mysql', {
      table: 'explained',
    })
    const query = isPostgres
      ? fromPg(new pg.Pool({ ...(postgres.spec as { postgres: pg.PoolConfig }).postgres, max: 1 })).query
      : fromMysql2(createPool((mariaDb.spec as { mysql: object }).mysql)).query
    for (const { text, names } of [readRow, read, update, remove]) {
      const parameters = names.map(parameter => (parameter === 'expiresAtMs' ? null : 'account 7'))
      const { rows } = await query(`EXPLAIN ${text}`, parameters, new AbortController().signal)
      if (isPostgres) {
        const plan = rows.map(row => String(row['QUERY PLAN']))
        expect(plan.filter(line => /Index Scan using explained_pkey/.test(line))).toHaveLength(1)
        expect(plan.filter(line => /Seq Scan/.test(line))).toEqual([])
      } else {
        const tables = rows.filter(row => row['table'] === 'explained')
        expect(tables).toEqual(
          [expect.objectContaining({ key: 'PRIMARY', rows: '1' })].map(row => row) as never,
        )
      }
    }
  })

  test('a swap whose response is lost is carried out once', async () => {
    const proxy = await Proxy.before(server)
    const direct = await open(server.spec, { table: 'lossy' })
    await direct.migrate()
    const store = await open(server.specWith({ port: proxy.port }), { table: 'lossy' })
    let version = versionOf(await store.compareAndSwap('a', undefined, 0))
    for (let n = 1; n <= 10; n += 1) {
      const lost = proxy.loseAnswer()
      const swap = store.compareAndSwap('a', version, n)
      await lost
      proxy.mode = 'passes'
      proxy.cut()
      version = versionOf(await swap)
      expect(await direct.read('a')).toEqual({ value: n, version })
    }
  })

  test('a connection that hangs costs a part of the time, and its write is carried out once', async () => {
    const proxy = await Proxy.before(server)
    const direct = await open(server.spec, { table: 'hanging' })
    await direct.migrate()
    const store = await open(server.specWith({ port: proxy.port }), { table: 'hanging', timeoutMs: 3_000 })
    const version = versionOf(await store.compareAndSwap('a', undefined, 0))
    proxy.hangCurrent()
    versionOf(await store.compareAndSwap('a', version, 1))
    expect((await direct.read('a'))?.value).toBe(1)
  })

  test('a network without responses is an error within the timeout that says what is unknown', async () => {
    const proxy = await Proxy.before(server)
    const store = await open(server.specWith({ port: proxy.port }), { table: 'silent', timeoutMs: 3_000 })
    await store.migrate()
    await store.read('a')
    proxy.mode = 'swallows'
    const start = performance.now()
    expect((await errorOf(store.compareAndSwap('a', undefined, SECRET))).message).toBe(
      `${title}: no response in time; it is unknown whether the value was written: read it again`,
    )
    expect(performance.now() - start).toBeLessThan(10_000)
    proxy.mode = 'passes'
    expect(await store.read('a')).toBeUndefined()
  })

  test('a wrong password, a missing permission and a missing database reject at once, without a secret', async () => {
    const tables = await open(server.spec, { table: 'private' })
    await tables.migrate()
    await server.admin(
      isPostgres
        ? "CREATE USER guest PASSWORD 'guest'"
        : "CREATE USER guest@'127.0.0.1' IDENTIFIED BY 'guest'",
    )
    if (!isPostgres) await server.admin("GRANT CREATE ON tokens.* TO guest@'127.0.0.1'")
    const guest = await open(server.specWith({ user: 'guest', password: 'guest' }), {
      table: 'private',
      timeoutMs: 60_000,
    })
    const calls = [
      () => guest.read('a'),
      () => guest.compareAndSwap('a', undefined, SECRET),
      () => guest.remove('a'),
    ]
    for (const call of calls) {
      const error = await errorOf(call())
      expect(error.message).toContain(`${title}: this user lacks a permission`)
      expect(error.isPermanent).toBe(true)
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(SECRET)
    }
    if (isPostgres) return // its authentication is `trust` here
    const wrong = await open(server.specWith({ user: 'guest', password: 'hunter2' }), { timeoutMs: 60_000 })
    const error = await errorOf(wrong.read('a'))
    expect(error.message).toBe('MySQL: the user or the password is wrong (1045)')
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2')
  })

  test('a statement that waits too long for a lock is an error that says so; later it succeeds', async () => {
    const store = await open(server.spec, { table: 'locked', timeoutMs: 15_000 })
    await store.migrate()
    const version = versionOf(await store.compareAndSwap('a', undefined, 0))
    const blocking = await blocker(server, `DELETE FROM locked WHERE version = '${version}'`)
    const impatient = await open(server.spec, { table: 'locked', timeoutMs: 300 })
    expect((await errorOf(impatient.compareAndSwap('a', version, 1))).message).toContain(
      'no response in time; it is unknown',
    )
    const waiting = store.compareAndSwap('a', version, 2)
    await blocking.rollback()
    // The swap that timed out may have been waiting on the server.
    const result = await waiting
    expect((await store.read('a'))?.value).toBe(result.swapped ? 2 : 1)
  })

  test('an expired row that somebody has locked delays no write beyond its time, and no statements pile up', async () => {
    const store = await open(server.spec, { table: 'expired', timeoutMs: 6_000 })
    await store.migrate()
    await server.admin("INSERT INTO expired VALUES ('old', 'v', '1', 1)")
    const blocking = await blocker(server, `UPDATE expired SET value = '2' WHERE ${quoted('key')} = 'old'`)
    const start = performance.now()
    for (const key of ['a', 'b', 'c'])
      versionOf(await store.compareAndSwap(key, undefined, 1, { expiresAtMs: Date.now() + 600_000 }))
    expect(performance.now() - start).toBeLessThan(6_000)
    const waiting = await server.admin(
      isPostgres
        ? "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        : "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'DELETE FROM %expired%'",
    )
    expect(waiting.length).toBeLessThanOrEqual(isPostgres ? 0 : 1)
    await blocking.rollback()
  })

  test('a table that does not exist, and a server that is stopped, are errors that say so', async () => {
    const missing = await open(server.spec, { table: 'missing', timeoutMs: 60_000 })
    expect((await errorOf(missing.read('a'))).message).toContain(
      `${title}: the table does not exist: call migrate()`,
    )
    const away = await open(server.specWith({ port: 1 }), { timeoutMs: 1_000 })
    expect((await errorOf(away.compareAndSwap('a', undefined, 1))).message).toBe(
      `${title}: the connection was refused (ECONNREFUSED); nothing was written`,
    )
  })

  test('a pool that has ended rejects at once, and close leaves the pool open', async () => {
    const { store, end } = await openSql({ ...server.spec, options: { table: 'ended', timeoutMs: 60_000 } })
    await store.migrate()
    await end()
    expect((await errorOf(store.read('a'))).message).toBe(`${title}: the pool is closed`)
  })
})

/** Runs a statement in a transaction that stays open. */
async function blocker(server: Postgres | MariaDb, sql: string): Promise<{ rollback(): Promise<void> }> {
  if (server instanceof MariaDb) {
    const pool = createPool((server.spec as { mysql: object }).mysql)
    const connection = await pool.getConnection()
    await connection.query('BEGIN')
    await connection.query(sql)
    return {
      async rollback() {
        await connection.query('ROLLBACK')
        await pool.end()
      },
    }
  }
  const client = new pg.Client((server.spec as { postgres: pg.ClientConfig }).postgres)
  client.on('error', () => {})
  await client.connect()
  await client.query('BEGIN')
  await client.query(sql)
  return {
    async rollback() {
      await client.query('ROLLBACK')
      await client.end()
    },
  }
}

test('PostgreSQL: a connection of the pool with an open transaction rejects, and its write is rolled back', async () => {
  const pool = new pg.Pool({ ...(postgres.spec as { postgres: pg.PoolConfig }).postgres, max: 1 })
  const store = new SqlTokenStore({ ...fromPg(pool), table: 'in transaction' })
  await store.migrate()
  const client = await pool.connect()
  await client.query('BEGIN')
  client.release()
  expect((await errorOf(store.compareAndSwap('a', undefined, 1))).message).toContain(
    'had an open transaction',
  )
  expect(await store.read('a')).toBeUndefined()
  versionOf(await store.compareAndSwap('a', undefined, 1))
  await pool.end()
})

test('PostgreSQL: an open transaction of the pool is noticed with a pg before 8.21, too', async () => {
  const owner = await open(postgres.spec, { table: 'old pg' })
  await owner.migrate()
  class Old extends pg.Client {}
  Object.assign(Old.prototype, { getTransactionStatus: undefined })
  const pool = new pg.Pool({
    ...(postgres.spec as { postgres: pg.PoolConfig }).postgres,
    Client: Old,
  } as pg.PoolConfig)
  const store = new SqlTokenStore({ ...fromPg(pool), table: 'old pg' })
  const client = await pool.connect()
  await client.query('BEGIN')
  client.release()
  expect(await errorOf(store.compareAndSwap('a', undefined, 1))).toMatchObject({
    message: expect.stringContaining(
      'a connection of the pool had an open transaction, which was rolled back',
    ),
    isPermanent: true,
  })
  expect(await owner.read('a')).toBeUndefined()
  expect(await store.compareAndSwap('a', undefined, 2)).toMatchObject({ swapped: true })
  expect((await owner.read('a'))?.value).toBe(2)
  await pool.end()
})

test('MariaDB: a connection with an open transaction, or without autocommit, rejects, and its write is rolled back', async () => {
  const pool = createPool({ ...(mariaDb.spec as { mysql: object }).mysql, connectionLimit: 1 })
  const store = new SqlTokenStore({ ...fromMysql2(pool), table: 'in transaction' })
  await store.migrate()
  for (const statement of ['BEGIN', 'SET autocommit = 0']) {
    const connection = await pool.getConnection()
    await connection.query(statement)
    connection.release()
    expect((await errorOf(store.compareAndSwap('a', undefined, 1))).message).toContain(
      'had an open transaction',
    )
    expect(await store.read('a')).toBeUndefined()
  }
  const connection = await pool.getConnection()
  await connection.query('SET autocommit = 0')
  connection.release()
  expect((await errorOf(store.read('a'))).message).toContain('autocommit off')
  await pool.end()
})

test('MariaDB: while the server is read-only, reads and writes are errors; afterwards they succeed', async () => {
  const store = await open(mariaDb.spec, { table: 'read only' })
  await store.migrate()
  await mariaDb.admin("CREATE USER writer@'127.0.0.1' IDENTIFIED BY 'writer'")
  await mariaDb.admin("GRANT SELECT, INSERT, UPDATE, DELETE ON tokens.* TO writer@'127.0.0.1'")
  const writer = await open(mariaDb.specWith({ user: 'writer', password: 'writer' }), {
    table: 'read only',
    timeoutMs: 2_000,
  })
  await mariaDb.admin('SET GLOBAL read_only = 1')
  expect((await errorOf(writer.read('a'))).message).toBe('MySQL: the server is a read-only replica')
  expect((await errorOf(writer.compareAndSwap('a', undefined, 1))).message).toBe(
    'MySQL: the server is a read-only replica (1290); nothing was written',
  )
  await mariaDb.admin('SET GLOBAL read_only = 0')
  versionOf(await writer.compareAndSwap('a', undefined, 1))
})

test('MySQL: a value expires when it should, also in the hour that comes twice when summer time ends', async () => {
  const pool = createPool({ ...(mariaDb.spec as { mysql: object }).mysql, connectionLimit: 1 })
  const store = new SqlTokenStore({ ...fromMysql2(pool), table: 'twice' })
  const first = Date.UTC(2026, 9, 25, 0, 30)
  try {
    for (const nowMs of [first, first + 3_600_000]) {
      await pool.query(`SET timestamp = ${nowMs / 1_000}`)
      await store.migrate()
      versionOf(await store.compareAndSwap(`${nowMs}`, undefined, 'value', { expiresAtMs: nowMs + 1_000 }))
      expect((await store.read(`${nowMs}`))?.value).toBe('value')
      await pool.query(`SET timestamp = ${nowMs / 1_000 + 1}`)
      expect(await store.read(`${nowMs}`)).toBeUndefined()
    }
  } finally {
    await pool.end()
  }
})

test('PostgreSQL: with serializable transactions as the default, no increment is lost', async () => {
  await postgres.admin("ALTER ROLE admin SET default_transaction_isolation = 'serializable'")
  try {
    const stores = await Promise.all([0, 1, 2, 3].map(() => open(postgres.spec, { table: 'serializable' })))
    await stores[0]!.migrate()
    const { increment } = await import('@latchkey/test-kit')
    await Promise.all(stores.map(store => increment(store, 'key', 20)))
    expect((await stores[0]!.read('key'))?.value).toBe(80)
  } finally {
    await postgres.admin('ALTER ROLE admin RESET default_transaction_isolation')
  }
})

test('the error tells why a slow server rejected the call, not that the rest of the time was too short', async () => {
  const owner = await open(postgres.spec, { table: 'slow' })
  await owner.migrate()
  const version = versionOf(await owner.compareAndSwap('a', undefined, 0))
  await postgres.admin('CREATE USER slow SUPERUSER; ALTER ROLE slow SET default_transaction_read_only = on')
  const proxy = await Proxy.before(postgres)
  const store = await open(postgres.specWith({ port: proxy.port, user: 'slow' }), {
    table: 'slow',
    timeoutMs: 4_000,
  })
  await store.read('a') // connects
  proxy.delayMs = 780 // so that the fifth attempt has a part of its time
  expect((await errorOf(store.compareAndSwap('a', version, 1))).message).toMatch(
    /^PostgreSQL: the server is a read-only replica \(25006\); (nothing was written|it is unknown)/,
  )
})

test('PostgreSQL: the statement timeout of the server is an error that says so', async () => {
  await postgres.admin("CREATE USER hasty PASSWORD 'hasty' SUPERUSER")
  await postgres.admin("ALTER ROLE hasty SET statement_timeout = '50ms'")
  const owner = await open(postgres.spec, { table: 'hasty' })
  await owner.migrate()
  const version = versionOf(await owner.compareAndSwap('a', undefined, 0))
  const store = await open(postgres.specWith({ user: 'hasty' }), { table: 'hasty', timeoutMs: 3_000 })
  const blocking = await blocker(postgres, `DELETE FROM hasty WHERE version = '${version}'`)
  expect((await errorOf(store.compareAndSwap('a', version, 1))).message).toBe(
    'PostgreSQL: the statement took longer than the server allows (57014); nothing was written',
  )
  await blocking.rollback()
})

test('PostgreSQL: a watcher hears of writes and removals, and again after its connection was ended', async () => {
  const [store, other] = await Promise.all([0, 1].map(() => open(postgres.spec, { table: 'watched' })))
  await store!.migrate()
  let hints = 0
  const key = 'é'.repeat(400)
  store!.watch!(key, () => (hints += 1))
  await until('the first hint', async () => hints === 1)
  const version = versionOf(await other!.compareAndSwap(key, undefined, 1))
  await until('a hint of the write', async () => hints === 2)
  versionOf(await other!.compareAndSwap(key, version, 2))
  await until('a hint of the swap', async () => hints === 3)
  await other!.compareAndSwap(key, version, 3)
  await other!.compareAndSwap('another key', undefined, 3)
  await other!.remove(key)
  await until('a hint of the removal', async () => hints === 4)
  await postgres.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
  await until('a hint after the loss', async () => hints === 5)
  await other!.compareAndSwap(key, undefined, 4)
  await until('a hint after the new connection', async () => hints === 6)
})

const listening = (): Promise<Record<string, unknown>[]> =>
  postgres.admin("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")

test('PostgreSQL: close ends the connection of a watcher whose server hangs', async () => {
  const store = await open(postgres.spec)
  await new Promise<void>(resolve => store.watch!('a', resolve))
  const pid = Number((await listening())[0]!['pid'])
  process.kill(pid, 'SIGSTOP')
  try {
    await store.close()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await until('the end of the connection', async () => (await listening()).length === 0)
})

test('PostgreSQL: close ends the connection of a watcher whose server does not respond to LISTEN', async () => {
  const proxy = await Proxy.before(postgres)
  const store = await open(postgres.specWith({ port: proxy.port }))
  // The response to the start is on its way when the mode changes, so that only the next one is lost.
  proxy.delayMs = 300
  store.watch!('a', () => {})
  await until('a connection', async () => {
    const idle = await postgres.admin("SELECT 1 FROM pg_stat_activity WHERE state = 'idle'")
    return idle.length > 0
  })
  await proxy.loseAnswer()
  await until('LISTEN', async () => (await listening()).length === 1)
  await store.close()
  await until('the end of the connection', async () => (await listening()).length === 0)
})

test('PostgreSQL: the connection of a watcher does not keep its process alive', async () => {
  const program = bundled(new URL('../watches.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(postgres.spec)], {
    stdio: 'inherit',
    timeout: 20_000,
  })
  expect((await once(child, 'exit'))[0]).toBe(0)
})
