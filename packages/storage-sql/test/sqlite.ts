// SQLite databases in memory and in files.
import { afterEach } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StoreError } from '@latchkey/core'
import type { SwapResult, Version } from '@latchkey/core/ports'
import { expect } from '@jest/globals'
import { SqlTokenStore, type SqlTokenStoreOptions } from '../src/index.ts'
import { fromNodeSqlite } from '../src/node-sqlite.ts'

const databases: DatabaseSync[] = []
const folders: string[] = []
afterEach(() => {
  for (const database of databases.splice(0)) if (database.isOpen) database.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Returns the path of a new database; it is deleted after the test. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'))
  folders.push(folder)
  return join(folder, 'tokens.db')
}

/** Opens a database; it is closed after the test. */
export function openDatabase(path = ':memory:', options = {}): DatabaseSync {
  const database = new DatabaseSync(path, options)
  databases.push(database)
  return database
}

/** Opens a store with its table. */
export async function openStore(
  database: DatabaseSync = openDatabase(),
  options: Partial<SqlTokenStoreOptions> = {},
): Promise<SqlTokenStore> {
  const store = new SqlTokenStore({ ...fromNodeSqlite(database), ...options })
  await store.migrate()
  return store
}

export function versionOf(result: SwapResult): Version {
  if (!result.swapped) throw new Error('the swap failed')
  return result.version
}

/** Resolves to the `StoreError` that `work` rejects with. */
export async function errorOf(work: Promise<unknown>): Promise<StoreError> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(outcome).toMatchObject({ name: 'StoreError', code: 'store_unavailable' })
  return outcome as StoreError
}
