// `@latchkey/storage-sql/libsql`: libSQL (Turso) over @libsql/client.
import type { Client } from '@libsql/client'
import type { Connector } from './connector.ts'

/**
 * Returns a connector for a client of `@libsql/client`. The store does not close it.
 *
 * With a remote database, swaps are atomic for every host. An embedded replica may return older values, so pass a client
 * without `syncUrl`.
 */
export function fromLibsql(client: Client): Connector {
  return {
    dialect: 'sqlite',
    atomicity: client.protocol === 'file' ? 'host' : 'cluster',
    async query(text, parameters) {
      const { rows, rowsAffected } = await client.execute({ sql: text, args: [...parameters] })
      return { rows: rows as unknown as Record<string, unknown>[], affected: rowsAffected }
    },
  }
}
