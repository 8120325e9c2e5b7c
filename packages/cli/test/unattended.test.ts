// Without a terminal, and when the user cancels.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { Client, imgur } from '@latchkey/core'
import { simulateUser, type SimulatedUser } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { fetchTransport } from '@latchkey/transport-fetch'
import { eachTestHasAUser, emulator, home, moveToAnotherHome } from './one-user.ts'
import { COMMAND, run, start } from './support.ts'

let somebody: SimulatedUser

eachTestHasAUser({ clients: [{ redirect_uri: 'http://127.0.0.1' }], rotation: 'strict' })
beforeEach(() => {
  const { account_username: username, password } = emulator.user
  somebody = simulateUser({ username, password })
})

/** Signs a user in, with an access token that has expired. */
async function signedInLongAgo(): Promise<void> {
  const client = new Client({
    ...emulator.client,
    redirect_uri: null,
    provider: imgur({ baseUrl: emulator.url }),
    transport: fetchTransport(),
    store: new FileTokenStore({ directory: join(home.path, 'data/latchkey') }),
  })
  const auth = client.Authorize.byCode()
  const tokens = await auth.authorize(await somebody.allow(auth.url))
  await client.import({ ...tokens, expires_in: 60, expires_at: Date.now() - 1 })
  await client.close()
}

const refreshes = (): number => emulator.ledger.filter(entry => entry.grant_type === 'refresh_token').length

