import type { DialectName } from './connector.ts'
import { type Draft, P, sql } from './statement.ts'

/** The quoted names in statements. */
export interface Names {
  /** The schema with a dot, or nothing. */
  readonly prefix: string
  readonly bareTable: string
  /** With the prefix. */
  readonly table: string
  readonly key: string
  readonly index: string
}

/** What differs between databases. */
export interface Dialect {
  /** The name in error messages. */
  readonly title: string
  readonly quote: '"' | '`'
  placeholder(number: number): string
  /** The database's time, in ms: every host then agrees on what has expired. */
  readonly now: string
  /** The greatest length of a key in the primary key's index, in bytes. */
  readonly maxKeyBytes: number
  /** An expression: 0 if this server's rows are the newest, or the number of a problem in `PROBLEMS`. */
  readonly problem?: string
  /** Writes an absent or expired row: the statements in order, until one writes a row. */
  insert(names: Names, expired: string): readonly Draft[]
  /** Deletes some expired rows. */
  removeExpired(names: Names, expired: string): Draft
  /** Adds a notification to a statement that writes, so that it is sent with the commit. */
  notifying(write: Draft): Draft
  ddl(names: Names): readonly string[]
}

/** Why a server cannot be used, by `Dialect.problem`. */
export const PROBLEMS: Readonly<Record<number, { readonly isPermanent: boolean; readonly reason: string }>> =
  {
    1: { isPermanent: false, reason: 'the server is a read-only replica' },
    2: { isPermanent: true, reason: 'the connection has autocommit off, so nothing would be committed' },
  }

const insertInto = (table: string, { key }: Names): Draft =>
  sql`INSERT INTO ${table} (${key}, version, value, expires_at_ms) VALUES (${P.key}, ${P.version}, ${P.value}, ${P.expiresAtMs})`

/** One statement, which waits for a concurrent insert of the same key, and then sees its row. */
const upsert = (names: Names, expired: string): readonly Draft[] => [
  sql`${insertInto(`${names.table} AS stored`, names)} ON CONFLICT (${names.key}) DO UPDATE SET version = excluded.version, value = excluded.value, expires_at_ms = excluded.expires_at_ms WHERE stored.${expired}`,
]

/** Selects the keys of the rows that have been expired for the longest time. */
const oldest = ({ table, key }: Names, expired: string): Draft =>
  sql`SELECT ${key} FROM ${table} WHERE ${expired} ORDER BY expires_at_ms LIMIT ${P.limit}`

const createIndex = (index: string, table: string): string =>
  `CREATE INDEX IF NOT EXISTS ${index} ON ${table} (expires_at_ms) WHERE expires_at_ms IS NOT NULL`

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  postgres: {
    title: 'PostgreSQL',
    quote: '"',
    placeholder: number => `$${number}`,
    // The cast alone would round up.
    now: 'floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint',
    maxKeyBytes: 2_600,
    problem: 'CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END',
    insert: upsert,
    // It waits for nobody. `ARRAY` runs the subquery once; a join could run it again, and exceed the limit.
    removeExpired: (names, expired) =>
      sql`DELETE FROM ${names.table} WHERE ${expired} AND ${names.key} = ANY (ARRAY(${oldest(names, expired)} FOR UPDATE SKIP LOCKED))`,
    notifying: write =>
      sql`WITH written AS (${write} RETURNING 1) SELECT pg_notify(${P.channel}, ${P.key}) FROM written`,
    // `text` instead of `jsonb`, which rejects \u0000 and half surrogate pairs, and changes numbers.
    ddl: names => [
      `CREATE TABLE IF NOT EXISTS ${names.table} (${names.key} text COLLATE "C" PRIMARY KEY, version text NOT NULL, value text NOT NULL, expires_at_ms bigint)`,
      createIndex(names.index, names.table), // an index is in its table's schema
    ],
  },
  mysql: {
    title: 'MySQL',
    quote: '`',
    placeholder: () => '?',
    now: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000",
    maxKeyBytes: 2_600,
    problem:
      "CASE WHEN CONCAT(@@global.read_only) NOT IN ('0', 'OFF') THEN 1 WHEN @@autocommit = 0 THEN 2 ELSE 0 END",
    // `ON DUPLICATE KEY UPDATE` takes no condition, and its count does not tell what it did.
    insert: (names, expired) => [
      insertInto(names.table, names),
      sql`UPDATE ${names.table} SET version = ${P.version}, value = ${P.value}, expires_at_ms = ${P.expiresAtMs} WHERE ${names.key} = ${P.key} AND ${expired}`,
    ],
    removeExpired: ({ table }, expired) =>
      sql`DELETE FROM ${table} WHERE ${expired} ORDER BY expires_at_ms LIMIT ${P.limit}`,
    notifying: write => write,
    // VARBINARY compares bytes: with most collations, `Key`, `kéy` and `key ` equal `key`.
    ddl: ({ table, key }) => [
      `CREATE TABLE IF NOT EXISTS ${table} (${key} VARBINARY(2600) NOT NULL PRIMARY KEY, version CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, value LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL, expires_at_ms BIGINT, KEY expires_at_ms (expires_at_ms)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC`,
    ],
  },
  sqlite: {
    title: 'SQLite',
    quote: '"',
    placeholder: () => '?',
    now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    maxKeyBytes: 2_600,
    insert: upsert,
    removeExpired: (names, expired) =>
      sql`DELETE FROM ${names.table} WHERE ${names.key} IN (${oldest(names, expired)})`,
    notifying: write => write,
    ddl: names => [
      `CREATE TABLE IF NOT EXISTS ${names.table} (${names.key} TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, value TEXT NOT NULL, expires_at_ms INTEGER)`,
      createIndex(names.prefix + names.index, names.bareTable),
    ],
  },
}
