// `@latchkey/storage-sql/pg`: PostgreSQL over node-postgres.
import type { Client, ClientConfig, Pool, PoolClient } from 'pg'
import { type Connector, PermanentError } from './connector.ts'

/** The options of `fromPg`. */
export interface PgOptions {
  /**
   * Options of the connection that `watch` listens on, in addition to the pool's. `false`: no `watch`. With PgBouncer in
   * transaction mode, pass the address of the server itself. Default: the pool's options.
   */
  readonly listen?: ClientConfig | false
}

/** A pool has these; its types do not name them. */
interface PoolParts {
  readonly Client?: new (config: ClientConfig) => Client & { unref(): void }
  readonly options: ClientConfig
}

/** Without traffic, only these notice that the server is gone. */
const LISTENING = { keepAlive: true, keepAliveInitialDelayMillis: 10_000, connectionTimeoutMillis: 10_000 }

/** Queries reject with the same error. */
const ignore = (): void => {}

/** Adds `ignore` to a client, once. */
function protect(client: PoolClient): void {
  if (!client.listeners('error').includes(ignore)) client.on('error', ignore)
}

/**
 * Returns a connector for a pool of `pg`. The store does not end it.
 *
 * It takes a pool and no client: each write is then committed when it resolves. A client inside a transaction of yours
 * could still roll it back, when Latchkey has already used the refresh token.
 */
export function fromPg(pool: Pool, { listen = {} }: PgOptions = {}): Connector {
  // Without listeners, the loss of a connection would end the process: the pool has one for idle connections only, and a
  // connection can be lost in the same moment in which it opens.
  pool.on('error', ignore).on('connect', protect)
  const { Client, options } = pool as unknown as PoolParts
  return {
    dialect: 'postgres',
    async query(text, parameters, signal) {
      if (pool.ending) throw new PermanentError('the pool is closed')
      const client = await pool.connect()
      protect(client)
      let released = false
      const release = (broken?: Error): void => {
        if (released) return
        released = true
        client.release(broken)
      }
      const isInTransaction = (): boolean => (client.getTransactionStatus?.() ?? 'I') !== 'I'
      const abort = (): void => release(new Error('aborted'))
      signal.addEventListener('abort', abort, { once: true })
      try {
        signal.throwIfAborted()
        const { rows, rowCount } = await client.query(text, [...parameters])
        if (isInTransaction())
          throw new PermanentError('a connection of the pool had an open transaction, which was rolled back')
        return { rows: rows as Record<string, unknown>[], affected: rowCount ?? 0 }
      } finally {
        signal.removeEventListener('abort', abort)
        release(isInTransaction() ? new Error('in a transaction') : undefined)
      }
    },
    ...(listen !== false &&
      Client && {
        async listen(channel, onMessage, onLost) {
          const client = new Client({ ...LISTENING, ...options, ...listen })
          client.on('error', onLost).on('end', onLost)
          client.on('notification', ({ payload }) => onMessage(payload ?? ''))
          const close = (): Promise<void> => client.end().catch(() => {})
          try {
            await client.connect()
            await client.query(`LISTEN ${channel}`)
          } catch (error) {
            void close()
            throw error
          }
          client.unref()
          return { close }
        },
      }),
  }
}
