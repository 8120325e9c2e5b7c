// A page: a line of JSON for each file, on the console.
import { outcomesOf, type Tests } from './files.ts'

const { log } = console

export function run(tests: Tests): void {
  async function runTests(env: object): Promise<void> {
    Object.assign(globalThis, { env })
    for await (const outcomes of outcomesOf(tests)) log(JSON.stringify(outcomes))
  }
  Object.assign(globalThis, { runTests })
}
