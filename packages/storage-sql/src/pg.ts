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

/** How long a server may take to end the connection that listens, in ms. */
const CLOSE_MS = 1_000

/** Without traffic, only these notice that the server is gone. */
const LISTENING = { keepAlive: true, keepAliveInitialDelayMillis: 10_000, connectionTimeoutMillis: 10_000 }

/** Queries reject with the same error. */
const ignore = (): void => {}

/** Adds `ignore` to a client, once. */
function protect(client: PoolClient): void {
  if (!client.listeners('error').includes(ignore)) client.on('error', ignore)
}

/** Returns the connection of a client; `pg.native` has none. */
const connectionOf = (client: object): Client['connection'] | undefined =>
  (client as Partial<Client>).connection

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
      // Before version 8.21, pg does not tell; the server does, at the end of each response.
      let status = 'I'
      const noteStatus = (message: { readonly status: string }): void => void ({ status } = message)
      const isInTransaction = (): boolean => (client.getTransactionStatus?.() ?? status) !== 'I'
      const abort = (): void => release(new Error('aborted'))
      signal.addEventListener('abort', abort, { once: true })
      try {
        signal.throwIfAborted()
        connectionOf(client)?.on('readyForQuery', noteStatus)
        const { rows, rowCount } = await client.query(text, [...parameters])
        if (isInTransaction())
          throw new PermanentError('a connection of the pool had an open transaction, which was rolled back')
        return { rows: rows as Record<string, unknown>[], affected: rowCount ?? 0 }
      } finally {
        signal.removeEventListener('abort', abort)
        connectionOf(client)?.off('readyForQuery', noteStatus)
        release(isInTransaction() ? new Error('in a transaction') : undefined)
      }
    },
    ...(listen !== false &&
      Client && {
        async listen(channel, onMessage, onLost, signal) {
          const client = new Client({ ...LISTENING, ...options, ...listen })
          client.on('error', onLost).on('end', onLost)
          client.on('notification', ({ payload }) => onMessage(payload ?? ''))
          const destroy = (): void => void connectionOf(client)?.stream.destroy()
          // A server that hangs does not end it.
          const close = async (): Promise<void> => {
            const timer = setTimeout(destroy, CLOSE_MS)
            await client.end().catch(() => {})
            clearTimeout(timer)
          }
          signal.addEventListener('abort', destroy, { once: true })
          try {
            signal.throwIfAborted()
            await client.connect()
            await client.query(`LISTEN ${channel}`)
          } catch (error) {
            void close()
            throw error
          } finally {
            signal.removeEventListener('abort', destroy)
          }
          client.unref()
          return { close }
        },
      }),
  }
}
