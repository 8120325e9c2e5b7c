// `@latchkey/storage-sql/mysql2`: MySQL and MariaDB over mysql2.
import type { Pool, ResultSetHeader } from 'mysql2/promise'
import { type Connector, PermanentError } from './connector.ts'

/** The flag of a response: a transaction is open. */
const SERVER_STATUS_IN_TRANS = 1

/**
 * Returns a connector for a pool of `mysql2/promise`. The store does not end it.
 *
 * It takes a pool and no connection: each write is then committed when it resolves. A connection inside a transaction of
 * yours could still roll it back, when Latchkey has already used the refresh token.
 */
export function fromMysql2(pool: Pool): Connector {
  return {
    dialect: 'mysql',
    async query(text, parameters, signal) {
      const connection = await pool.getConnection().catch((error: Error) => {
        throw error.message === 'Pool is closed.' ? new PermanentError('the pool is closed') : error
      })
      let isOpen = true
      const destroy = (): void => {
        isOpen = false
        connection.destroy()
      }
      signal.addEventListener('abort', destroy, { once: true })
      try {
        signal.throwIfAborted()
        // `execute`, since `query` would put the parameters into the text.
        const [result] = await connection.execute(text, [...parameters])
        if (Array.isArray(result))
          return { rows: result as Record<string, unknown>[], affected: result.length }
        const { affectedRows, serverStatus } = result as ResultSetHeader & { readonly serverStatus: number }
        if (serverStatus & SERVER_STATUS_IN_TRANS) {
          destroy()
          throw new PermanentError('a connection of the pool had an open transaction, which was rolled back')
        }
        return { rows: [], affected: affectedRows }
      } finally {
        signal.removeEventListener('abort', destroy)
        if (isOpen) connection.release()
      }
    },
  }
}
