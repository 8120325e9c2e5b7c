import type { Connection, Send } from './connection.ts'
import type { RedisLink } from './redis-link.ts'

/** The state of an enumeration: `primaries[0]` is scanned from `cursor`. */
interface Scan {
  readonly connection: Connection
  readonly primaries: readonly Send[]
  readonly cursor: string
  readonly found: readonly string[]
}

/**
 * Yields each key in Redis that begins with `prefix` once, by SCAN on every primary. Starts over when the connection is
 * replaced. Remembers the yielded keys, because SCAN may return a key twice.
 */
export async function* scanKeys(link: RedisLink, prefix: string): AsyncIterable<string> {
  const seen = new Set<string>()
  const pattern = `${prefix.replace(/[\\*?[\]^-]/g, '\\$&')}*`
  let scan: Scan | undefined
  do {
    const previous = scan
    scan = await link.run(async connection =>
      scanNext(previous?.connection === connection ? previous : await startScan(connection), pattern),
    )
    for (const key of scan.found) {
      if (seen.has(key)) continue
      seen.add(key)
      yield key
    }
  } while (scan.primaries.length > 0)
}

async function startScan(connection: Connection): Promise<Scan> {
  return { connection, primaries: await connection.primaries(), cursor: '0', found: [] }
}

async function scanNext(scan: Scan, pattern: string): Promise<Scan> {
  const [primary, ...others] = scan.primaries
  const args = ['SCAN', scan.cursor, 'MATCH', pattern, 'COUNT', '1000', 'TYPE', 'string']
  const [cursor, found] = (await primary!(args)) as [string, string[]]
  return { ...scan, cursor, found, primaries: cursor === '0' ? others : scan.primaries }
}
