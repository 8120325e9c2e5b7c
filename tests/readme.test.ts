// The first program of README.md, run as a person would run it: their own file, their own process.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { person, startEmulator } from '@latchkey/emulator'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

test('the first program signs a person in by PIN', async () => {
  await using emulator = await startEmulator()
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const program = /<!-- program: .*-->\n\n```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  expect(program.trim().split('\n').length).toBeLessThanOrEqual(20)

  // As the README says: the emulator's address is the one thing to add.
  const toEmulator = program
    .replace('import { Client }', 'import { Client, imgur }')
    .replace('new Client({', `new Client({\n  provider: imgur({ baseUrl: '${emulator.url}' }),`)
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-readme-'))
  try {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'program.mts'), toEmulator)
    const { client_id: IMGUR_CLIENT_ID, client_secret: IMGUR_CLIENT_SECRET } = emulator.client
    const child = spawn(process.execPath, ['--conditions=@latchkey/source', join(folder, 'program.mts')], {
      env: { ...process.env, NODE_OPTIONS: '', IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET },
    })
    let output = ''
    const said = (wanted: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = wanted.exec(output)
          if (found) resolve(found)
        }
        child.stdout.on('data', look)
        child.on('exit', () => reject(new Error(`it ended without saying ${wanted}:\n${output}`)))
        look()
      })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += String(data)))
    const ended = new Promise(resolve => child.on('exit', resolve))

    const [, url = ''] = await said(/Open (\S+)/)
    const someone = person({ username: emulator.user.account_username, password: emulator.user.password })
    child.stdin.write(`${await someone.readPin(await someone.allow(url))}\n`)

    expect(await ended).toBe(0)
    expect(output).toContain('Signed in as rmp135')
    expect(output).toContain("access_token: '[redacted]'")
  } finally {
    await rm(folder, { recursive: true })
  }
})
