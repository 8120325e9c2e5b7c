// Runs the programs of the READMEs as a user would: each in its own file and process.
import { globSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { Client, encrypted, type TokenStore } from '@latchkey/core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { fakeClock } from '@latchkey/test-kit'
import { Server } from '../packages/storage-redis/test/servers.ts'
import { launchChromium } from '../tools/chromium.ts'
import { signIn } from './processes/workers.ts'
import {
  environmentOf,
  FILES,
  folderWith,
  PROGRAMS,
  request,
  startSite,
  towards,
  userOf,
} from './readme-programs.ts'
import { listen, type Listening } from './servers/listen.ts'
import { clientOf, collected } from './support.ts'

const REFRESH_TOKEN = '94294ec17cf55ac9650f0e040649d8985cf624d4'

/** Returns a folder with the program of that name, for the emulator. */
const folderOf = (name: string, emulator: Emulator) =>
  folderWith(towards(emulator, name), environmentOf(emulator))

test('every program that is marked as run here is run', () => {
  expect([...PROGRAMS.keys()]).toEqual([
    'GitHub',
    'Imgur',
    'change the store',
    'test of a small description',
    'test of a description',
    'metrics',
    'next-auth',
    'replace the key',
    'erase a user',
    'test',
    'page',
    'script',
    'web server',
    'renewal',
    'web server by hand',
    'keepTokens',
    'exit',
  ])
})

test('the script signs a user in by PIN, and needs no sign-in the next time', async () => {
  expect(PROGRAMS.get('script')!.trim().split('\n').length).toBeLessThanOrEqual(25)
  await using emulator = await startEmulator()
  await using folder = await folderOf('script', emulator)
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

test('GitHub: the user types a code once, and the next run has the token', async () => {
  expect(PROGRAMS.get('GitHub')!.trim().split('\n').length).toBeLessThanOrEqual(15)
  const github = await startGithub()
  await using _ = { [Symbol.asyncDispose]: github.close }
  const program = PROGRAMS.get('GitHub')!
    .replace('github()', `github({ baseUrl: '${github.url}' })`)
    .replace('https://api.github.com', `${github.url}/api/v3`)
  await using folder = await folderWith(program, { GITHUB_CLIENT_ID: 'app' })
  const env = { HOME: folder.path, XDG_DATA_HOME: folder.path }
  await using run = folder.start(env)
  expect(await run.ended).toBe(0)
  expect(run.output.text).toBe(`Open ${github.url}/login/device and type WDJB-MJHT\nYou are octocat\n`)
  await using again = folder.start(env)
  expect(await again.ended).toBe(0)
  expect(again.output.text).toBe('You are octocat\n')
})

/** Starts a server with GitHub's device flow, for a user who has typed the code already, and its API. */
async function startGithub(): Promise<Listening> {
  return listen(url => (request, response) => {
    const bodies: Readonly<Record<string, object>> = {
      '/login/device/code': {
        device_code: 'd',
        user_code: 'WDJB-MJHT',
        verification_uri: `${url}/login/device`,
        expires_in: 900,
        interval: 1,
      },
      '/login/oauth/access_token': { access_token: 'gho_1', token_type: 'bearer', scope: '' },
      '/api/v3/user': { id: 1, login: 'octocat' },
    }
    const isRejected = request.url === '/api/v3/user' && request.headers.authorization !== 'Bearer gho_1'
    response.writeHead(isRejected ? 401 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isRejected ? {} : bodies[request.url!]))
  })
}

test('Imgur: the four ways, as the original examples have them', async () => {
  await using emulator = await startEmulator()
  const program = PROGRAMS.get('Imgur')!
    .replace('import { Client }', 'import { Client, imgur, setDefaults }')
    .replace(
      '\nconst client',
      `\nsetDefaults({ provider: imgur({ baseUrl: '${emulator.url}' }) })\nconst client`,
    )
  await using folder = await folderWith(program, environmentOf(emulator))
  await using run = folder.start()
  expect(await run.ended).toBe(0)
  const line = (type: string) =>
    `${emulator.url}/oauth2/authorize?client_id=43652b743b5a7a0&response_type=${type}&state=application%20state\n`
  expect(run.output).toEqual({
    text: `${line('code')}${line('token')}${line('pin')}null\n`,
    errors: 'Latchkey: there is no refresh token: sign in, or pass one\n',
  })
})

test('the client refreshes the given token', async () => {
  await using emulator = await startEmulator()
  await using folder = await folderOf('renewal', emulator)
  await using run = folder.start({ IMGUR_REFRESH_TOKEN: REFRESH_TOKEN })
  expect(await run.ended).toBe(0)
  expect(run.output.text).toMatch(/^refreshed, generation \d+\nlive imported true\n$/)
})

test('metrics: every event is counted, by provider', async () => {
  await using folder = await folderWith(PROGRAMS.get('metrics')!, {})
  await using run = folder.start()
  expect(await run.ended).toBe(0)
  expect(run.output.text).toBe("Map(2) { 'imgur signed-in' => 1, 'imgur signed-out' => 1 }\n")
})

test('erase a user: nothing about the user is left, but a process that remembers the tokens brings them back', async () => {
  await using emulator = await startEmulator()
  await using folder = await folderOf('erase a user', emulator)
  const store = new FileTokenStore({ directory: join(folder.path, 'tokens') })
  const client = clientOf(emulator, { store })
  for (const name of ['ada', 'grace'])
    await client.account(name).import({ access_token: name, refresh_token: `r-${name}`, expires_in: 3600 })
  const other = clientOf(emulator, { store }).account('ada')
  expect((await other.status()).status).toBe('live')
  const erase = async (): Promise<string[]> => {
    await using run = folder.start({ ACCOUNT: 'ada' })
    expect(await run.ended).toBe(0)
    expect(run.output.text).toBe('still stored: grace\n')
    const paths = globSync('tokens/**', { cwd: folder.path, withFileTypes: true })
    return paths.filter(at => at.isFile()).map(at => readFileSync(join(at.parentPath, at.name), 'utf8'))
  }
  expect((await erase()).filter(text => text.includes('ada'))).toEqual([])
  expect(await clientOf(emulator, { store }).account('ada').status()).toMatchObject({
    status: 'signedOut',
    because: 'never-signed-in',
  })
  expect((await other.status()).status).toBe('live') // it has not read the tombstone
  expect((await erase()).filter(text => text.includes('ada'))).toEqual([])
})

test('the test of a program passes', async () => {
  await using folder = await folderWith(PROGRAMS.get('test')!, {})
  await using run = folder.start()
  expect(await run.ended).toBe(0)
  expect(run.output.text).toContain('an expired token is refreshed')
})

test('replace the key: idle accounts are encrypted with the new key, and the old one may go', async () => {
  const [older, newer] = [1, 2].map(byte => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array]
  await using folder = await folderWith(PROGRAMS.get('replace the key')!, {})
  const files = new FileTokenStore({ directory: join(folder.path, 'tokens') })
  const clientWith = (...keys: Uint8Array[]): Client =>
    new Client({ client_id: 'c', store: encrypted(files, { keys: async () => keys }) })
  const before = clientWith(older)
  await before.import({ access_token: 'idle', expires_in: 3600 })
  await before.account('ada').import({ access_token: 'also-idle', expires_in: 3600 })
  await before.Authorize.byCode().save()
  const lines = [newer, older].map(key => Buffer.from(key).toString('hex'))
  await writeFile(join(folder.path, 'keys'), lines.join('\n'), { mode: 0o600 })
  await using run = folder.start()
  expect([await run.ended, run.output.text]).toEqual([0, ''])
  const after = clientWith(newer)
  expect(await after.accessToken()).toBe('idle')
  expect(await after.account('ada').accessToken()).toBe('also-idle')
})

test('change the store: accounts are copied once, encrypted ones too, and nobody signs in again', async () => {
  const server = await Server.start()
  await using folder = await folderWith(PROGRAMS.get('change the store')!, { REDIS_URL: server.url })
  const key = new Uint8Array(32).fill(1)
  const files = new FileTokenStore({ directory: join(folder.path, 'tokens') })
  const redis = new RedisTokenStore({ url: server.url })
  const clientOn = (store: TokenStore): Client => new Client({ client_id: 'c', store })
  const sealed = (store: TokenStore): Client => clientOn(encrypted(store, { keys: async () => [key] }))
  await clientOn(files).import({ access_token: 'plain', expires_in: 3600 })
  await sealed(files).account('ada').import({ access_token: 'encrypted', expires_in: 3600 })
  await clientOn(files).Authorize.byCode().save()
  await using first = folder.start()
  expect([await first.ended, first.output.text.match(/copied/g)]).toEqual([0, ['copied', 'copied']])
  expect(await clientOn(redis).accessToken()).toBe('plain')
  expect(await sealed(redis).account('ada').accessToken()).toBe('encrypted')
  await clientOn(redis).import({ access_token: 'newer', expires_in: 3600 })
  await using again = folder.start()
  expect([await again.ended, again.output.text.match(/was there/g)]).toEqual([0, ['was there', 'was there']])
  expect(await clientOn(redis).accessToken()).toBe('newer')
  await redis.close()
})

test('test of a small description: it passes, and fails if the description sends codes otherwise', async () => {
  const preset = FILES.get('provider.ts')!
  await using folder = await folderWith(PROGRAMS.get('test of a small description')!, {})
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder.path, 'provider.ts'), preset)
  await using run = folder.start()
  expect([await run.ended, run.output.errors]).toEqual([0, ''])
  await writeFile(
    join(folder.path, 'provider.ts'),
    preset.replace("name: 'acme',", "$& tokenRequestFormat: 'json',"),
  )
  await using wrong = folder.start()
  expect(await wrong.ended).toBe(1)
  expect(wrong.output.text).toContain('grant_type=authorization_code')
})

