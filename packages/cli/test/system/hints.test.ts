// Every command that a hint or `doctor` recommends works when it is pasted into a shell.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { Client, imgur, type Provider } from '@latchkey/core'
import { simulateUser } from '@latchkey/emulator'
import { okta, shopify } from '@latchkey/providers'
import { FileTokenStore } from '@latchkey/storage-fs'
import { eachTestHasAUser, emulator, home, moveToAnotherHome } from '../one-user.ts'
import { commandIn, paste, run, start, startText } from '../support.ts'

eachTestHasAUser()

const somebody = () => {
  const { account_username: username, password } = emulator.user
  return simulateUser({ username, password })
}
const configFile = (): string => join(home.path, 'config/latchkey/config.json')
const configure = (configuration: object): void => {
  mkdirSync(dirname(configFile()), { recursive: true })
  writeFileSync(configFile(), JSON.stringify(configuration), { mode: 0o600 })
}
/** Stores an account that was signed out. */
async function signedOut(provider: Provider, client_id = 'x'): Promise<void> {
  const store = new FileTokenStore({ directory: join(home.path, 'data/latchkey') })
  await using client = new Client({ client_id, provider, store })
  await client.import({ access_token: 'a' })
  await client.signOut()
}
/** The actions of `doctor`, by topic. */
async function actions(args: readonly string[], env = {}): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await run(['doctor', '--json', ...args], { env: { ...home.env, ...env } })
  const { findings } = JSON.parse(stdout) as { findings: { topic: string; action?: string }[] }
  return Object.fromEntries(findings.flatMap(({ topic, action }) => (action ? [[topic, action]] : [])))
}

test.each([
  ['nothing', {}, [], 'latchkey login'],
  ['a provider', {}, ['--provider', 'github'], 'latchkey login github'],
  ['an account', {}, ['--account', "it's $(me)"], `latchkey login --account 'it'\\''s $(me)'`],
  [
    'Imgur, when another one is configured',
    { provider: 'github' },
    ['--provider', 'imgur'],
    'latchkey login imgur',
  ],
  [
    'the account default, when another one is configured',
    { account: 'work' },
    ['--account', 'default'],
    'latchkey login --account default',
  ],
  ['a store', {}, ['--store', './my tokens'], `latchkey login --store './my tokens'`],
])('token with %s: the hint signs in to the same account', async (_, configuration, args, command) => {
  configure(configuration)
  const { exitCode, stderr } = await run(['token', ...args], home)
  expect([exitCode, stderr.split('\n')[1]]).toEqual([3, `Sign in with: ${command}`])
})

test('the command of a hint can be pasted, and signs in to the same account', async () => {
  const store = join(home.path, 'my tokens')
  const args = ['--account', "it's $(me)", '--store', store]
  const { stderr } = await run(['token', ...args], home)
  const login = startText(commandIn(stderr), home)
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  await fetch(await somebody().allow(url))
  expect(await login.exitCode).toBe(0)
  expect(await run(['token', ...args], home)).toMatchObject({ exitCode: 0 })
})

test('npx: the hint calls it as the user did', async () => {
  const { stderr } = await run(['token'], { env: { ...home.env, npm_command: 'exec' } })
  expect(stderr).toContain('Sign in with: npx @latchkey/cli login\n')
  const usage = await run(['token', '--nonsense'], { env: { ...home.env, npm_command: 'exec' } })
  expect(usage.stderr).toContain('See: npx @latchkey/cli token --help\n')
})

test.each([
  [['nonsense'], 'See: latchkey --help'],
  [['token', '--nonsense'], 'See: latchkey token --help'],
  [['login', '--port', 'x'], 'See: latchkey login --help'],
  [['token', '--provider', 'nobody'], 'See: latchkey login --help'],
])('%j: %s', async (args, hint) => {
  const { stderr } = await run(args, home)
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(hint)
  expect((await paste(commandIn(hint), home)).exitCode).toBe(0)
})

