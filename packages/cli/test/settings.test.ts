import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Client } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { bundled } from '../../../tools/bundled.ts'
import { saveConfiguration } from '../src/save-configuration.ts'
import { saveProvider } from '../src/save-provider.ts'
import { chooseMethod, type SignInConditions } from '../src/login/choose-method.ts'
import { hasBrowser } from '../src/open-page.ts'
import { optionsOf } from '../src/preset-options.ts'
import { PRESETS, providerOf } from '../src/providers.ts'
import { quickToken } from '../src/quick-token.ts'
import { settingsOf, variableOf } from '../src/settings.ts'
import { storedName } from '../src/stored-name.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-settings-'))
  file = join(folder, 'config.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (content: unknown, mode = 0o600): void => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  chmodSync(file, mode)
}
const settings = (options = {}, env = {}) => settingsOf(options, { LATCHKEY_CONFIG: file, ...env })

describe('settings', () => {
  test('the command line overrides the environment, which overrides the file', () => {
    write({ provider: 'github', account: 'of-the-file', store: '/of/the/file' })
    const env = {
      LATCHKEY_PROVIDER: 'gitlab',
      LATCHKEY_ACCOUNT: 'of-the-environment',
      LATCHKEY_STORE: '/of/it',
    }
    expect(settings()).toMatchObject({
      provider: 'github',
      account: 'of-the-file',
      store: { directory: '/of/the/file' },
    })
    expect(settings({}, env)).toMatchObject({
      provider: 'gitlab',
      account: 'of-the-environment',
      store: { directory: '/of/it' },
    })
    const empty = { LATCHKEY_PROVIDER: '', LATCHKEY_ACCOUNT: '', LATCHKEY_STORE: '' }
    expect(settings({}, empty)).toEqual(settings())
    expect(settings({ provider: 'x', account: 'a', store: '/s' }, env)).toMatchObject({
      provider: 'x',
      account: 'a',
      store: { directory: '/s' },
    })
  })

  test('without any of them it is Imgur, the default account, and the files of the platform', () => {
    expect(settings({}, {})).toMatchObject({
      provider: 'imgur',
      account: 'default',
      entry: {},
      store: { directory: expect.stringMatching(/latchkey$/) },
    })
  })

  test('the variables of a provider begin with its name', () => {
    expect(variableOf('imgur', 'CLIENT_ID')).toBe('IMGUR_CLIENT_ID')
    expect(variableOf('https://login.example.com/', 'CLIENT_SECRET')).toBe('LOGIN_EXAMPLE_COM_CLIENT_SECRET')
  })

  test('a secret belongs to the client id that it was saved with', () => {
    write({ providers: { imgur: { client_id: 'kept', client_secret: 'secret', scope: 's' } } })
    expect(settings().entry).toEqual({ client_id: 'kept', client_secret: 'secret', scope: 's' })
    expect(settings({}, { IMGUR_CLIENT_ID: 'another' }).entry).toEqual({ client_id: 'another', scope: 's' })
    expect(settings({}, { IMGUR_CLIENT_ID: 'another', IMGUR_CLIENT_SECRET: 'its' }).entry).toEqual({
      client_id: 'another',
      client_secret: 'its',
      scope: 's',
    })
  })

  test.each([
    ['redis://host', {}],
    ['redis://user@host/1', {}],
  ])('--store %s is Redis', url => {
    expect(settings({ store: url }).store).toEqual({ redis: { url } })
  })

  test.each([
    'redis://:secret@host',
    'rediss://user:secret@host',
    'redis://:se/cr@et@host',
    'REDIS://:secret@host',
  ])('--store %s is rejected, without the password; the environment may contain it', url => {
    expect(() => settings({ store: url })).toThrow(/can read a password on the command line/)
    expect(settings({}, { LATCHKEY_STORE: url }).store).toEqual({ redis: { url } })
  })

  test.each([
    ['{', /is not JSON$/],
    [[], /must be an object$/],
    [
      { providers: { imgur: { clientid: 'x' } } },
      /, providers, imgur has an unknown member 'clientid': use client_id, /,
    ],
    [{ providers: { imgur: { client_id: 7 } } }, /, providers, imgur, client_id must be a string$/],
    [{ store: { redis: 'redis://' } }, /, store, redis must be an object$/],
    [{ stores: '' }, /has an unknown member 'stores'/],
    ['{"__proto__": {}}', /has an unknown member '__proto__'/],
  ])('the file %j is rejected', (content, words) => {
    write(content)
    expect(() => settings()).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(words) }),
    )
  })

  test('a file that others can read is rejected only if it contains a secret, however JSON spells it', () => {
    const isReadable = expect.objectContaining({
      message: `${file} contains secrets and is readable by others`,
      hint: [`Run: chmod 600 ${file}`],
    }) as unknown as Error
    write({ providers: { imgur: { client_id: 'x', client_secret: 'y' } } }, 0o644)
    expect(() => settings()).toThrow(isReadable)
    write(String.raw`{ "providers": { "imgur": { "client\u005fsecret": "y" } } }`, 0o644)
    expect(() => settings()).toThrow(isReadable)
    write(String.raw`{ "store": "redi\u0073://:secret@host" }`, 0o640)
    expect(() => settings()).toThrow(isReadable)
    write({ providers: { imgur: { client_id: 'client_secret', client_secret: '' } } }, 0o644)
    expect(settings().entry).toEqual({ client_id: 'client_secret', client_secret: '' })
  })

  test.each([0o620, 0o602, 0o666])('a file that others can write (mode %o) is rejected', mode => {
    write({}, mode)
    expect(() => settings()).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/is writable by others/),
        hint: [`Run: chmod go-w ${file}`],
      }),
    )
  })

  const isRoot = process.geteuid?.() === 0
  const skip = isRoot ? '' : ' (skipped: only root can give a file to another user)'
  ;(isRoot ? test : test.skip)(`another user's file is rejected${skip}`, () => {
    write({})
    chownSync(file, 12_345, 0)
    expect(() => settings()).toThrow(`${file} belongs to user 12345, but you are user 0`)
  })

  test.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    [
      'a link to a FIFO',
      (path: string) => (execFileSync('mkfifo', [`${path}-2`]), symlinkSync(`${path}-2`, path)),
    ],
    ['a link to a device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a link to a folder', (path: string) => symlinkSync(folder, path)],
  ])('%s is rejected at once', (_, make) => {
    make(file)
    expect(() => settings()).toThrow(`${file} is not a regular file`)
  })

  test('a link to a file is read, and saves replace the file', () => {
    writeFileSync(join(folder, 'real.json'), '{"account":"mine"}', { mode: 0o600 })
    symlinkSync('real.json', file)
    expect(settings()).toMatchObject({ account: 'mine' })
    saveProvider(file, 'imgur', { client_id: 'x' })
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(settings()).toMatchObject({ account: 'mine', entry: { client_id: 'x' } })
  })

  test.each([
    [{ 'acme-x': {}, acme_x: {} }, 'acme-x', 'ACME_X_CLIENT_ID', "two providers: 'acme-x' and 'acme_x'"],
    [{ acme_x: {} }, 'https://acme/x', 'ACME_X_URL', "two providers: 'https://acme/x' and 'acme_x'"],
  ])(
    '%j: one variable for two providers is rejected if it is set',
    (providers, provider, variable, words) => {
      write({ providers })
      expect(() => settings({ provider }, { [variable]: 'x' })).toThrow(words)
      expect(settings({ provider }).provider).toBe(provider)
      expect(settings({ provider: 'other' }, { [variable]: 'x' }).provider).toBe('other')
    },
  )
})