test('test of a description: a preset that follows its fixture passes, and one that does not fails', async () => {
  const [facts, preset] = [FILES.get('acme-facts.ts')!, FILES.get('acme.ts')!]
  await using folder = await folderWith(PROGRAMS.get('test of a description')!, {})
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder.path, 'acme-facts.ts'), facts)
  await writeFile(join(folder.path, 'acme.ts'), preset)
  await using run = folder.start()
  expect([await run.ended, run.output.errors]).toEqual([0, ''])
  await writeFile(join(folder.path, 'acme.ts'), preset.replace("scopeSeparator: ',',", ''))
  await using wrong = folder.start()
  expect(await wrong.ended).toBe(1)
  expect(wrong.output.text).toContain('Commas separate the scopes.')
})

test('next-auth: every account of the table is imported once, and its refresh token works', async () => {
  const users = [1, 2].map(id => ({ account_id: id, account_username: `user${id}`, password: 'p' }))
  await using emulator = await startEmulator({ users })
  const rows = users.map(async ({ account_username: username, password }) => {
    const client = clientOf(emulator)
    const { url, authorize } = client.Authorize.byCode()
    return authorize(await simulateUser({ username, password }).allow(url))
  })
  const [first, second] = await Promise.all(rows)
  const program = PROGRAMS.get('next-auth')!
    .replace("import { google } from '@latchkey/providers'", "import { imgur } from '@latchkey/core'")
    .replace('google()', `imgur({ baseUrl: '${emulator.url}' })`)
  await using folder = await folderWith(program, {
    AUTH_GOOGLE_ID: emulator.client.client_id,
    AUTH_GOOGLE_SECRET: emulator.client.client_secret,
  })
  using database = new DatabaseSync(join(folder.path, 'dev.db'))
  // What Prisma makes of the model in the documentation of its adapter.
  database.exec(`CREATE TABLE "Account" ("id" TEXT PRIMARY KEY, "userId" TEXT, "type" TEXT, "provider" TEXT,
    "providerAccountId" TEXT, "refresh_token" TEXT, "access_token" TEXT, "expires_at" INTEGER, "token_type" TEXT,
    "scope" TEXT, "id_token" TEXT, "session_state" TEXT)`)
  const insert = database.prepare(
    `INSERT INTO "Account" (id, type, provider, providerAccountId, access_token, refresh_token, expires_at, token_type)
     VALUES (?, 'oauth', ?, ?, ?, ?, ?, 'bearer')`,
  )
  const nowS = Math.floor(Date.now() / 1000)
  insert.run('a', 'google', '1', first!.access_token, first!.refresh_token!, nowS - 60)
  insert.run('b', 'google', '2', second!.access_token, second!.refresh_token!, nowS + 3600)
  insert.run('c', 'google', '3', null, null, null)
  insert.run('d', 'github', '4', 'of-github', null, null)

  await using run = folder.start()
  expect([await run.ended, run.output.text]).toEqual([0, 'imported 2 of 2 accounts\n'])
  const client = clientOf(emulator, { store: new FileTokenStore({ directory: join(folder.path, 'tokens') }) })
  expect(await collected(client.accounts())).toHaveLength(2)
  const refreshed = await client.account('1').accessToken()
  expect(refreshed).not.toBe(first!.access_token)
  expect(await client.account('2').accessToken()).toBe(second!.access_token)

  await using again = folder.start()
  expect([await again.ended, again.output.text]).toEqual([0, 'imported 0 of 2 accounts\n'])
  expect(await client.account('1').accessToken()).toBe(refreshed)
})