test.each([
  ['localhost:4400', 'http://localhost:4400'],
  ['127.0.0.1:4400/a b', undefined],
  ['login.example.com/tenant', 'https://login.example.com/tenant'],
  ['login.example.com:8443', 'https://login.example.com:8443'],
  ['github-x', undefined],
])('login %s: a host gets the URL that it stands for', async (host, url) => {
  const { exitCode, stderr } = await run(['login', host], home)
  expect(exitCode).toBe(2)
  const hint = `If it is an issuer: latchkey login ${url}\n`
  expect(stderr).toEqual(
    url === undefined ? expect.not.stringContaining('issuer: ') : expect.stringContaining(hint),
  )
})

test('a name in the file that shares its variables with a preset is rejected if they are set', async () => {
  configure({ providers: { GitHub: { description: { tokenEndpoint: 'https://git.example/token' } } } })
  const { exitCode, stderr } = await run(['token', '--provider', 'GitHub'], {
    env: { ...home.env, GITHUB_CLIENT_ID: 'x' },
  })
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("two providers: 'GitHub' and 'github'\n")])
})

test('the hint about an unsafe file works for a path with spaces', async () => {
  const file = join(home.path, 'Application Support', 'config.json')
  mkdirSync(dirname(file))
  writeFileSync(file, JSON.stringify({ providers: { imgur: { client_secret: 'x' } } }), { mode: 0o644 })
  const env = { ...home.env, LATCHKEY_CONFIG: file }
  const { exitCode, stderr } = await run(['token'], { env })
  expect(exitCode).toBe(2)
  expect((await paste(/^Run: (.*)$/m.exec(stderr)![1]!, { env })).exitCode).toBe(0)
  expect((await run(['token'], { env })).exitCode).toBe(3)
})

test('doctor of a provider whose options are not configured says how to sign in', async () => {
  const { configuration, ...others } = await actions(['--provider', 'okta'])
  expect(others).toEqual({})
  expect(configuration).toBe(
    'Run, with your own domain: latchkey login okta --option domain=example.okta.com\nSee: latchkey login --help',
  )
})

test('doctor of an unknown provider does not recommend to sign in to it', async () => {
  const { configuration, ...others } = await actions(['--provider', 'nobody'])
  expect(others).toEqual({})
  expect(configuration).toMatch(/^Use one of .*\nSee: latchkey login --help$/)
})

test('doctor shows for every account of the store the command that signs in to it', async () => {
  await signedOut(okta({ domain: 'configured.okta.com' }))
  await signedOut(okta({ domain: 'other.okta.com' }))
  await signedOut(shopify({ shop: 'one' }))
  await signedOut(shopify({ shop: 'two' }), 'another')
  await signedOut({ ...imgur(), name: 'gone' })
  await signedOut({ ...imgur(), name: 'https://issuer.example' })
  await signedOut({ ...imgur(), name: 'localhost:4400' })
  await signedOut(imgur({ baseUrl: 'http://127.0.0.1:1' }))
  configure({
    providers: {
      okta: { client_id: 'x', options: { domain: 'configured.okta.com' } },
      shop2: { client_id: 'x', preset: 'shopify', options: { shop: 'two' } },
    },
  })
  const { configuration: _, ...found } = await actions([])
  const about = (topic: string): string | undefined => found[`${topic}, account default`]
  expect(about('okta')).toBe('latchkey login okta')
  expect(about('okta.other.okta.com/oauth2/default')).toBe(
    'Run, with your own domain: latchkey login okta --option domain=example.okta.com',
  )
  expect(about('shopify.one')).toBe('Run, with your own shop: latchkey login shopify --option shop=example')
  expect(about('shopify.two')).toBe('Run, with your own shop: latchkey login shopify --option shop=example')
  expect(about('gone')).toBe(`add a provider with the name gone to ${configFile()}, then sign in`)
  expect(about('https://issuer.example')).toBe('latchkey login https://issuer.example')
  expect(about('localhost:4400')).toBe('latchkey login http://localhost:4400')
  expect(about('imgur.127.0.0.1:1')).toBe(
    'Run, with your own baseUrl: latchkey login --option baseUrl=http://127.0.0.1:8080',
  )
  expect(about('imgur')).toBe('latchkey login')
})