test('saved values are merged into the file, with mode 0600', () => {
  const okta = { scope: 's', options: { domain: 'example.okta.com', server: 'other' } }
  write({ account: 'mine', providers: { okta, github: { client_id: 'g' } } }, 0o644)
  saveProvider(file, 'okta', { client_id: 'x', client_secret: 'y', options: { server: 'default' } })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    account: 'mine',
    providers: {
      okta: {
        scope: 's',
        client_id: 'x',
        client_secret: 'y',
        options: { domain: 'example.okta.com', server: 'default' },
      },
      github: { client_id: 'g' },
    },
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['config.json'])
})

test('a save removes what a killed one has left, and nothing else', () => {
  writeFileSync(`${file}.${randomUUID()}`, 'half')
  writeFileSync(`${file}.backup`, 'mine')
  saveProvider(file, 'imgur', { client_id: 'x' })
  expect(readdirSync(folder).sort()).toEqual(['config.json', 'config.json.backup'])
})

test.each([1, 2, 3])('a save that another process overtakes loses nothing: before its change %i', before => {
  let calls = 0
  saveConfiguration(file, now => {
    if (++calls === before) saveProvider(file, 'github', { client_id: 'theirs' })
    return { ...now, account: 'mine' }
  })
  const expected =
    calls < before ? { account: 'mine' } : { account: 'mine', providers: { github: { client_id: 'theirs' } } }
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(expected)
  expect(readdirSync(folder)).toEqual(['config.json'])
})

