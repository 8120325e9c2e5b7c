// The options of providers: which are accepted, what the hints about them recommend, and which are saved.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Client } from '@latchkey/core'
import { gitlab } from '@latchkey/providers'
import { FileTokenStore } from '@latchkey/storage-fs'
import { PRESET_OPTIONS } from '../src/preset-options.ts'
import { describedProvider, PRESETS } from '../src/providers.ts'
import { settingsOf } from '../src/settings.ts'
import { eachTestHasAUser, home } from './one-user.ts'
import { commandIn, paste, run } from './support.ts'

eachTestHasAUser({})

const configFile = (): string => join(home.path, 'config/latchkey/config.json')

function configure(providers: object): void {
  mkdirSync(dirname(configFile()), { recursive: true })
  writeFileSync(configFile(), JSON.stringify({ providers }), { mode: 0o600 })
}

describe('every preset', () => {
  const base = settingsOf({}, { LATCHKEY_CONFIG: '/nowhere/config.json' })

  test.each(Object.keys(PRESETS))('%s: its examples are valid, and nothing else is accepted', name => {
    const { needs, takes } = PRESET_OPTIONS[name] ?? { needs: {}, takes: {} }
    const create = (options: object) =>
      describedProvider({ ...base, provider: name, entry: { options: options as Record<string, unknown> } })
    expect(create(needs)).toMatchObject({ name: expect.stringMatching(name) })
    expect(create({ ...needs, ...takes })).toMatchObject({ name: expect.stringMatching(name) })
    expect(() => create({ ...needs, nonsense: 'x' })).toThrow(/nonsense/)
    for (const option of Object.keys(needs)) {
      const { [option]: _, ...others } = needs
      expect(() => create(others)).toThrow(`needs the option '${option}'`)
    }
    for (const [option, example] of Object.entries({ ...needs, ...takes }))
      for (const wrong of ['', 7, typeof example === 'boolean' ? 'false' : true])
        expect(() => create({ ...needs, [option]: wrong })).toThrow(`${option} must be `)
  })
})

const NEEDING = Object.keys(PRESET_OPTIONS).filter(
  name => Object.keys(PRESET_OPTIONS[name]!.needs).length > 0,
)

test.each(NEEDING)('login %s without options: the command of the hint works', async name => {
  const { exitCode, stderr } = await run(['login', name], home)
  expect(exitCode).toBe(2)
  const [message, hint, help] = stderr.trimEnd().split('\n')
  const { needs } = PRESET_OPTIONS[name]!
  const words = Object.entries(needs).map(([option, value]) => ` --option ${option}=${value}`)
  expect(message).toMatch(new RegExp(`'${name}' needs the options? '${Object.keys(needs).join("' and '")}'$`))
  expect(hint).toBe(
    `Run, with your own ${Object.keys(needs).join(' and ')}: latchkey login ${name}${words.join('')}`,
  )
  expect(help).toBe('See: latchkey login --help')
  // It gets as far as the first prompt.
  expect(await paste(commandIn(hint!), home)).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining(`client_id at ${name}: `),
  })
  expect(await paste(commandIn(help!), home)).toMatchObject({ exitCode: 0 })
})

test.each([
  [['okta', '--option', 'tenant=x'], "'okta' has no option 'tenant': use domain, server"],
  [['okta', '--option', 'domain=a.okta.com', '--option', 'x=y'], "has no option 'x': use domain, server"],
  [['airtable', '--option', 'shop=x'], "'airtable' takes no options, got 'shop'"],
  [['https://issuer.example', '--option', 'shop=x'], "takes no options, got 'shop'"],
  [['acme', '--option', 'shop=x'], "'acme' takes no options, got 'shop'"],
  [['github', '--option', '__proto__=x'], "has no option '__proto__': use baseUrl"],
  [['docusign', '--option', 'sandbox=yes'], 'sandbox must be true or false, got "yes"'],
  [['shopify', '--option', 'shop=a/b'], 'shop must be letters'],
  [['okta', '--option', 'domain='], 'domain must be a string, such as example.okta.com'],
  [['shopify', '--option', 'shop'], '--option must be name=value'],
  [['--option', 'shop=x', 'shopify'], "--option must be name=value, got 'shopify'"],
])('login %j is rejected before anything is requested or saved', async (args, message) => {
  configure({ acme: { description: { tokenEndpoint: 'https://acme.example/token' } } })
  const before = readFileSync(configFile(), 'utf8')
  const { exitCode, stdout, stderr } = await run(['login', ...args], home)
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('client_id')
  expect(stderr).toMatch(/^See: latchkey login --help$/m)
  expect(readFileSync(configFile(), 'utf8')).toBe(before)
  expect(readdirSync(dirname(configFile()))).toEqual(['config.json'])
})

