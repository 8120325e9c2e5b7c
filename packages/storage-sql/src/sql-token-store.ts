import { randomBytes } from 'node:crypto'
import { StoreCorruptError, StoreError, type TokenStore } from '@latchkey/core'
import { checkJson, type Json, type Stored, type SwapResult, type Version } from '@latchkey/core/ports'
import { Calls, type Send, ServerProblem } from './calls.ts'
import type { Connector } from './connector.ts'
import { DIALECTS, PROBLEMS } from './dialects.ts'
import { escapeKey, toAscii, unescapeKey } from './escapes.ts'
import { isDuplicate } from './faults.ts'
import { type SqlTokenStoreOptions, validate } from './options.ts'
import type { Statement, Parameters } from './statement.ts'
import { type Statements, statementsFor } from './statements.ts'
import { Watchers } from './watchers.ts'

/** The largest time of a `Date`; a later expiry counts as none. */
const MAX_EXPIRY_MS = 8.64e15

/** How many keys `keys` reads at a time. */
const PAGE = 1_000

/** How many expired rows a write with an expiry deletes: more than it adds. */
const SOME_EXPIRED = 10

/** How long writes delete no expired rows after that failed. MySQL waits 50 s for a lock, also when the client is gone. */
const CLEANING_PAUSE_MS = 60_000

const WRITE = {
  outcomes: {
    unknown: 'it is unknown whether the value was written: read it again',
    none: 'nothing was written',
  },
}
const REMOVAL = {
  outcomes: { unknown: 'it is unknown whether the value was removed', none: 'nothing was removed' },
  repeatable: false,
}

/**
 * A `TokenStore` in a table of PostgreSQL, MySQL, MariaDB or SQLite. Each account is one row. A swap is one statement that
 * compares the row's version, and each write has a random version.
 *
 * Every call ends within `timeoutMs`, and retries failures that may pass until then: a lost connection, a failover, a
 * deadlock. A repeated swap detects its own earlier write by the version.
 *
 * Every method rejects with a `StoreError` when the database cannot be used, and with a `StoreCorruptError` when other code
 * wrote the value. Its message contains no value, no password and no text of the database.
 */
export class SqlTokenStore implements TokenStore {
  readonly atomicity: TokenStore['atomicity']
  readonly watch?: (key: string, listener: () => void) => () => void

  readonly #connector: Connector
  readonly #statements: Statements
  readonly #calls: Calls
  readonly #watchers: Watchers | undefined
  #cleanAfterMs = 0

