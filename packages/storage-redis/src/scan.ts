import type { Connection, Send } from './connection.ts'
import type { Link } from './link.ts'

/** Where an enumeration stands: `primaries[0]` is being scanned from `cursor` on. */
interface Scan {
  readonly connection: Connection
  readonly primaries: readonly Send[]
  readonly cursor: string
  readonly found: readonly string[]
}

/**
 * Redis's keys that begin with `prefix`, each once, by SCAN on every primary. A connection that has to be
 * replaced starts over. Remembers what it has yielded: SCAN may find a key twice.
 */
export async function* scanKeys(link: Link, prefix: string): AsyncIterable<string> {
  const seen = new Set<string>()
  const pattern = `${prefix.replace(/[\\*?[\]^-]/g, '\\$&')}*`
  let scan: Scan | undefined
  do {
    const last = scan
    scan = await link.run(async connection =>
      next(last?.connection === connection ? last : await begin(connection), pattern),
    )
    for (const key of scan.found) {
      if (seen.has(key)) continue
      seen.add(key)
      yield key
    }
  } while (scan.primaries.length > 0)
}

async function begin(connection: Connection): Promise<Scan> {
  return { connection, primaries: await connection.primaries(), cursor: '0', found: [] }
}

async function next(scan: Scan, pattern: string): Promise<Scan> {
  const [primary, ...others] = scan.primaries
  const args = ['SCAN', scan.cursor, 'MATCH', pattern, 'COUNT', '1000', 'TYPE', 'string']
  const [cursor, found] = (await primary!(args)) as [string, string[]]
  return { ...scan, cursor, found, primaries: cursor === '0' ? others : scan.primaries }
}
