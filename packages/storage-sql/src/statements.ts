import { createHash } from 'node:crypto'
import type { DialectName } from './connector.ts'
import { DIALECTS, type Names } from './dialects.ts'
import { checkDialect, checkNames, type TableName } from './options.ts'
import { type Draft, P, render, sql, type Statement } from './statement.ts'

/** The statements for one table. */
export interface Statements {
  /** Reads a row without looking at the time: it suffices for a row that never expires. */
  readonly readRow: Statement
  /** Reads a row that has not expired. */
  readonly read: Statement
  /** Writes if nothing is stored: run them in order, until one writes a row. */
  readonly insert: readonly Statement[]
  /** Writes if the version is the expected one. */
  readonly update: Statement
  readonly remove: Statement
  readonly removeExpired: Statement
  /** A page of keys, in order, from `key` on. */
  readonly keys: Statement
  /** Reads nothing. Fails if the table has other columns. */
  readonly check: Statement
  readonly create: readonly Statement[]
  /** The channel of notifications. Other tables have another. */
  readonly channel: string
}

/** Returns the statements for a table. */
export function statementsFor(
  dialectName: DialectName,
  { schema, table = 'latchkey_tokens' }: TableName,
): Statements {
  const dialect = DIALECTS[dialectName]
  const quote = (name: string): string =>
    dialect.quote + name.replaceAll(dialect.quote, dialect.quote + dialect.quote) + dialect.quote
  const prefix = schema === undefined ? '' : `${quote(schema)}.`
  const digest = createHash('sha256')
    .update(JSON.stringify([schema, table]))
    .digest('hex')
    .slice(0, 16)
  const names: Names = {
    prefix,
    bareTable: quote(table),
    table: prefix + quote(table),
    key: quote('key'),
    index: quote(`latchkey_expires_${digest}`),
  }
  const finish = (draft: Draft): Statement => render(draft, dialect.placeholder)
  const expired = `expires_at_ms <= ${dialect.now}`
  const alive = `(expires_at_ms IS NULL OR expires_at_ms > ${dialect.now})`
  const { key, table: from } = names
  const one = sql`${key} = ${P.key} AND ${alive}`
  return {
    readRow: finish(
      sql`SELECT ${dialect.problem ?? '0'} AS problem, version, value, expires_at_ms FROM ${from} WHERE ${key} = ${P.key}`,
    ),
    // The row of the problem comes also when nothing is stored.
    read: finish(
      dialect.problem === undefined
        ? sql`SELECT version, value FROM ${from} WHERE ${one}`
        : sql`SELECT problem, version, value FROM (SELECT ${dialect.problem} AS problem) server LEFT JOIN ${from} ON ${one}`,
    ),
    insert: dialect.insert(names, expired).map(draft => finish(dialect.notifying(draft))),
    // READ COMMITTED suffices: the statement waits for a concurrent write of the row, and then compares the version that
    // this write committed. A stricter level only fails instead (40001), and the call is repeated.
    update: finish(
      dialect.notifying(
        sql`UPDATE ${from} SET version = ${P.version}, value = ${P.value}, expires_at_ms = ${P.expiresAtMs} WHERE ${one} AND version = ${P.expected}`,
      ),
    ),
    remove: finish(dialect.notifying(sql`DELETE FROM ${from} WHERE ${key} = ${P.key}`)),
    removeExpired: finish(dialect.removeExpired(names, expired)),
    keys: finish(
      sql`SELECT ${key} FROM ${from} WHERE ${key} >= ${P.key} AND ${alive} ORDER BY ${key} LIMIT ${P.limit}`,
    ),
    check: finish(sql`SELECT ${key}, version, value, expires_at_ms FROM ${from} WHERE 1 = 0`),
    create: dialect.ddl(names).map(text => ({ text, names: [] })),
    channel: `latchkey_${digest}`,
  }
}

/**
 * Returns the SQL that creates the table, for a migration of your own.
 *
 * @throws {TypeError} when an option is wrong
 */
export function ddl(options: TableName & { readonly dialect: DialectName }): string {
  checkDialect(options.dialect)
  checkNames(options)
  return statementsFor(options.dialect, options)
    .create.map(({ text }) => `${text};\n`)
    .join('')
}
