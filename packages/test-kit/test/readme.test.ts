import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

test('the example in the README runs under node:test, and prints what it skipped and why', async () => {
  const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
  const folder = await mkdtemp(join(PACKAGE, 'test', '.readme-')) // inside the package, so that imports resolve
  try {
    const [, example] = /```ts\n(.*?)```/s.exec(readme)!
    const file = join(folder, 'example.test.mjs')
    await writeFile(file, example!)
    const args = ['--conditions=@latchkey/source', '--test-reporter=tap', file]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE })
    expect(stdout).toMatch(/^# fail 0$/m)
    expect(stdout).toMatch(/^# skipped 4$/m)
    expect(stdout).toMatch(/# SKIP the test cannot make this medium fail$/m)
  } finally {
    await rm(folder, { recursive: true })
  }
})
