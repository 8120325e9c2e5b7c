// Runs the programs of the READMEs as a user would: each in its own file and process.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fakeClock } from '@latchkey/test-kit'
import { build } from 'esbuild'
import { launchChromium } from '../tools/chromium.ts'
import { signIn } from './processes/workers.ts'
import { clientOf } from './support.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const REFRESH_TOKEN = '94294ec17cf55ac9650f0e040649d8985cf624d4'

/** The programs that are marked as run here, by name. */
const PROGRAMS = new Map(
  ['README.md', 'packages/core/README.md'].flatMap(path =>
    [
      ...readFileSync(join(ROOT, path), 'utf8').matchAll(
        /<!-- program, (.*): run by tests\/readme.test.ts -->\n\n```ts\n([\s\S]*?)```/g,
      ),
    ].map(([, name, code]) => [name, code!] as const),
  ),
)

/** Returns the program with the emulator's address added, which is the only change. */
const towards = ({ url }: Emulator, program: string): string =>
  program
    .replace('import { Client', 'import { imgur, Client')
    .replace('new Client({', `new Client({\n  provider: imgur({ baseUrl: '${url}' }),`)

/** Returns a folder with a program that can be started there several times. */
async function folderWith(name: string, emulator: Emulator, program = PROGRAMS.get(name)!) {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-readme-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'program.mts'), towards(emulator, program))
  return {
    path: folder,
    start: (env: NodeJS.ProcessEnv = {}) => running(folder, emulator, env),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true })
    },
  }
}

function running(cwd: string, emulator: Emulator, more: NodeJS.ProcessEnv) {
  const { client_id: IMGUR_CLIENT_ID, client_secret: IMGUR_CLIENT_SECRET } = emulator.client
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', 'program.mts'], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', IMGUR_CLIENT_ID, IMGUR_CLIENT_SECRET, ...more },
  })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output.text += String(data)))
  const ended = new Promise(resolve => child.on('exit', resolve))
  return {
    child,
    ended,
    output,
    printed: (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = pattern.exec(output.text)
          if (found) resolve(found)
        }
        child.stdout.on('data', check)
        child.on('exit', () => reject(new Error(`it ended without printing ${pattern}:\n${output.text}`)))
        check()
      }),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}

const userOf = ({ user }: Emulator) =>
  simulateUser({ username: user.account_username, password: user.password })

test('every program that is marked as run here is run', () => {
  expect([...PROGRAMS.keys()]).toEqual(['script', 'web server', 'page', 'renewal', 'keepTokens', 'exit'])
})