test('keepTokens keeps the tokens of another library', async () => {
  await using emulator = await startEmulator()
  await using folder = await folderOf('keepTokens', emulator)
  await using run = folder.start({ TOKEN_ENDPOINT: `${emulator.url}/oauth2/token`, REFRESH_TOKEN })
  expect(await run.ended).toBe(0)
  expect(run.output.text).toBe('true\n')
})

test.each([
  ['waits, and the user stays signed in', true],
  ['would otherwise lose the response, and the user must sign in again', false],
])('SIGTERM during a refresh in the background, on a strict server: the program %s', async (_, settles) => {
  await using emulator = await startEmulator({ rotation: 'strict', expiresIn: 3600 })
  const source = towards(emulator, 'exit')
  const program = settles ? source : source.replace(/await client\.settled.*/, '')
  expect(program.includes('settled')).toBe(settles)
  await using folder = await folderWith(program, environmentOf(emulator))
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
  await (settles ? sleep(200) : run.ended)
  emulator.clock.advance(50)
  await run.ended
  const { refresh_token = '' } = (await clientOf(emulator, { store }).tokens())!
  const { client_id, client_secret } = emulator.client
  const body = new URLSearchParams({ client_id, client_secret, grant_type: 'refresh_token', refresh_token })
  const response = await fetch(`${emulator.url}/oauth2/token`, { method: 'POST', body })
  expect(response.ok).toBe(settles)
})

