import { checkOptionNames } from '@latchkey/core/ports'
import type { Connector } from './connector.ts'
import { DIALECTS } from './dialects.ts'

/** The name of the table. */
export interface TableName {
  /** The schema, in MySQL the database, in SQLite an attached database. Default: the connection's own. */
  readonly schema?: string
  /** Default `latchkey_tokens`. */
  readonly table?: string
}

/** The options of a `SqlTokenStore`: those of a connector, and its settings. */
export interface SqlTokenStoreOptions extends Connector, TableName {
  /**
   * The time for one call, including lost connections and failovers, in ms. Pauses of the process do not count. Default
   * 3,000.
   */
  readonly timeoutMs?: number
}

const NAMES = ['dialect', 'query', 'listen', 'atomicity', 'schema', 'table', 'timeoutMs']

/** The longest possible timer; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** PostgreSQL shortens longer names, so two could become one. */
const MAX_NAME_BYTES = 63

/** @throws {TypeError} naming the option that is missing, wrong or unknown */
export function validate(
  options: SqlTokenStoreOptions,
): SqlTokenStoreOptions & { readonly timeoutMs: number } {
  checkOptionNames('SqlTokenStore', options, NAMES)
  const { dialect, query, listen, timeoutMs = 3_000 } = options ?? {}
  checkNames(options)
  checkDialect(dialect)
  if (typeof query !== 'function')
    throw new TypeError('query must be a function: pass a connector, such as fromPg(pool)')
  if (listen !== undefined && typeof listen !== 'function') throw new TypeError('listen must be a function')
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS))
    throw new TypeError(`timeoutMs must be a number above 0 and at most ${MAX_TIMER_MS}`)
  return { ...options, timeoutMs }
}

/** @throws {TypeError} when there is no such dialect */
export function checkDialect(dialect: unknown): void {
  const known = Object.keys(DIALECTS)
  if (!known.includes(dialect as string)) throw new TypeError(`dialect must be one of ${known.join(', ')}`)
}

/** @throws {TypeError} when a name cannot be quoted */
export function checkNames({ schema, table }: TableName): void {
  for (const [option, name] of Object.entries({ schema, table })) {
    if (name === undefined) continue
    const fits = typeof name === 'string' && name !== '' && name.isWellFormed() && !name.includes('\0')
    if (!fits || new TextEncoder().encode(name).length > MAX_NAME_BYTES)
      throw new TypeError(
        `${option} must be a well-formed string of 1 to ${MAX_NAME_BYTES} bytes without NUL`,
      )
  }
}
