import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

test("the README's example runs unchanged, from source", async () => {
  const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-keyv-'))
  try {
    const [, code] = /```ts\n(.*?)```/s.exec(readme)!
    const example = code!.replace('tokens.json', join(folder, 'tokens.json'))
    const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', example]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE })
    expect(stdout).toMatch(/^https:\/\/api\.imgur\.com\/oauth2\/authorize\?/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