test('latchkey token in eight shells at once causes one refresh, and all of them get its token', async () => {
  await signedInLongAgo()
  const shells = await Promise.all(Array.from({ length: 8 }, () => run(['token'], home)))
  expect(shells.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(shells.map(() => [0, '']))
  expect(new Set(shells.map(({ stdout }) => stdout)).size).toBe(1)
  expect(refreshes()).toBe(1)
})

test('without a terminal a PIN is a line of the input, and a wrong one is followed by the next', async () => {
  const login = start(['login', '--pin', '--json'], home)
  const url = await login.says(/in your browser:\s+(\S+)\n/)
  const pin = await somebody.readPin(await somebody.allow(url))
  login.type(`0000000000\n${pin}\n`)
  expect(await login.exitCode).toBe(0)
  expect(JSON.parse(login.stdout)).toMatchObject({
    provider: 'imgur',
    account: 'default',
    username: 'rmp135',
  })
})

test('if the input ends before the PIN is right, the last error is printed', async () => {
  expect(await run(['login', '--pin'], { ...home, input: '0000000000\n' })).toMatchObject({
    exitCode: 5,
    stdout: '',
    stderr: expect.stringContaining('Invalid Pin'),
  })
})

test.each(['', '\n'])('without a terminal, the input %j says that the client has no secret', async input => {
  const env = { ...home.env, GITHUB_CLIENT_ID: 'app', GITHUB_URL: emulator.url }
  const login = await run(['login', 'github', '--device'], { env, input })
  expect(login.stderr).toContain(`Applications are registered at ${emulator.url}/settings/developers\n`)
  expect(login.stderr).toContain('client_secret (Enter if it has none): ')
  // The emulator has no device flow, but the request was sent.
  expect(login.stderr).toContain('(HTTP 404): check the endpoint')
})

test.each([
  ['an input that has ended', '< /dev/null'],
  ['a closed one', '<&-'],
])('with %s, what would have to be typed cannot be', async (_, redirection) => {
  const child = spawn('sh', ['-c', `exec "$0" "$@" ${redirection}`, ...COMMAND, 'login', '--pin'], {
    env: home.env,
  })
  let errors = ''
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
  expect((await once(child, 'close'))[0]).toBe(5)
  expect(errors).toContain('the input ended before the answer')
})

test('without a browser, latchkey login chooses the PIN flow', async () => {
  const login = start(['login'], { env: { ...home.env, BROWSER: '' } })
  await login.says(/Open this page in a browser:\s+\S+response_type=pin\S*\n/)
  login.endInput()
  expect(await login.exitCode).toBe(5)
})

test.each(['the browser', 'xdg-open'])(
  '%s fails: that is reported, with the address, and the sign-in goes on',
  async program => {
    const failing = join(home.path, 'failing')
    writeFileSync(failing, '#!/bin/sh\nexit 3\n', { mode: 0o755 })
    const noBrowser = {
      BROWSER: '',
      DISPLAY: ':99',
      DE: 'generic',
      PATH: '/nowhere',
      XDG_DATA_DIRS: '/nowhere',
    }
    const env = { ...home.env, ...(program === 'xdg-open' ? noBrowser : { BROWSER: failing }) }
    const login = start(['login'], { env })
    const url = await login.says(/did not start \(exit code \d+\)\. Open this page yourself:\s+(\S+)\n/)
    await fetch(await somebody.allow(url))
    expect(await login.exitCode).toBe(0)
  },
)

test('a killed login: the next one removes its page', async () => {
  const old = join(home.path, 'latchkey-00000000-0000-4000-8000-000000000000.html')
  writeFileSync(old, 'state')
  utimesSync(old, 1, 1)
  const login = start(['login'], home)
  await login.says(/Waiting for your browser/)
  expect(existsSync(old)).toBe(false)
  login.process.kill('SIGINT')
  expect(await login.exitCode).toBe(130)
  expect(readdirSync(home.path).filter(name => name.startsWith('latchkey-'))).toEqual([])
})

test('a browser that cannot be started does not end the sign-in', async () => {
  const login = start(['login'], { env: { ...home.env, BROWSER: '/nowhere/browser' } })
  const url = await login.says(/Open this page in a browser:\s+(\S+)\n/)
  await fetch(await somebody.allow(url))
  expect(await login.exitCode).toBe(0)
})

/** The files of a home, apart from its browser. */
const kept = (): readonly string[] =>
  ['config', 'data']
    .map(name => join(home.path, name))
    .filter(existsSync)
    .flatMap(folder => readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    .filter(name => name.endsWith('.json') || name.includes('accounts/'))

/** Whether a loopback port is free. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const isOurs = await new Promise<boolean>(resolve =>
    server
      .once('error', () => resolve(false))
      .listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true)),
  )
  server.close()
  return isOurs
}

const portIn = (url: string): number => Number(new URL(new URL(url).searchParams.get('redirect_uri')!).port)

describe('Ctrl+C', () => {
  test.each([
    ['before the browser is redirected', ['login'], /Waiting for your browser/],
    ['before the PIN', ['login', '--pin'], /PIN:/],
    ['before the URL', ['login', '--paste'], /URL:/],
  ])('%s: nothing is written, and the port is free', async (_, args, until) => {
    const login = start(args, { ...home, terminal: true })
    const url = await login.says(/opens in your browser:\s+(\S+)\r?\n/)
    await login.says(until)
    login.type('\x03')
    expect(await login.exitCode).toBe(130)
    expect(kept()).toEqual([])
    if (args.length === 1) expect(await isFree(portIn(url))).toBe(true)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s without a terminal: the same', async signal => {
    const login = start(['login', '--port', String(await freePort())], home)
    const url = await login.says(/opens in your browser:\s+(\S+)\n/)
    await login.says(/Waiting for your browser/)
    expect(await isFree(portIn(url))).toBe(false)
    login.process.kill(signal)
    expect(await login.exitCode).toBe(130)
    expect(kept()).toEqual([])
    expect(await isFree(portIn(url))).toBe(true)
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

test.each([false, true])(
  'an error without a state is printed, and the login goes on (terminal: %p)',
  async terminal => {
    const login = start(['login'], { ...home, terminal })
    const url = await login.says(/opens in your browser:\s+(\S+)\r?\n/)
    const redirectUri = new URL(url).searchParams.get('redirect_uri')!
    await fetch(`${redirectUri}?error=access_denied&error_description=%1b[31mNo`)
    await login.says(
      /\n(the browser brought an error of another sign-in: 'access_denied:  ?\[31mNo'; still\s+waiting)\r?\n/,
    )
    await fetch(await somebody.allow(url))
    expect(await login.exitCode).toBe(0)
  },
)

test('a port in use is an error with a hint', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const login = await run(['login', '--port', String(port)], home)
  server.close()
  expect(login.exitCode).toBe(6)
  expect(login.stderr).toContain(`port ${port} on 127.0.0.1 is in use`)
  expect(login.stderr).toMatch(/use another port\. Start again with: latchkey login\n$/)
})

test('no secret is in the command line or the environment of the browser, or in the output', async () => {
  const { client_secret } = emulator.client
  const password = 'correct-horse'
  moveToAnotherHome({ LATCHKEY_STORE: '', GITHUB_CLIENT_SECRET: password })
  const login = start(['login'], home)
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  const opened = await home.opened()
  await fetch(await somebody.allow(url))
  expect(await login.exitCode).toBe(0)
  expect(opened).toMatchObject({ url, mode: '600' })
  expect(opened.command).toMatch(/^\S+latchkey-\S+\.html$/)
  expect(existsSync(opened.command)).toBe(false)
  expect(opened.environment).toContain('IMGUR_CLIENT_ID=')
  const { stdout: token } = await run(['token'], home)
  for (const secret of [client_secret, password, token.trim()])
    for (const place of [opened.command, opened.url, opened.environment, login.stdout, login.stderr])
      expect(place).not.toContain(secret)
})

test('a Redis password is rejected on the command line', async () => {
  expect(await run(['token', '--store', 'redis://:secret@127.0.0.1:1'], home)).toMatchObject({
    exitCode: 2,
    stderr: expect.not.stringContaining('secret@'),
  })
})

test('with --json every result and error is JSON', async () => {
  const { exitCode, stdout } = await run(['token', '--json'], home)
  expect(exitCode).toBe(3)
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'signed_out', message: expect.any(String), hint: 'Sign in with: latchkey login' },
  })
  await signedInLongAgo()
  expect(JSON.parse((await run(['token', '--json'], home)).stdout)).toEqual({
    access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
    expires_at: expect.any(Number),
  })
})

test('doctor reports why an account is signed out: here a token that was used elsewhere', async () => {
  await signedInLongAgo()
  const { refresh_token } = storedTokens()
  const { client_id, client_secret } = emulator.client
  const body = new URLSearchParams({ client_id, client_secret, grant_type: 'refresh_token', refresh_token })
  await fetch(`${emulator.url}/oauth2/token`, { method: 'POST', body })
  expect(await run(['token'], home)).toMatchObject({ exitCode: 3, stdout: '' })
  const { exitCode, stdout } = await run(['doctor'], home)
  expect(exitCode).toBe(9)
  expect(stdout).toMatch(
    /^!! imgur, account default.*: the server rejected the refresh token .* ago: it was revoked/m,
  )
  expect(stdout).toContain('-> latchkey login')
})

/** The tokens in the files. */
function storedTokens(): { readonly refresh_token: string } {
  const accounts = join(home.path, 'data/latchkey/accounts')
  const folder = join(accounts, readdirSync(accounts)[0]!)
  const newest = readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .at(-1)!
  return JSON.parse(readFileSync(join(folder, newest), 'utf8')).value.tokens
}