test('processes that save at the same time lose nothing', async () => {
  const program = bundled(new URL('programs/saves.ts', import.meta.url))
  const saves = 20
  const ends = ['a', 'b', 'c'].map(name =>
    once(spawn(process.execPath, [program, file, name, String(saves)], { stdio: 'inherit' }), 'exit'),
  )
  expect(await Promise.all(ends)).toEqual(Array.from({ length: 3 }, () => [0, null]))
  const { providers } = JSON.parse(readFileSync(file, 'utf8')) as { providers: object }
  expect(Object.keys(providers)).toHaveLength(3 * saves)
})

test('a folder that cannot be created is an error, at once', () => {
  expect(() => saveProvider('/proc/nowhere/config.json', 'imgur', { client_id: 'x' })).toThrow(
    '/proc/nowhere/config.json cannot be written (ENOENT)',
  )
})

test('a file that cannot be written is an error, and nothing is left behind', () => {
  const long = join(folder, 'x'.repeat(240)) // no room for the name of a temporary file
  expect(() => saveProvider(long, 'imgur', { client_id: 'x' })).toThrow(
    expect.objectContaining({ code: 'usage', message: `${long} cannot be written (ENAMETOOLONG)` }),
  )
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  [['token'], 'of default'],
  [['token', '--account', 'a'], 'of a'],
  [['token', '--account=a', '--provider', 'imgur', '--store', '.'], 'of a'],
  [['token', '--account', 'b'], undefined],
  [['token', '--json'], undefined],
  [['token', '--account'], undefined],
  [['token', 'stray'], undefined],
  [['whoami'], undefined],
])('the quick path of %j: %j', async (args, token) => {
  const store = new FileTokenStore({ directory: folder })
  for (const account of ['default', 'a'])
    await new Client({ client_id: 'id', account, store }).import({
      access_token: `of ${account}`.replace(' ', '-'),
    })
  const env = { LATCHKEY_CONFIG: file, LATCHKEY_STORE: folder, IMGUR_CLIENT_ID: 'id' }
  const words = args.map(word => (word === '.' ? folder : word))
  expect(quickToken(words, env)).toBe(token?.replace(' ', '-'))
  expect(quickToken(words, { ...env, IMGUR_CLIENT_ID: 'another' })).toBeUndefined()
})

const NOBODY = { send: () => Promise.reject(new Error('nobody is to be asked')) }
const needsOf = (name: string) => {
  const { needs } = optionsOf(name)
  return Object.keys(needs).length > 0 ? needs : undefined
}

