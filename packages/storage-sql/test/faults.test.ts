// Failures: a connector that loses statements and responses, and SQLite's own errors.
import { expect, test } from '@jest/globals'
import type { Json, Version } from '@latchkey/core/ports'
import { mulberry32 } from '../../storage-fs/test/process-deaths.ts'
import { type Connector, PermanentError, SqlTokenStore } from '../src/index.ts'
import { faultOf } from '../src/faults.ts'
import { fromNodeSqlite } from '../src/node-sqlite.ts'
import { errorOf, newFile, openDatabase, openStore, versionOf } from './sqlite.ts'

const SECRET = 'hunter2'
const reset = () => Object.assign(new Error(`read ECONNRESET ${SECRET}`), { code: 'ECONNRESET' })
const refused = () => Object.assign(new Error(`connect ECONNREFUSED ${SECRET}`), { code: 'ECONNREFUSED' })

/** What happens to a statement that writes. */
type Mishap = 'refused' | 'lost before' | 'lost after' | undefined

/** A connector over SQLite that fails as `next` says. */
function flaky(connector: Connector, next: (text: string) => Mishap): Connector {
  return {
    ...connector,
    async query(text, parameters, signal) {
      const mishap = next(text)
      if (mishap === 'refused') throw refused()
      if (mishap === 'lost before') throw reset()
      const result = await connector.query(text, parameters, signal)
      if (mishap === 'lost after') throw reset()
      return result
    },
  }
}

const isWrite = (text: string): boolean => !text.startsWith('SELECT')

test.each(['refused', 'lost before', 'lost after'] as const)(
  'a swap whose statement is %s is carried out once',
  async mishap => {
    const database = openDatabase()
    await openStore(database)
    const plan: Mishap[] = [mishap, mishap]
    const store = new SqlTokenStore(
      flaky(fromNodeSqlite(database), text => (isWrite(text) ? plan.shift() : undefined)),
    )
    const first = versionOf(await store.compareAndSwap('a', undefined, 1))
    expect(await store.read('a')).toEqual({ value: 1, version: first })
    plan.push(mishap)
    const second = versionOf(await store.compareAndSwap('a', first, 2))
    expect(await store.read('a')).toEqual({ value: 2, version: second })
  },
)

test('if another process swaps after a lost response, the swap returns its value', async () => {
  const database = openDatabase()
  const other = await openStore(database)
  const version = versionOf(await other.compareAndSwap('a', undefined, 1))
  const connector = fromNodeSqlite(database)
  let once = true
  const store = new SqlTokenStore({
    ...connector,
    async query(text, parameters, signal) {
      const result = await connector.query(text, parameters, signal)
      if (!text.startsWith('UPDATE') || !once) return result
      once = false
      await other.compareAndSwap('a', (await other.read('a'))!.version, 'theirs')
      throw reset()
    },
  })
  expect(await store.compareAndSwap('a', version, 'ours')).toMatchObject({
    swapped: false,
    current: { value: 'theirs' },
  })
})

test.each([
  ['refused', 'SQLite: the connection was refused (ECONNREFUSED); nothing was written'],
  [
    'lost before',
    'SQLite: the connection was lost (ECONNRESET); it is unknown whether the value was written: read it again',
  ],
  [
    'lost after',
    'SQLite: the connection was lost (ECONNRESET); it is unknown whether the value was written: read it again',
  ],
] as const)(
  'a database that stays away (%s) is an error within the timeout that says what was written',
  async (mishap, message) => {
    const database = openDatabase()
    await openStore(database)
    // Reads are refused too, so nothing settles the write.
    const store = new SqlTokenStore({
      ...flaky(fromNodeSqlite(database), text => (isWrite(text) ? mishap : 'refused')),
      timeoutMs: 300,
    })
    const error = await errorOf(store.compareAndSwap('a', undefined, 'secret'))
    // The last failure may be the refused read, after a repeated insert found the row.
    expect(error.message.replace('was refused (ECONNREFUSED); it', 'was lost (ECONNRESET); it')).toBe(message)
    expect(error.isPermanent).toBe(false)
    expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toMatch(/hunter2|secret/)
  },
)