test('the script signs a user in by PIN, and needs no sign-in the next time', async () => {
  expect(PROGRAMS.get('script')!.trim().split('\n').length).toBeLessThanOrEqual(25)
  await using emulator = await startEmulator()
  await using folder = await folderWith('script', emulator)
  {
    await using run = folder.start()
    const [, url = ''] = await run.printed(/Open (\S+)/)
    const user = userOf(emulator)
    run.child.stdin.write(`${await user.readPin(await user.allow(url))}\n`)
    expect(await run.ended).toBe(0)
  }
  await using again = folder.start()
  expect(await again.ended).toBe(0)
  expect(again.output.text).toMatch(/^\{\n  access_token: '\[redacted\]'/)
  expect(again.output.text).toContain("account_username: 'rmp135'")
  expect(again.output.text).toMatch(/Authorization: Bearer \w{4}\.\.\.\n$/)
})

test('the client refreshes the given token', async () => {
  await using emulator = await startEmulator()
  await using folder = await folderWith('renewal', emulator)
  await using run = folder.start({ IMGUR_REFRESH_TOKEN: REFRESH_TOKEN })
  expect(await run.ended).toBe(0)
  expect(run.output.text).toMatch(/^refreshed, generation \d+\nlive imported true\n$/)
})

test('keepTokens keeps the tokens of another library', async () => {
  await using emulator = await startEmulator()
  await using folder = await folderWith('keepTokens', emulator)
  await using run = folder.start({ TOKEN_ENDPOINT: `${emulator.url}/oauth2/token`, REFRESH_TOKEN })
  expect(await run.ended).toBe(0)
  expect(run.output.text).toBe('true\n')
})

test.each([
  ['waits, and the user stays signed in', true],
  ['would otherwise lose the response, and the user must sign in again', false],
])('SIGTERM during a refresh in the background, on a strict server: the program %s', async (_, settles) => {
  await using emulator = await startEmulator({ rotation: 'strict', expiresIn: 3600 })
  const source = PROGRAMS.get('exit')!
  const program = settles ? source : source.replace(/await client\.settled.*/, '')
  expect(program.includes('settled')).toBe(settles)
  await using folder = await folderWith('exit', emulator, program)
  // It has signed in almost an hour ago, so a refresh is due.
  const store = new FileTokenStore({ directory: join(folder.path, 'tokens') })
  const signedIn = clientOf(emulator, { store, clock: fakeClock({ nowMs: Date.now() - 3_400_000 }) })
  await signIn(signedIn, emulator)
  await using run = folder.start()
  const [, port] = await run.printed(/port: (\d+)/)
  emulator.faults.add({ kind: 'delay', ms: 50, at: 'after', grant_type: 'refresh_token' })
  await fetch(`http://127.0.0.1:${port}`) // reads the token
  await fetch(`http://127.0.0.1:${port}`) // starts the refresh
  await emulator.clock.sleeping()
  run.child.kill('SIGTERM')
  await sleep(200)
  emulator.clock.advance(50)
  await run.ended
  const { refresh_token = '' } = (await clientOf(emulator, { store }).tokens())!
  const { client_id, client_secret } = emulator.client
  const body = new URLSearchParams({ client_id, client_secret, grant_type: 'refresh_token', refresh_token })
  const response = await fetch(`${emulator.url}/oauth2/token`, { method: 'POST', body })
  expect(response.ok).toBe(settles)
})

test('the page signs a user in, and another tab shows it too', async () => {
  let script = ''
  const site = createServer((_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><title>App</title><script type="module">${script}</script>`),
  ).listen(0, '127.0.0.1')
  await new Promise(listening => site.once('listening', listening))
  const page = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
  await using emulator = await startEmulator({
    clients: [{ client_id: '43652b743b5a7a0', client_secret: 'secret', redirect_uri: page }],
  })
  const contents = towards(emulator, PROGRAMS.get('page')!)
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(ROOT, 'tests'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@latchkey/source'],
  })
  script = outputFiles[0]!.text
  const browser = await launchChromium()
  try {
    const context = await browser.newContext()
    const tab = await context.newPage()
    await tab.goto(page)
    await tab.getByLabel('Username').fill(emulator.user.account_username)
    await tab.getByLabel('Password').fill(emulator.user.password)
    const message = tab.waitForEvent('console')
    await tab.getByRole('button', { name: 'Allow' }).click()
    expect((await message).text()).toBe('Signed in as rmp135')
    expect(tab.url()).toBe(page)

    const other = await context.newPage()
    const otherMessage = other.waitForEvent('console')
    await other.goto(page)
    expect((await otherMessage).text()).toBe('Signed in as rmp135')
  } finally {
    await browser.close()
    site.close()
  }
}, 60_000)

test('the web server signs a user in once, in the browser that started', async () => {
  await using emulator = await startEmulator()
  await using folder = await folderWith('web server', emulator)
  await using run = folder.start({ PORT: '0' })
  const [, port = ''] = await run.printed(/port: (\d+)/)
  const request = async (path: string, cookie = '') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: 'manual',
      headers: { cookie },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  const started = await request('/albums')
  expect(started.headers.get('set-cookie')).toMatch(
    /^__Host-login=[0-9a-f]{32}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
  )
  const [cookie = ''] = started.headers.get('set-cookie')!.split(';')
  const redirect = new URL(await userOf(emulator).allow(started.headers.get('location')!))
  const callback = `/callback${redirect.search}`

  expect(await request(callback)).toMatchObject({ status: 400, text: 'binding_mismatch' })
  expect(await request(callback, cookie)).toMatchObject({
    status: 200,
    text: 'Signed in as 4118974, on the way to /albums',
  })
  expect(await request(callback, cookie)).toMatchObject({ status: 400, text: 'callback_replayed' })
})
