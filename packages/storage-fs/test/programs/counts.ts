// counts DIRECTORY: adds 1 to a number forever, and prints each sum when it is stored.
import { writeSync } from 'node:fs'
import { KEY, open } from '../scenarios.ts'

const store = open(process.argv[2]!)
for (let current = await store.read(KEY); ;) {
  const n = ((current?.value as { n: number } | undefined)?.n ?? 0) + 1
  const value = { n, filler: String(n).repeat(1_000) }
  const result = await store.compareAndSwap(KEY, current?.version, value)
  if (result.swapped) writeSync(1, `${n}\n`)
  current = result.swapped ? { value, version: result.version } : result.current
}
