import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, jest, test } from '@jest/globals'
import { SWITCHES } from '../src/index.ts'
import { readReadme } from './readme-tables.ts'

jest.setTimeout(30_000)

/** A table means the same however its columns are padded. */
const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---')

test("the README's tables of switches, faults, answers, shapes and scenarios are those of the code (npm run readme)", () => {
  const { current, drawn } = readReadme()
  expect(unpadded(current)).toBe(unpadded(drawn))
  expect(drawn.match(/^\| `/gm)!.length).toBeGreaterThan(Object.keys(SWITCHES).length)
})

test("the README's program runs as it stands and prints what it says", async () => {
  const { current } = readReadme()
  const [, program] = /```js\n([^]*?)```/.exec(current)!
  const [, output] = /```text\n([^]*?)```/.exec(current)!
  const options = ['--conditions=@latchkey/source', '--input-type=module', '--eval', program!]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, options, {
    cwd: new URL('..', import.meta.url).pathname,
  })
  expect([stdout, stderr]).toEqual([output, ''])
})