  /** @throws {TypeError} when an option is missing or wrong */
  constructor(options: SqlTokenStoreOptions) {
    const { timeoutMs, schema, table, ...connector } = validate(options)
    const { dialect, atomicity = dialect === 'sqlite' ? 'host' : 'cluster' } = connector
    this.atomicity = atomicity
    this.#connector = connector
    this.#statements = statementsFor(dialect, {
      ...(schema !== undefined && { schema }),
      ...(table !== undefined && { table }),
    })
    this.#calls = new Calls(connector, timeoutMs)
    if (!connector.listen) return
    const { channel } = this.#statements
    const watchers = new Watchers((onKey, onLost, signal) =>
      connector.listen!(channel, onKey, onLost, signal),
    )
    this.#watchers = watchers
    this.watch = (key, listener) => watchers.watch(escapeKey(key), listener)
  }

  /** Creates the table and its index, unless they exist. Many processes may call it at the same time. */
  async migrate(): Promise<void> {
    for (const statement of [...this.#statements.create, this.#statements.check])
      await this.#calls.run(send => send(statement))
  }

  async read(key: string): Promise<Stored | undefined> {
    const escaped = this.#escape(key)
    return this.#parse(await this.#calls.run(send => this.#read(send, escaped)))
  }

  /**
   * See the port. It resolves after the commit. If a response is lost, the call repeats the swap with the same version: it
   * then writes, or finds its own write. If another process has swapped since, it returns `swapped: false` with that
   * process's value.
   *
   * @throws {StoreError} when the database cannot be used. The message tells whether the value may have been written.
   * @throws {TypeError} when `value` is not JSON, or `expiresAtMs` is NaN
   */
  async compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    { expiresAtMs = Infinity }: { readonly expiresAtMs?: number } = {},
  ): Promise<SwapResult> {
    if (Number.isNaN(expiresAtMs)) throw new TypeError('expiresAtMs must be a Unix time in ms')
    const startMs = performance.now()
    const version = randomBytes(16).toString('hex')
    const parameters: Partial<Parameters> = {
      key: this.#escape(key),
      ...(expected !== undefined && { expected: String(expected) }),
      version,
      value: toAscii(checkJson('value', value)),
      expiresAtMs: expiresAtMs < MAX_EXPIRY_MS ? Math.max(0, Math.ceil(expiresAtMs)) : null,
      channel: this.#statements.channel,
    }
    const { insert, update } = this.#statements
    const writes = expected === undefined ? insert : [update]
    // Resolves to the row in the way, or to `version` after the write.
    const row = await this.#calls.run(async send => {
      for (const write of writes) if (await this.#writes(send, write, parameters)) return { version } as Row
      return this.#read(send, parameters.key!)
    }, WRITE)
    if (row?.version !== version) return { swapped: false, current: this.#parse(row) }
    // Only these writes leave rows that nobody removes.
    if (parameters.expiresAtMs !== null) await this.#clean(startMs)
    return { swapped: true, version }
  }

  /** See the port. It is not repeated when its response is lost, because it could remove a newer value. */
  async remove(key: string): Promise<void> {
    const parameters = { key: this.#escape(key), channel: this.#statements.channel }
    await this.#calls.run(send => send(this.#statements.remove, parameters), REMOVAL)
  }

  /**
   * Deletes at most `limit` rows that have expired. Returns their number. Each write with an expiry already deletes some.
   *
   * @throws {StoreError} when the database cannot be used
   */
  async removeExpired(limit: number = PAGE): Promise<number> {
    const { affected } = await this.#calls.run(send => send(this.#statements.removeExpired, { limit }))
    return affected
  }

  /** See the port. It reads pages in the order of the keys, each after the last key of the one before. */
  async *keys(): AsyncIterable<string> {
    for (let last: string | undefined; ;) {
      const parameters = { key: last ?? '', limit: PAGE }
      const { rows } = await this.#calls.run(send => send(this.#statements.keys, parameters))
      const page = rows.map(row => text(row['key']))
      for (const escaped of page) {
        const key = escaped === last ? undefined : unescapeKey(escaped)
        if (key !== undefined) yield key
      }
      if (page.length < PAGE) return
      last = page.at(-1)
    }
  }

  /** Closes the connection of `watch`. The pool or database that you passed stays open. */
  async close(): Promise<void> {
    this.#calls.close()
    await this.#watchers?.close()
  }

  /** Deletes some expired rows, within the time of the write that began at `startMs`. */
  async #clean(startMs: number): Promise<void> {
    if (performance.now() < this.#cleanAfterMs) return
    try {
      await this.#calls.runOnce(startMs, send =>
        send(this.#statements.removeExpired, { limit: SOME_EXPIRED }),
      )
    } catch {
      // Otherwise a row that somebody has locked would delay every write.
      this.#cleanAfterMs = performance.now() + CLEANING_PAUSE_MS
    }
  }

  /** Sends a statement that writes; resolves to whether it wrote the row. */
  async #writes(send: Send, statement: Statement, parameters: Partial<Parameters>): Promise<boolean> {
    try {
      return (await send(statement, parameters)).affected > 0
    } catch (error) {
      if (isDuplicate(this.#connector.dialect, error)) return false
      throw error
    }
  }

  async #read(send: Send, key: string): Promise<Row | undefined> {
    let [row] = (await send(this.#statements.readRow, { key })).rows
    // Most rows never expire. Databases take longer to plan a statement with the time than to run it.
    if (row?.['expires_at_ms'] !== null) [row] = (await send(this.#statements.read, { key })).rows
    const problem = PROBLEMS[Number(row?.['problem'] ?? 0)]
    if (problem) throw new ServerProblem(problem.reason, problem.isPermanent)
    if (row?.['version'] == null) return undefined
    return { version: text(row['version']), json: text(row['value']) }
  }

  #parse(row: Row | undefined): Stored | undefined {
    if (!row) return undefined
    try {
      return { value: JSON.parse(row.json ?? '') as Json, version: row.version }
    } catch {
      // The error would quote the stored value.
      const { title } = DIALECTS[this.#connector.dialect]
      throw new StoreCorruptError(`${title}: the value of this key is not JSON: other code wrote it`)
    }
  }

  #escape(key: string): string {
    const { title, maxKeyBytes } = DIALECTS[this.#connector.dialect]
    const escaped = escapeKey(key)
    if (escaped.length <= maxKeyBytes) return escaped
    throw new StoreError(`${title}: the key is longer than ${maxKeyBytes} bytes`, undefined, {
      isPermanent: true,
    })
  }
}

/** A row of the table; without `json` when this call wrote it. */
interface Row {
  readonly version: string
  readonly json?: string
}

/** Returns a text column. MySQL returns bytes for VARBINARY. */
function text(column: unknown): string {
  return column instanceof Uint8Array ? new TextDecoder().decode(column) : String(column)
}