test('doctor shows the client of an account if another one is configured', async () => {
  await signedOut(imgur({ baseUrl: emulator.url }), 'earlier')
  const found = await run(['doctor'], home)
  expect(found.stdout).toContain('-> set IMGUR_CLIENT_ID to earlier, then run: latchkey login\n')
})

test('a wrong secret from a prompt: nothing is saved, and the same command starts again', async () => {
  moveToAnotherHome({ IMGUR_CLIENT_ID: '', IMGUR_CLIENT_SECRET: '' })
  const signIn = async (login: ReturnType<typeof start>, secret: string): Promise<number | null> => {
    await login.says(/client_id at imgur: /)
    login.type(`${emulator.client.client_id}\n${secret}\n`)
    const url = await login.says(/opens in your browser:\s+(\S+)\n/)
    await fetch(await somebody().allow(url))
    return login.exitCode
  }
  const args = ['login', '--option', `baseUrl=${emulator.url}`, '--account', 'work']
  const env = { ...home.env, IMGUR_URL: '' }
  const login = start(args, { env })
  expect(await signIn(login, 'wrong')).toBe(6)
  const command = `latchkey ${args.join(' ')}`
  expect(login.stderr.trimEnd().split('\n').at(-1)).toBe(
    `Nothing was saved. Correct the client id, secret or redirect URI. Start again with: ${command}`,
  )
  expect(existsSync(configFile())).toBe(false)

  const again = startText(command, { env })
  expect(await signIn(again, emulator.client.client_secret)).toBe(0)
  expect((await run(['token', '--account', 'work'], { env })).exitCode).toBe(0)
})

test.each([
  ['the user declines', 4],
  ['the process is killed', null],
] as const)('%s: nothing is saved', async (_, exit) => {
  const env = { ...home.env, IMGUR_CLIENT_ID: '', IMGUR_CLIENT_SECRET: '' }
  const login = start(['login'], { env })
  login.type(`${emulator.client.client_id}\nsecret\n`)
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  await login.says(/Waiting for your browser/)
  if (exit === null) login.process.kill('SIGKILL')
  else {
    const { searchParams } = new URL(url)
    const redirect = new URL(searchParams.get('redirect_uri')!)
    redirect.search = String(
      new URLSearchParams({ error: 'access_denied', state: searchParams.get('state')! }),
    )
    await fetch(redirect)
  }
  expect(await login.exitCode).toBe(exit)
  if (exit !== null) expect(login.stderr).toMatch(/^Nothing was saved\. Start again with: latchkey login$/m)
  expect(existsSync(dirname(configFile()))).toBe(false)
})

test('a configured client: the hint says where it is', async () => {
  configure({ providers: { imgur: { client_id: emulator.client.client_id, client_secret: 'wrong' } } })
  const env = { ...home.env, IMGUR_CLIENT_ID: '', IMGUR_CLIENT_SECRET: '' }
  const login = start(['login'], { env })
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  await fetch(await somebody().allow(url))
  expect(await login.exitCode).toBe(6)
  expect(login.stderr).toContain(`Correct the client id, secret or redirect URI in ${configFile()}. Start`)
})

test('a configuration that cannot be saved after the sign-in is reported as that', async () => {
  const { client } = emulator
  const env = { ...home.env, IMGUR_CLIENT_ID: '', IMGUR_CLIENT_SECRET: '' }
  const login = start(['login'], { env })
  login.type(`${client.client_id}\n${client.client_secret}\n`)
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  writeFileSync(join(home.path, 'config'), 'a file where the folder would be')
  await fetch(await somebody().allow(url))
  expect(await login.exitCode).toBe(2)
  expect(login.stderr).toContain('signed in, but the client and the options are not saved: ')
  expect(login.stderr).toContain('then repeat: latchkey login\n')
})
