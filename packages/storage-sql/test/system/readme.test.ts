// Runs the programs of the README on PostgreSQL and MariaDB, and checks that the permissions in it suffice.
import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openSql } from '../open-sql.ts'
import { MariaDb, Postgres } from '../servers.ts'
import { versionOf } from '../sqlite.ts'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text!)
const postgres = await Postgres.start()
const mariaDb = await MariaDb.start()

test.each([
  ['fromPg', `postgres://admin:unused@127.0.0.1:${postgres.port}/postgres`],
  ['fromMysql2', `mysql://admin:secret@127.0.0.1:${mariaDb.port}/tokens`],
])('the program with %s runs', async (connector, url) => {
  const program = programs.find(text => text.includes(`${connector}(`))!
  const end = `
    await store.compareAndSwap('a', undefined, 1)
    console.log((await store.read('a')).value)
    await pool.end()`
  const flags = ['--conditions=@latchkey/source', '--input-type=module', '--eval']
  const args = [...flags, program.replace('DATABASE_URL!', 'DATABASE_URL') + end]
  const env = { ...process.env, DATABASE_URL: url }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE, env, timeout: 20_000 })
  expect(stdout).toBe('1\n')
})

test.each([
  [postgres, 'CREATE USER app', 'GRANT SELECT, INSERT, UPDATE, DELETE ON granted TO app'],
  [
    mariaDb,
    "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app'",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON tokens.granted TO app@'127.0.0.1'",
  ],
])('the permissions suffice', async (server, user, grant) => {
  const owner = await openSql({ ...server.spec, options: { table: 'granted' } })
  await owner.store.migrate()
  await owner.end()
  await server.admin(user)
  await server.admin(grant)
  const { store, end } = await openSql({
    ...server.specWith({ user: 'app', password: 'app' }),
    options: { table: 'granted' },
  })
  const first = versionOf(await store.compareAndSwap('a', undefined, 1, { expiresAtMs: Date.now() + 60_000 }))
  versionOf(await store.compareAndSwap('a', first, 2))
  if (store.watch) await new Promise<void>(resolve => store.watch!('a', resolve))
  for await (const key of store.keys()) expect(key).toBe('a')
  await store.removeExpired()
  await store.remove('a')
  expect(await store.read('a')).toBeUndefined()
  await store.close()
  await end()
})
