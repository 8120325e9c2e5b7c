import { expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startEmulator } from '@latchkey/emulator'
import { closedPort, serve } from './servers.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

test("the README's example runs unchanged, from source", async () => {
  const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
  const [setup = '', , rest = ''] = readme.split(/^## /m)
  const example = [...(setup + rest).matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code).join('')
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

test("the README's authorizedFetch example refreshes a token and requests the API", async () => {
  await using emulator = await startEmulator()
  const readme = await readFile(`${PACKAGE}/README.md`, 'utf8')
  const [, program = ''] = /<!-- program: .*-->\n\n```ts\n([\s\S]*?)```/.exec(readme) ?? []
  // As everywhere, the emulator's address is all there is to add.
  const code = program
    .replace('import { Client }', 'import { Client, imgur }')
    .replace('new Client({', `new Client({\n  provider: imgur({ baseUrl: '${emulator.url}' }),`)
    .replace('https://api.imgur.com', emulator.url)
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    IMGUR_CLIENT_ID: emulator.client.client_id,
    IMGUR_CLIENT_SECRET: emulator.client.client_secret,
    IMGUR_REFRESH_TOKEN: '94294ec17cf55ac9650f0e040649d8985cf624d4',
  }
  const args = ['--conditions=@latchkey/source', '--input-type=module', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE, env })
  expect(stdout).toBe('200 rmp135\n')
})