describe('providers', () => {
  test.each(Object.keys(PRESETS))(
    '%s has the name in the store that `token` expects without creating it',
    async name => {
      const options = needsOf(name)
      const entry = options ? { options } : {}
      const { name: made } = await providerOf({ ...settings(), provider: name, entry }, NOBODY)
      expect([made, undefined]).toContain(storedName({ provider: name, entry }))
      if (!options) expect(storedName({ provider: name, entry: {} })).toBe(made)
    },
  )

  test('an emulator has a name of its own, which only the provider knows', async () => {
    const said = { ...settings(), provider: 'imgur', entry: { options: { baseUrl: 'http://127.0.0.1:1' } } }
    expect((await providerOf(said, NOBODY)).name).toBe('imgur.127.0.0.1:1')
    expect(storedName(said)).toBe(undefined)
  })

  test.each([
    [
      'a described server under another name',
      'chat',
      { preset: 'mastodon', options: { baseUrl: 'https://m.example' } },
      'chat',
    ],
    ['a description', 'acme', { description: { tokenEndpoint: 'https://a.example/t' } }, 'acme'],
    ['one with a name', 'acme', { description: { name: 'a', tokenEndpoint: 'https://a.example/t' } }, 'a'],
  ])('%s', async (_, provider, entry, name) => {
    const said = { ...settings(), provider, entry }
    expect((await providerOf(said, NOBODY)).name).toBe(name)
    expect(storedName(said)).toBe(name)
  })

  test.each([
    ['nobody', {}, /^unknown provider 'nobody'/],
    [
      'acme',
      { description: { tokenEndpoint: 'ftp:' } },
      /^the provider 'acme': tokenEndpoint must be an absolute URL/,
    ],
    ['mastodon', {}, /^the provider 'mastodon' needs the option 'baseUrl'$/],
    ['github', { options: { baseUrl: 'x' } }, /^the provider 'github': baseUrl must be an absolute URL/],
  ])('%s is wrong usage', async (provider, entry, words) => {
    await expect(providerOf({ ...settings(), provider, entry }, NOBODY)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(words),
    })
  })
})

describe('the way to sign in', () => {
  const imgur: SignInConditions = {
    grants: ['authorization_code', 'implicit', 'pin', 'refresh_token'],
    hasBrowser: true,
    redirect_uri: undefined,
    options: {},
  }
  const github: SignInConditions = {
    ...imgur,
    grants: ['authorization_code', 'device_code', 'refresh_token'],
  }
  const elsewhere = { redirect_uri: 'https://app.example/callback' }

  test.each([
    ['a browser that comes back', imgur, 'loopback'],
    [
      'a requested port, without a browser',
      { ...imgur, hasBrowser: false, options: { port: '1' } },
      'loopback',
    ],
    ['no browser, a provider with a PIN', { ...imgur, hasBrowser: false }, 'pin'],
    ['no browser, a provider with a device flow', { ...github, hasBrowser: false }, 'device'],
    ['no browser, neither', { ...imgur, hasBrowser: false, grants: ['authorization_code'] }, 'paste'],
    ['a redirect that goes elsewhere', { ...github, ...elsewhere, grants: ['authorization_code'] }, 'paste'],
    ['a requested method', { ...imgur, options: { paste: true } }, 'paste'],
  ] as const)('%s: %#', (_, circumstances, way) => {
    expect(chooseMethod(circumstances as SignInConditions)).toBe(way)
  })

  test.each([
    [{ ...imgur, options: { pin: true, device: true } }],
    [{ ...imgur, options: { pin: true, port: '1' } }],
    [{ ...imgur, ...elsewhere, options: { port: '1' } }],
  ])('%# contradicts itself', circumstances => {
    expect(() => chooseMethod(circumstances)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  test.each([
    ['linux', {}, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', { DISPLAY: ':0', SSH_CONNECTION: '::1 1 ::1 22' }, false],
    ['linux', { BROWSER: 'firefox' }, true],
    ['darwin', {}, true],
    ['darwin', { SSH_CONNECTION: '::1 1 ::1 22' }, false],
    ['win32', { BROWSER: 'none' }, false],
  ] as const)('on %s with %j: a browser? %j', (platform, env, expected) => {
    expect(hasBrowser(env, platform)).toBe(expected)
  })
})
