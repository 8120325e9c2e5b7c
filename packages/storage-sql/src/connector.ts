import type { TokenStore } from '@latchkey/core'

/** The database's language, and what its errors mean. MariaDB is `mysql`; libSQL and D1 are `sqlite`. */
export type DialectName = 'postgres' | 'mysql' | 'sqlite'

/** A parameter of a statement. */
export type Parameter = string | number | null

/** The result of a statement: its rows by column, and how many rows it wrote (or returned). */
export interface Result {
  /** One object per row. Its values are what the driver makes of the columns. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** How many rows a write changed. */
  readonly affected: number
}

/** Sends SQL to one database. */
export interface Connector {
  /** Decides the SQL that the store sends. */
  readonly dialect: DialectName
  /**
   * Sends one statement outside any transaction, so that it is committed when the promise resolves. `text` has the
   * placeholders of the dialect (`$1` or `?`). Rejects with the driver's own error. When `signal` aborts, it closes the
   * connection that it used, if it can.
   */
  query(text: string, parameters: readonly Parameter[], signal: AbortSignal): Promise<Result>
  /**
   * Calls `onMessage` with the payload of each notification of `channel` (PostgreSQL's `LISTEN`), over a connection of its
   * own, which does not keep the process alive. Calls `onLost` when that connection breaks. When `signal` aborts before it
   * listens, it closes the connection and rejects.
   */
  listen?(
    channel: string,
    onMessage: (payload: string) => void,
    onLost: () => void,
    signal: AbortSignal,
  ): Promise<Listening>
  /** Where swaps are atomic. Default `cluster`; `host` for SQLite. */
  readonly atomicity?: TokenStore['atomicity']
}

/** A connection that listens. */
export interface Listening {
  /** Closes the connection that listens, also when the server does not respond. */
  close(): Promise<void>
}

/** A failure that a retry cannot fix. Nothing was written. Its message is shown to the user. */
export class PermanentError extends Error {}
