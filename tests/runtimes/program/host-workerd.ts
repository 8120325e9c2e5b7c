// workerd: a line of JSON for each file, on the console, when `workerd test` asks for the tests.
import { outcomesOf, type Tests } from './files.ts'

const { log } = console

export function run(tests: Tests): object {
  return {
    async test(_: unknown, env: object): Promise<void> {
      Object.assign(globalThis, { env })
      for await (const outcomes of outcomesOf(tests)) log(JSON.stringify(outcomes))
    },
  }
}