test('a removal whose response was lost is not repeated', async () => {
  const database = openDatabase()
  await openStore(database)
  let removals = 0
  const store = new SqlTokenStore(
    flaky(fromNodeSqlite(database), text => {
      if (!text.startsWith('DELETE')) return undefined
      removals += 1
      return removals === 1 ? 'refused' : 'lost after'
    }),
  )
  expect((await errorOf(store.remove('a'))).message).toBe(
    'SQLite: the connection was lost (ECONNRESET); it is unknown whether the value was removed',
  )
  expect(removals).toBe(2)
})

test('a database that does not respond is an error within the timeout, and the connector is told to close the connection', async () => {
  const signals: AbortSignal[] = []
  const query = (_: string, __: unknown, signal: AbortSignal) => {
    signals.push(signal)
    return new Promise<never>(() => {})
  }
  const store = new SqlTokenStore({ dialect: 'postgres', query, timeoutMs: 1_000 })
  expect((await errorOf(store.read('a'))).message).toBe('PostgreSQL: no response in time')
  expect(signals.length).toBeGreaterThan(1)
  expect(signals.every(signal => signal.aborted)).toBe(true)
})

const seed = Date.now() % 1_000_000

test(`random calls over a connection that loses statements and responses behave like a map (seed ${seed})`, async () => {
  const random = mulberry32(seed)
  const database = openDatabase()
  await openStore(database)
  const mishaps = ['refused', 'lost before', 'lost after'] as const
  const store = new SqlTokenStore({
    ...flaky(fromNodeSqlite(database), text =>
      !text.startsWith('DELETE') && random() < 0.15 ? mishaps[Math.floor(random() * 3)] : undefined,
    ),
    timeoutMs: 60_000,
  })
  const model = new Map<string, { value: Json; version: Version }>()
  const old: Version[] = ['never']
  for (let n = 0; n < 600; n += 1) {
    const key = `key ${Math.floor(random() * 3)}`
    const stored = model.get(key)
    const choice = random()
    if (choice < 0.2) expect(await store.read(key)).toEqual(stored)
    else if (choice < 0.3) {
      await store.remove(key)
      model.delete(key)
    } else {
      const fresh = random() < 0.7
      const expected = fresh
        ? stored?.version
        : random() < 0.3
          ? undefined
          : old[Math.floor(random() * old.length)]
      const result = await store.compareAndSwap(key, expected, n)
      expect(result.swapped).toBe(expected === stored?.version)
      if (result.swapped) {
        model.set(key, { value: n, version: result.version })
        old.push(result.version)
      } else expect(result.current).toEqual(stored)
    }
  }
})

test('a full disk, a read-only file and a busy file are errors that say so, and nothing is written', async () => {
  const path = newFile()
  const database = openDatabase(path)
  const store = await openStore(database, { timeoutMs: 100 })
  const version = versionOf(await store.compareAndSwap('a', undefined, 1))
  const nothing = 'nothing was written'

  database.exec('PRAGMA max_page_count = 8')
  const full = await errorOf(store.compareAndSwap('a', version, 'x'.repeat(100_000)))
  expect(full).toMatchObject({ message: `SQLite: the disk is full (13); ${nothing}`, isPermanent: true })

  const readOnly = new SqlTokenStore(fromNodeSqlite(openDatabase(path, { readOnly: true })))
  expect((await readOnly.read('a'))?.value).toBe(1)
  const rejected = await errorOf(readOnly.compareAndSwap('a', version, 2))
  expect(rejected).toMatchObject({
    message: `SQLite: the database is read-only (8); ${nothing}`,
    isPermanent: true,
  })

  const other = openDatabase(path)
  other.exec('BEGIN IMMEDIATE')
  const busy = await errorOf(store.compareAndSwap('a', version, 2))
  expect(busy).toMatchObject({
    message: `SQLite: another connection writes to the database (5); ${nothing}`,
    isPermanent: false,
  })
  other.exec('ROLLBACK')
  versionOf(await store.compareAndSwap('a', version, 2))
})

