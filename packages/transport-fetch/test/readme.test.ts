import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { closedPort, serve } from './servers.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

test("the README's example runs as it is written, from source", async () => {
  const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
  const example = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code).join('')
  const run = async (origin: string) => {
    const code = example.replace('https://api.imgur.com/3/credits', `${origin}/3/credits`)
    const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', code]
    return (await promisify(execFile)(process.execPath, args, { cwd: PACKAGE })).stdout
  }

  const origin = await serve((request, response) => response.end(request.headers.authorization))
  expect(await run(origin)).toBe('200 Client-ID 43652b743b5a7a0\n')

  const nobody = `http://127.0.0.1:${await closedPort()}`
  expect(await run(nobody)).toBe(`GET ${nobody}/3/credits: connection refused (ECONNREFUSED)\nno\n`)
})
