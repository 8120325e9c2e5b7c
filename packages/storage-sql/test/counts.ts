// A process that adds 1 to a number without end, and prints each acknowledged number.
import { writeSync } from 'node:fs'
import { openSql, type SqlSpec } from './open-sql.ts'

const { store } = await openSql(JSON.parse(process.argv[2]!) as SqlSpec)
let current = await store.read('key')
for (;;) {
  const n = ((current?.value as { n: number } | undefined)?.n ?? 0) + 1
  const value = { n, filler: String(n).repeat(1_000) }
  const result = await store.compareAndSwap('key', current?.version, value)
  if (result.swapped) writeSync(1, `${n}\n`)
  current = result.swapped ? { value, version: result.version } : result.current
}
