// The store on SQLite: options, names, expiry, keys, and rows of other code.
import { expect, test } from '@jest/globals'
import { StoreCorruptError } from '@latchkey/core'
import { ddl, SqlTokenStore } from '../src/index.ts'
import { fromNodeSqlite } from '../src/node-sqlite.ts'
import { statementsFor } from '../src/statements.ts'
import { migrateAtOnce } from './migrating.ts'
import { HOSTILE_NAMES } from './names.ts'
import { errorOf, newFile, openDatabase, openStore, versionOf } from './sqlite.ts'

const query = async () => ({ rows: [], affected: 0 })

test.each([
  [{ dialect: 'oracle', query }, 'dialect must be one of postgres, mysql, sqlite'],
  [{ dialect: 'toString', query }, 'dialect must be one of'],
  [{ dialect: 'sqlite' }, 'query must be a function'],
  [{ dialect: 'sqlite', query, listen: 1 }, 'listen must be a function'],
  [{ dialect: 'sqlite', query, timeoutMs: 0 }, 'timeoutMs must be a number above 0'],
  [{ dialect: 'sqlite', query, timeoutMs: 2 ** 31 }, 'timeoutMs must be a number above 0'],
  [{ dialect: 'sqlite', query, Table: 'x' }, "'Table' is not an option of SqlTokenStore"],
  [{ dialect: 'sqlite', query, table: '' }, 'table must be a well-formed string of 1 to 63 bytes'],
  [{ dialect: 'sqlite', query, table: 'a\0b' }, 'table must be'],
  [{ dialect: 'sqlite', query, table: 'ä'.repeat(32) }, 'table must be'],
  [{ dialect: 'sqlite', query, schema: '\ud800' }, 'schema must be'],
])('a wrong option is a TypeError that names it: %j', (options, message) => {
  expect(() => new SqlTokenStore(options as never)).toThrow(TypeError)
  expect(() => new SqlTokenStore(options as never)).toThrow(message)
})

test('ddl prints the statements that migrate runs, and checks its options', async () => {
  const database = openDatabase()
  database.exec(ddl({ dialect: 'sqlite' }))
  const store = new SqlTokenStore(fromNodeSqlite(database))
  expect((await store.compareAndSwap('a', undefined, 1)).swapped).toBe(true)
  await store.migrate()
  expect((await store.read('a'))?.value).toBe(1)
  expect(ddl({ dialect: 'postgres', schema: 'auth', table: 'tokens' })).toContain(
    'CREATE TABLE IF NOT EXISTS "auth"."tokens"',
  )
  expect(ddl({ dialect: 'mysql', table: 'tokens' })).toContain('CREATE TABLE IF NOT EXISTS `tokens`')
  expect(() => ddl({ dialect: 'sqlite', table: '' })).toThrow(TypeError)
  expect(() => ddl({ dialect: 'db2' as never })).toThrow(TypeError)
})

test.each(HOSTILE_NAMES)('the table %j is only a name', async table => {
  const database = openDatabase()
  database.exec('CREATE TABLE victim (x); INSERT INTO victim VALUES (1)')
  const store = await openStore(database, { table })
  const version = versionOf(
    await store.compareAndSwap('a', undefined, 1, { expiresAtMs: Date.now() + 60_000 }),
  )
  versionOf(await store.compareAndSwap('a', version, 2))
  const keys: string[] = []
  for await (const key of store.keys()) keys.push(key)
  expect(keys).toEqual(['a'])
  await store.removeExpired()
  expect((await store.read('a'))?.value).toBe(2)
  await store.remove('a')
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
  expect(tables.map(row => row['name']).sort()).toEqual([table, 'victim'].sort())
  expect(database.prepare('SELECT x FROM victim').all()).toEqual([{ x: 1 }])
})

test.each(HOSTILE_NAMES)('the schema %j is only a name', async schema => {
  const database = openDatabase()
  database.exec(`CREATE TABLE victim (x); ATTACH ':memory:' AS "${schema.replaceAll('"', '""')}"`)
  const store = await openStore(database, { schema })
  versionOf(await store.compareAndSwap('a', undefined, 1))
  expect((await store.read('a'))?.value).toBe(1)
  const main = database.prepare('SELECT name FROM main.sqlite_schema').all()
  expect(main.map(row => row['name'])).toEqual(['victim'])
})

test('hostile keys and values are only data', async () => {
  const database = openDatabase()
  const store = await openStore(database)
  const text = `'; DROP TABLE latchkey_tokens; --`
  versionOf(await store.compareAndSwap(text, undefined, text))
  expect((await store.read(text))?.value).toBe(text)
  expect((await store.compareAndSwap(text, "' OR 1=1 --", 2)).swapped).toBe(false)
})

test('eight processes that migrate at the same time all succeed', async () => {
  await migrateAtOnce([{ sqlite: newFile(), options: { timeoutMs: 20_000 } }])
})

