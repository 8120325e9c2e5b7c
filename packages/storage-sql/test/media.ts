// The media of the token store contract: tables of a database.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, test } from '@jest/globals'
import { type Medium, tokenStoreContract } from '@latchkey/test-kit'
import { bundled } from '../../../tools/bundled.ts'
import { sealed } from '../../../tools/sealed.ts'
import { openSql, type OpenSql, type SqlSpec } from './open-sql.ts'

/** Long, because machines may be busy. */
export const timeoutMs = 15_000

let tables = 0
/** Returns the name of another table. */
export const newTable = (): string => `medium ${(tables += 1)}`

/** Declares the contract's cases as tests. */
export async function contractOn(kind: string, medium: () => Promise<Medium>): Promise<void> {
  const contract = await tokenStoreContract(medium)
  describe(kind, () => {
    for (const { name, skip, run } of contract)
      if (skip) test.skip(`${name} (skipped: ${skip})`, run)
      else test(name, run)
  })
}

const PROGRAM = bundled(new URL('increments.ts', import.meta.url))

/** libSQL's native code cannot be bundled. */
const programFor = (database: SqlSpec): string[] =>
  'libsql' in database
    ? ['--conditions=@latchkey/source', fileURLToPath(new URL('increments.ts', import.meta.url))]
    : [PROGRAM]

/** Returns a medium: a new table of a database. */
export async function mediumOf(database: SqlSpec, isEncrypted = false): Promise<Medium> {
  const spec = { ...database, options: { timeoutMs, ...database.options, table: newTable() } }
  const opened: OpenSql[] = []
  const first = await openSql(spec)
  await first.store.migrate()
  await first.end()
  return {
    async open() {
      const one = await openSql(spec)
      opened.push(one)
      return sealed(one.store, isEncrypted)
    },
    async incrementInOtherProcess(key, times) {
      const args = [
        '--disable-warning=ExperimentalWarning',
        ...programFor(database),
        JSON.stringify({ spec, key, times, isEncrypted }),
      ]
      const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
      if (code !== 0) throw new Error(`the other process ended with ${code}`)
    },
    async dispose() {
      await Promise.all(opened.map(one => one.end().catch(() => {})))
    },
    timeoutMs: 60_000,
  }
}