test('other options than the saved ones: the saved client is not used', async () => {
  const redirect_uri = 'https://app.example/callback'
  const saved = { client_id: 'saved', client_secret: 's', redirect_uri }
  configure({ okta: { ...saved, options: { domain: 'a.okta.com' } } })
  const login = (domain: string, more = {}) =>
    run(['login', 'okta', '--paste', '--option', `domain=${domain}`], { env: { ...home.env, ...more } })
  const prompt = 'client_id at okta: '
  expect((await login('b.okta.com')).stderr).toContain(prompt)
  expect((await login('a.okta.com')).stderr).not.toContain(prompt)
  const env = { OKTA_CLIENT_ID: 'other', OKTA_CLIENT_SECRET: 'o' }
  expect((await login('b.okta.com', env)).stderr).not.toContain(prompt)
})

test('an invalid value: the command of the hint keeps the other options', async () => {
  const args = ['login', 'okta', '--option', 'domain=acme.okta.com', 'server=a/b']
  const { stderr } = await run(args, home)
  expect(stderr).toContain(
    'Run, with your own server: latchkey login okta --option domain=acme.okta.com --option server=default\n',
  )
})

test('accounts --provider finds the accounts of a preset with options', async () => {
  const store = new FileTokenStore({ directory: join(home.path, 'accounts') })
  configure({ gitlab: { client_id: 'c', options: { baseUrl: 'https://git.example.com' } } })
  const client = new Client({
    client_id: 'c',
    provider: gitlab({ baseUrl: 'https://git.example.com' }),
    store,
  })
  await client.import({ access_token: 'a' })
  await client.close()
  const { stdout } = await run(
    ['accounts', '--provider', 'gitlab', '--store', join(home.path, 'accounts')],
    home,
  )
  expect(stdout).toContain('signed in')
})

test('an unknown option in the file is rejected by every command', async () => {
  configure({ okta: { client_id: 'x', options: { domain: 'a.okta.com', tenant: 'b' } } })
  const { exitCode, stderr } = await run(['token', '--provider', 'okta'], home)
  expect(exitCode).toBe(2)
  expect(stderr).toContain("has no option 'tenant'")
  expect(stderr).toContain(`Correct it on the command line or in ${configFile()}.`)
})

test.each([
  [
    'discord',
    { DISCORD_URL: 'https://a.example' },
    "no option 'baseUrl', which DISCORD_URL sets\nUnset DISCORD_URL.\n",
  ],
  ['github', { GITHUB_URL: 'ftp://a.example' }, /baseUrl must be an https URL.*\nCorrect GITHUB_URL\.\n/],
])('%s with %j: the hint names the variable', async (name, env, words) => {
  const { exitCode, stderr } = await run(['login', name], { env: { ...home.env, ...env } })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(words)
})

test('a URL in the environment is for presets, not for a described server', async () => {
  configure({ acme: { client_id: 'x', description: { tokenEndpoint: 'https://acme.example/token' } } })
  const env = { ...home.env, ACME_URL: 'https://a.example' }
  expect(await run(['token', '--provider', 'acme'], { env })).toMatchObject({ exitCode: 3 })
})

test('sandbox=false is not the sandbox', async () => {
  const args = ['login', 'docusign', '--paste', '--option', 'sandbox=false']
  const login = await run(args, { ...home, input: 'id\nsecret\n' })
  expect(login.stderr).toContain('https://account.docusign.com/')
})