test('without its table, and with a table of other columns, every call says so', async () => {
  const database = openDatabase()
  const store = new SqlTokenStore(fromNodeSqlite(database))
  for (const call of [store.read('a'), store.compareAndSwap('a', undefined, 1), store.remove('a')])
    expect(await errorOf(call)).toMatchObject({
      message: expect.stringContaining('SQLite: the table does not exist: call migrate() (1)'),
      isPermanent: true,
    })
  database.exec('CREATE TABLE latchkey_tokens (key, other)')
  await errorOf(store.migrate())
})

test('an atomicity of this process in memory, and of this host in a file', async () => {
  expect((await openStore()).atomicity).toBe('process')
  expect((await openStore(openDatabase(newFile()))).atomicity).toBe('host')
})

test('a key that the index cannot hold is an error, and a key of 2,600 characters is not', async () => {
  const store = await openStore()
  versionOf(await store.compareAndSwap('k'.repeat(2_600), undefined, 1))
  const error = await errorOf(store.compareAndSwap('k'.repeat(2_601), undefined, 1))
  expect(error).toMatchObject({ message: 'SQLite: the key is longer than 2600 bytes', isPermanent: true })
})

test('a value that other code wrote is a StoreCorruptError without the value, and a swap from nothing keeps it', async () => {
  const database = openDatabase()
  const store = await openStore(database)
  database.exec("INSERT INTO latchkey_tokens VALUES ('a', 'v', 'a secret', NULL)")
  const error: unknown = await store.read('a').catch((error: unknown) => error)
  expect(error).toBeInstanceOf(StoreCorruptError)
  expect(String(error)).not.toContain('secret')
  await expect(store.compareAndSwap('a', undefined, 1)).rejects.toBeInstanceOf(StoreCorruptError)
  expect((await store.compareAndSwap('a', 'v', 1)).swapped).toBe(true)
})

test('keys come in pages, each key once, also with keys that escapes order differently', async () => {
  const database = openDatabase()
  const store = await openStore(database)
  const keys = ['', '"', 'é', '\0', '\\', ...Array.from({ length: 2_500 }, (_, n) => `account ${n}`)]
  for (const key of keys) await store.compareAndSwap(key, undefined, 1)
  const found: string[] = []
  for await (const key of store.keys()) found.push(key)
  expect(found.sort()).toEqual(keys.sort())
})

test('writes with an expiry delete some expired rows, and removeExpired the others', async () => {
  const database = openDatabase()
  const store = await openStore(database)
  const count = () => Number(database.prepare('SELECT count(*) AS n FROM latchkey_tokens').get()!['n'])
  const insert = database.prepare("INSERT INTO latchkey_tokens VALUES (?, 'v', '1', 1)")
  for (let n = 0; n < 50; n += 1) insert.run(`expired ${n}`)
  await store.compareAndSwap('kept', undefined, 1)
  expect(count()).toBe(51)
  await store.compareAndSwap('pending', undefined, 1, { expiresAtMs: Date.now() + 600_000 })
  expect(count()).toBe(42)
  expect(await store.removeExpired(30)).toBe(30)
  expect(await store.removeExpired()).toBe(10)
  expect(await store.removeExpired()).toBe(0)
  expect(count()).toBe(2)
})

test('a value with an expiry between two milliseconds does not expire before it', async () => {
  const database = openDatabase()
  let nowMs = 1_000
  database.function('unixepoch', { varargs: true }, () => nowMs / 1_000)
  const store = await openStore(database)
  versionOf(await store.compareAndSwap('a', undefined, 1, { expiresAtMs: 1_000.9 }))
  expect((await store.read('a'))?.value).toBe(1)
  nowMs = 2_000
  expect(await store.read('a')).toBeUndefined()
})

test('expiresAtMs that is NaN, and a value that is no JSON, are TypeErrors', async () => {
  const store = await openStore()
  await expect(store.compareAndSwap('a', undefined, 1, { expiresAtMs: NaN })).rejects.toThrow(TypeError)
  await expect(store.compareAndSwap('a', undefined, (() => 1) as never)).rejects.toThrow(TypeError)
})

test('what is stored is ASCII, whatever the characters', async () => {
  const database = openDatabase()
  const store = await openStore(database)
  await store.compareAndSwap('é😀\0', undefined, ['é😀\0\ud800'])
  const row = database.prepare('SELECT * FROM latchkey_tokens').get()!
  expect(`${row['key']}${row['value']}`).toMatch(/^[\x20-\x7e]*$/)
})

test('read, swap and remove use one index access each', async () => {
  const database = openDatabase()
  await openStore(database)
  const { readRow, read, update, remove, insert, keys, removeExpired } = statementsFor('sqlite', {})
  const plan = ({ text, names }: { text: string; names: readonly string[] }): string[] =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all(...names.map(() => 1))
      .map(row => String(row['detail']))
  const byKey = 'SEARCH latchkey_tokens USING INDEX sqlite_autoindex_latchkey_tokens_1 (key=?)'
  for (const statement of [readRow, read, update, remove]) expect(plan(statement)).toEqual([byKey])
  expect(plan(insert[0]!)).toEqual([])
  expect(plan(keys)).toEqual([byKey.replace('=', '>')])
  expect(plan(removeExpired).filter(line => line.startsWith('SCAN'))).toEqual([])
})