test('inside a transaction of the caller every call rejects at once', async () => {
  const database = openDatabase()
  const store = await openStore(database)
  database.exec('BEGIN')
  expect(await errorOf(store.compareAndSwap('a', undefined, 1))).toMatchObject({
    message:
      'SQLite: the database has an open transaction: pass the store a connection of its own; nothing was written',
    isPermanent: true,
  })
  database.exec('ROLLBACK')
  versionOf(await store.compareAndSwap('a', undefined, 1))
})

test('a closed store, and a closed database, reject at once', async () => {
  const database = openDatabase()
  const store = await openStore(database, { timeoutMs: 60_000 })
  await store.close()
  expect((await errorOf(store.read('a'))).message).toBe('SQLite: the store is closed')
  const other = await openStore(database, { timeoutMs: 60_000 })
  database.close()
  expect((await errorOf(other.read('a'))).message).toBe('SQLite: the database is closed (ERR_INVALID_STATE)')
})

test('a replica, and a connection without autocommit, are errors for reads', async () => {
  const answering = (problem: number) => async () => ({
    rows: [{ problem, version: null, value: null }],
    affected: 1,
  })
  const replica = new SqlTokenStore({ dialect: 'postgres', query: answering(1), timeoutMs: 30 })
  expect(await errorOf(replica.read('a'))).toMatchObject({
    message: 'PostgreSQL: the server is a read-only replica',
    isPermanent: false,
  })
  const noCommit = new SqlTokenStore({ dialect: 'mysql', query: answering(2), timeoutMs: 60_000 })
  expect((await errorOf(noCommit.read('a'))).isPermanent).toBe(true)
})

const coded = (code: string) => Object.assign(new Error(SECRET), { code })
const numbered = (errno: number, message = SECRET) =>
  Object.assign(new Error(message), { errno, code: 'ER_X' })

test.each([
  ['postgres', coded('53100'), 'none', 'the disk is full'],
  ['postgres', coded('40001'), 'retry', 'concurrent transactions were in the way'],
  ['postgres', coded('42710'), 'retry', 'concurrent transactions were in the way'],
  ['postgres', coded('25006'), 'retry', 'the server is a read-only replica'],
  ['postgres', coded('57P01'), 'lost', 'the server ended the connection'],
  ['postgres', coded('28P01'), 'none', 'the user or the password is wrong'],
  // PgBouncer reports with it that it lost the server, perhaps after the commit.
  ['postgres', coded('08P01'), 'lost', 'the connection was lost'],
  ['postgres', coded('0A000'), 'none', 'the server rejected the statement'],
  ['postgres', coded('EPIPE'), 'lost', 'the connection was lost'],
  ['postgres', new Error('Connection terminated unexpectedly'), 'lost', 'the connection failed'],
  ['mysql', numbered(1213), 'retry', 'concurrent transactions were in the way'],
  ['mysql', numbered(1290), 'retry', 'the server is a read-only replica'],
  ['mysql', numbered(1030, 'Got error 28 "No space left"'), 'none', 'the disk is full'],
  ['mysql', numbered(1030), 'none', 'the server rejected the statement'],
  ['mysql', numbered(1461), 'retry', 'the server has too many prepared statements'],
  ['mysql', numbered(2006), 'lost', 'a proxy lost the server'],
  ['mysql', numbered(2013), 'lost', 'a proxy lost the server'],
  ['mysql', numbered(9001), 'lost', 'a proxy lost the server'],
  ['mysql', numbered(-104), 'lost', 'the connection failed'],
  ['sqlite', coded('SQLITE_BUSY_SNAPSHOT'), 'retry', 'another connection writes to the database'],
  ['sqlite', coded('SQLITE_PROTOCOL'), 'retry', 'another connection writes to the database'],
  ['sqlite', coded('SQLITE_FULL'), 'none', 'the disk is full'],
  ['sqlite', new PermanentError('no'), 'none', 'no'],
  ['sqlite', undefined, 'lost', 'the connection failed'],
] as const)('%s: %s is %s', (dialect, error, kind, reason) => {
  expect(faultOf(dialect, error)).toMatchObject({ kind, reason })
})
