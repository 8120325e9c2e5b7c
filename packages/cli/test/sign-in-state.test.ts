// What a sign-in saves, what it checks before the user is asked, and what it says about an account that is signed in.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Client, imgur } from '@latchkey/core'
import { simulateUser } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import { eachTestHasAUser, emulator, home } from './one-user.ts'
import { run, start } from './support.ts'

eachTestHasAUser()

const configFile = (): string => join(home.path, 'config/latchkey/config.json')
const configuration = () => JSON.parse(readFileSync(configFile(), 'utf8'))
const configure = (providers: object): void => {
  mkdirSync(dirname(configFile()), { recursive: true })
  writeFileSync(configFile(), JSON.stringify({ providers }), { mode: 0o600 })
}
const withoutVariables = () => ({
  env: { ...home.env, IMGUR_CLIENT_ID: '', IMGUR_CLIENT_SECRET: '', IMGUR_URL: '' },
})

async function signIn(login: ReturnType<typeof start>): Promise<number | null> {
  const url = await login.says(/in your browser:\s+(\S+)\r?\n/)
  const { account_username: username, password } = emulator.user
  await fetch(await simulateUser({ username, password }).allow(url))
  return login.exitCode
}

/** Stores a token for the client of the emulator. */
async function signedIn(): Promise<void> {
  const store = new FileTokenStore({ directory: join(home.path, 'data/latchkey') })
  const provider = imgur({ baseUrl: emulator.url })
  await using client = new Client({ ...emulator.client, redirect_uri: null, provider, store })
  await client.import({ access_token: 'first', token_type: 'Bearer', account_username: 'earlier' })
}

describe('what login saves', () => {
  test('client id and server from the environment, not the secret: token works without the variables', async () => {
    expect(await signIn(start(['login'], home))).toBe(0)
    const { client_id, client_secret } = emulator.client
    expect(configuration()).toEqual({
      providers: { imgur: { client_id, options: { baseUrl: emulator.url } } },
    })
    expect(readFileSync(configFile(), 'utf8')).not.toContain(client_secret)
    expect(await run(['token'], withoutVariables())).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('another client in the file stays, with its secret, and the user learns it', async () => {
    const imgur = { client_id: 'configured', client_secret: 's' }
    configure({ imgur })
    const login = start(['login'], home)
    expect(await signIn(login)).toBe(0)
    expect(configuration()).toEqual({ providers: { imgur } })
    expect(login.stderr).toContain(
      `IMGUR_CLIENT_ID must be ${emulator.client.client_id} to use this sign-in.\n`,
    )
  })
})

test('token without a client id names provider, client, account and folder', async () => {
  expect(await run(['token', '--account', 'work'], withoutVariables())).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: `no client_id is configured for imgur (provider imgur, no client, account work, in the folder ${home.path}/data/latchkey)
Sign in with: latchkey login --account work
`,
  })
})

test('token without a client id names the providers that have one, and the commands for them', async () => {
  configure({ gitlab: {}, github: { client_id: 'app' }, acme: { client_id: 'other' } })
  expect((await run(['token', '--format=header'], withoutVariables())).stderr).toContain(
    `)
Other providers are configured: acme, github. Use one with: latchkey token --provider acme --format=header
Or use it from now on: latchkey switch acme
Sign in with: latchkey login
`,
  )
  expect((await run(['token', '--provider', 'gitlab'], withoutVariables())).stderr).not.toContain('acme')
})

test('token for an account that is not signed in names the same', async () => {
  const { stderr } = await run(['token'], home)
  expect(stderr).toContain(
    `this account is not signed in (provider imgur, client ${emulator.client.client_id}, account default, in the folder ${home.path}/data/latchkey)\n`,
  )
})

test.each([
  [
    'the store',
    8,
    (env: Record<string, string>) => ({ ...env, LATCHKEY_STORE: join(home.path, 'file/store') }),
  ],
  [
    'the configuration',
    2,
    (env: Record<string, string>) => ({ ...env, LATCHKEY_CONFIG: join(home.path, 'file/config.json') }),
  ],
])('%s cannot be written: that is found before the user is asked', async (_, exit, change) => {
  writeFileSync(join(home.path, 'file'), 'a file where the folder would be')
  const { exitCode, stdout, stderr } = await run(['login'], {
    env: change(withoutVariables().env),
    input: 'id\nsecret\n',
  })
  expect([exitCode, stdout]).toEqual([exit, ''])
  expect(stderr).not.toContain('client_id at')
  expect(stderr).not.toContain('browser')
})

describe('an account that is signed in', () => {
  const already = /The account default of imgur is already signed in as earlier/

  test.each(['n', ''])('at a terminal login asks, and %j keeps it', async answer => {
    await signedIn()
    const login = start(['login'], { ...home, terminal: true })
    await login.says(already)
    await login.says(/Sign in again\? \(y\/N\):/)
    login.type(`${answer}\r`)
    await login.says(/Nothing was changed\./)
    expect(await login.exitCode).toBe(0)
    expect((await run(['token'], home)).stdout).toBe('first\n')
  })

  test.each([
    [['login'], true],
    [['login', '--yes'], true],
    [['login'], false],
  ])(
    '%j with a terminal (%j) replaces it: after yes, with --yes, or without a terminal',
    async (args, terminal) => {
      await signedIn()
      const login = start(args, { ...home, terminal })
      await login.says(already)
      if (terminal && args.length === 1) {
        await login.says(/Sign in again\? \(y\/N\):/)
        login.type('y\r')
      }
      expect(await signIn(login)).toBe(0)
      expect((await run(['token'], home)).stdout).toMatch(/^[0-9a-f]{40}\n$/)
    },
  )
})

describe('login --with-token', () => {
  test.each([
    ['a token alone', 'a-token\n', 'a-token'],
    [
      'JSON',
      JSON.stringify({ access_token: 'of-json', token_type: 'Bearer', account_username: 'me' }),
      'of-json',
    ],
  ])('%s', async (_, input, token) => {
    const login = await run(['login', '--with-token', '--json'], { ...home, input })
    expect(login).toMatchObject({ exitCode: 0 })
    expect(login.stdout + login.stderr).not.toContain(token)
    expect(await run(['token'], withoutVariables())).toMatchObject({ exitCode: 0, stdout: `${token}\n` })
  })

  test.each([
    ['two words', 'visible ASCII'],
    ['{"access_token":"secret-', 'the input is not JSON\n'],
    ['{"id_token":"secret"}', 'must have an access_token'],
    ['', 'the input has no token'],
  ])('the input %j is rejected, and not quoted', async (input, words) => {
    const login = await run(['login', '--with-token'], { ...home, input })
    expect(login).toMatchObject({
      exitCode: input === '' ? 5 : 2,
      stdout: '',
      stderr: expect.stringContaining(words),
    })
    expect(login.stderr).not.toMatch(/two words|secret/)
    expect(existsSync(configFile())).toBe(false)
  })

  test('at a terminal it says what to do', async () => {
    const login = start(['login', '--with-token'], { env: home.env, terminal: true })
    await login.says(/Paste the tokens\. Then press Enter and Ctrl\+D\.\r\n/)
    login.type('a-token\r\x04')
    await login.says(/Signed in to imgur\./)
  })

  test('without a client id it does not take the token for one', async () => {
    const login = await run(['login', '--with-token'], { ...withoutVariables(), input: 'a-token\n' })
    expect(login).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^no client_id is configured for imgur\nSet IMGUR_CLIENT_ID /),
    })
  })
})
