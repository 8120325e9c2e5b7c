import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { SWITCHES } from '../src/index.ts'
import { readReadme } from './readme-tables.ts'

/** Removes the padding of table columns. */
const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---')

test('the tables in the README match the code (npm run readme updates them)', () => {
  const { current, generated } = readReadme()
  expect(unpadded(current)).toBe(unpadded(generated))
  expect(generated.match(/^\| `/gm)!.length).toBeGreaterThan(Object.keys(SWITCHES).length)
})

test('the program in the README runs and prints the documented output', async () => {
  const { current } = readReadme()
  const [, program] = /```js\n([^]*?)```/.exec(current)!
  const [, output] = /```text\n([^]*?)```/.exec(current)!
  const options = ['--conditions=@latchkey/source', '--input-type=module', '--eval', program!]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, options, {
    cwd: new URL('..', import.meta.url).pathname,
  })
  expect([stdout, stderr]).toEqual([output, ''])
})