test('the page signs a user in, and another tab shows it too', async () => {
  await using site = await startSite()
  const page = `${site.url}/`
  await using emulator = await startEmulator({
    clients: [{ client_id: '43652b743b5a7a0', client_secret: 'secret', redirect_uri: page }],
  })
  await site.show(towards(emulator, 'page'))
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
  }
})

test('the web server signs a user in once, in the browser that started', async () => {
  await using emulator = await startEmulator()
  await using folder = await folderOf('web server by hand', emulator)
  await using run = folder.start({ PORT: '0' })
  const [, port = ''] = await run.printed(/port: (\d+)/)
  const started = await request(port, '/albums')
  expect(started.headers.get('set-cookie')).toMatch(
    /^__Host-login=[0-9a-f]{32}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
  )
  const [cookie = ''] = started.headers.get('set-cookie')!.split(';')
  const redirect = new URL(await userOf(emulator).allow(started.headers.get('location')!))
  const callback = `/callback${redirect.search}`

  expect(await request(port, callback)).toMatchObject({ status: 400, text: 'binding_mismatch' })
  expect(await request(port, callback, { cookie })).toMatchObject({
    status: 200,
    text: 'Signed in as 4118974, on the way to /albums',
  })
  expect(await request(port, callback, { cookie })).toMatchObject({ status: 400, text: 'callback_replayed' })
})
