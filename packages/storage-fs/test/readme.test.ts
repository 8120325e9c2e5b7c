import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from './support.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

test("the README's example runs unchanged, from source, and counts", async () => {
  const readme = readFileSync(`${PACKAGE}/README.md`, 'utf8')
  const [, example] = /```ts\n(.*?)```/s.exec(readme)!
  const directory = temporaryFolder()
  const code = example!.replace('./tokens', directory)
  const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', code]
  const runs = []
  for (let n = 0; n < 2; n++)
    runs.push((await promisify(execFile)(process.execPath, args, { cwd: PACKAGE })).stdout)
  expect(runs).toEqual(['1\n', '2\n'])
})
