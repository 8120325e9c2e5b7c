// Node, Deno and Bun: a line of JSON for each file, on standard output.
import { writeSync } from 'node:fs'
import { outcomesOf, type Tests } from './files.ts'

export async function run(tests: Tests): Promise<void> {
  for await (const outcomes of outcomesOf(tests)) writeSync(1, `${JSON.stringify(outcomes)}\n`)
  process.exit(0)
}
