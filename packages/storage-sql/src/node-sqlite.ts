// `@latchkey/storage-sql/node-sqlite`: Node's own SQLite.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Connector, PermanentError } from './connector.ts'

/**
 * Returns a connector for a database of `node:sqlite`. Requires Node 22.16 or later. The store does not close it.
 *
 * Swaps are atomic for every process of this host that opens the same file. A call rejects while `database` has an open
 * transaction, since that transaction would decide about the write.
 */
export function fromNodeSqlite(database: DatabaseSync): Connector {
  const prepared = new Map<string, { readonly statement: StatementSync; readonly isQuery: boolean }>()
  const prepare = (text: string) => {
    const known = prepared.get(text)
    if (known) return known
    const statement = database.prepare(text)
    const one = { statement, isQuery: statement.columns().length > 0 }
    prepared.set(text, one)
    return one
  }
  return {
    dialect: 'sqlite',
    atomicity: database.location() === null ? 'process' : 'host',
    async query(text, parameters) {
      if (database.isTransaction)
        throw new PermanentError(
          'the database has an open transaction: pass the store a connection of its own',
        )
      const { statement, isQuery } = prepare(text)
      if (!isQuery) return { rows: [], affected: Number(statement.run(...parameters).changes) }
      const rows = statement.all(...parameters)
      return { rows, affected: rows.length }
    },
  }
}
