// The connector of D1, over a binding with D1's responses and errors.
import { expect, test } from '@jest/globals'
import { SqlTokenStore } from '../src/index.ts'
import { type D1, fromD1 } from '../src/d1.ts'
import { fromNodeSqlite } from '../src/node-sqlite.ts'
import { errorOf, openDatabase, versionOf } from './sqlite.ts'

/** D1 reports SQLite's code at the end of the message. */
function bindingOf(fail: () => string | undefined): D1 {
  const { query } = fromNodeSqlite(openDatabase())
  const run = async (text: string, parameters: unknown[]) => {
    const failure = fail()
    if (failure !== undefined) throw new Error(`D1_ERROR: ${failure}`)
    const { rows, affected } = await query(text, parameters as never, new AbortController().signal).catch(
      error => {
        throw new Error(`D1_ERROR: ${(error as Error).message}: SQLITE_ERROR`)
      },
    )
    return { results: [...rows], meta: { changes: affected } }
  }
  return { prepare: text => ({ bind: (...parameters) => ({ run: () => run(text, parameters) }) }) }
}

test('D1: swaps, reads and removals', async () => {
  const store = new SqlTokenStore(fromD1(bindingOf(() => undefined)))
  expect(store.atomicity).toBe('cluster')
  await store.migrate()
  const version = versionOf(await store.compareAndSwap('a', undefined, { n: 1 }))
  expect((await store.compareAndSwap('a', 'stale', 2)).swapped).toBe(false)
  expect(await store.read('a')).toEqual({ value: { n: 1 }, version })
  await store.remove('a')
  expect(await store.read('a')).toBeUndefined()
})

test('D1: errors are those of SQLite, by the code in the message', async () => {
  let failure: string | undefined
  const store = new SqlTokenStore({ ...fromD1(bindingOf(() => failure)), timeoutMs: 300 })
  expect((await errorOf(store.read('a'))).message).toBe(
    'SQLite: the table does not exist: call migrate() (1)',
  )
  failure = 'database or disk is full: SQLITE_FULL'
  expect(await errorOf(store.read('a'))).toMatchObject({
    message: 'SQLite: the disk is full (13)',
    isPermanent: true,
  })
  failure = 'Network connection lost.'
  expect(await errorOf(store.compareAndSwap('a', undefined, 1))).toMatchObject({
    message: 'SQLite: the connection failed; it is unknown whether the value was written: read it again',
    isPermanent: false,
  })
})
