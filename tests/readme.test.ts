// The first program of README.md, run as a person would run it: their own file, their own process.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { type Emulator, person, startEmulator } from '@latchkey/emulator'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A program of README.md in a process of its own, with the emulator's address in it: the one thing to add. */
async function running(
  mark: RegExp,
  emulator: Emulator,
  more: (folder: string) => NodeJS.ProcessEnv = () => ({}),
) {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const program = new RegExp(`${mark.source}\\n\\n\`\`\`ts\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? ''
  const toEmulator = program
    .replace('import { Client }', 'import { Client, imgur }')
    .replace('new Client({', `new Client({\n  provider: imgur({ baseUrl: '${emulator.url}' }),`)
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-readme-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'program.mts'), toEmulator)
  const { client_id: IMGUR_CLIENT_ID, client_secret: IMGUR_CLIENT_SECRET } = emulator.client
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', join(folder, 'program.mts')], {
    env: { ...process.env, NODE_OPTIONS: '', IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET, ...more(folder) },
  })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output.text += String(data)))
  const ended = new Promise(resolve => child.on('exit', resolve))
  return {
    program,
    child,
    ended,
    output,
    said: (wanted: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = wanted.exec(output.text)
          if (found) resolve(found)
        }
        child.stdout.on('data', look)
        child.on('exit', () => reject(new Error(`it ended without saying ${wanted}:\n${output.text}`)))
        look()
      }),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

const someoneOf = ({ user }: Emulator) => person({ username: user.account_username, password: user.password })

test('the first program signs a person in by PIN', async () => {
  await using emulator = await startEmulator()
  await using run = await running(/<!-- program: .*-->/, emulator)
  expect(run.program.trim().split('\n').length).toBeLessThanOrEqual(20)

  const [, url = ''] = await run.said(/Open (\S+)/)
  const someone = someoneOf(emulator)
  run.child.stdin.write(`${await someone.readPin(await someone.allow(url))}\n`)

  expect(await run.ended).toBe(0)
  expect(run.output.text).toContain('Signed in as rmp135')
  expect(run.output.text).toContain("access_token: '[redacted]'")
})

test('the web server signs a person in, in the browser that began, once', async () => {
  await using emulator = await startEmulator()
  await using run = await running(/<!-- web server: .*-->/, emulator, folder => ({
    TOKENS: join(folder, 'tokens'),
    PORT: '0',
  }))
  const [, port = ''] = await run.said(/Open (\d+)/)
  const ask = async (path: string, cookie = '') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: 'manual',
      headers: { cookie },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  const begun = await ask('/albums')
  expect(begun.headers.get('set-cookie')).toMatch(
    /^__Host-login=[0-9a-f]{32}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
  )
  const [cookie = ''] = begun.headers.get('set-cookie')!.split(';')
  const redirect = new URL(await someoneOf(emulator).allow(begun.headers.get('location')!))
  const callback = `/callback${redirect.search}`

  expect(await ask(callback)).toMatchObject({ status: 400, text: 'binding_mismatch' })
  expect(await ask(callback, cookie)).toMatchObject({
    status: 200,
    text: 'Signed in as rmp135, on the way to /albums',
  })
  expect(await ask(callback, cookie)).toMatchObject({ status: 400, text: 'callback_replayed' })
})
