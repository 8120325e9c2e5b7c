// Opens a store from plain data, in this process or another.
import type { PoolConfig } from 'pg'
import type { PoolOptions } from 'mysql2/promise'
import { SqlTokenStore, type SqlTokenStoreOptions } from '../src/index.ts'

/** A database, and options of the store. */
export type SqlSpec = { readonly options?: Partial<SqlTokenStoreOptions> } & (
  | { readonly postgres: PoolConfig }
  | { readonly mysql: PoolOptions }
  | { readonly sqlite: string }
  | { readonly libsql: string }
)

/** A store, and what ends its pool. */
export interface OpenSql {
  readonly store: SqlTokenStore
  end(): Promise<void>
}

export async function openSql(spec: SqlSpec): Promise<OpenSql> {
  if ('postgres' in spec) {
    const { fromPg } = await import('../src/pg.ts')
    const { default: pg } = await import('pg')
    const pool = new pg.Pool(spec.postgres)
    return { store: new SqlTokenStore({ ...fromPg(pool), ...spec.options }), end: () => pool.end() }
  }
  if ('mysql' in spec) {
    const { fromMysql2 } = await import('../src/mysql2.ts')
    const { createPool } = await import('mysql2/promise')
    const pool = createPool(spec.mysql)
    return { store: new SqlTokenStore({ ...fromMysql2(pool), ...spec.options }), end: () => pool.end() }
  }
  if ('libsql' in spec) {
    const { fromLibsql } = await import('../src/libsql.ts')
    const { createClient } = await import('@libsql/client')
    const client = createClient({ url: spec.libsql })
    return {
      store: new SqlTokenStore({ ...fromLibsql(client), ...spec.options }),
      end: async () => client.close(),
    }
  }
  const { fromNodeSqlite } = await import('../src/node-sqlite.ts')
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(spec.sqlite)
  return {
    store: new SqlTokenStore({ ...fromNodeSqlite(database), ...spec.options }),
    end: async () => database.close(),
  }
}
