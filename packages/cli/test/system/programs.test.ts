// What other programs get: formats of `token`, `exec`, and exit codes of `status`.
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Client, imgur } from '@latchkey/core'
import { encrypted, type Provider } from '@latchkey/core'
import { gitlab } from '@latchkey/providers'
import { FileTokenStore } from '@latchkey/storage-fs'
import { Browser } from '../../../../tests/servers/browser.ts'
import { CLIENTS, startOidcProvider } from '../../../../tests/servers/oidc-provider.ts'
import { defaultKey } from '../../../../tests/support.ts'
import { eachTestHasAUser, emulator, home } from '../one-user.ts'
import { paste, run, start, startText } from '../support.ts'

eachTestHasAUser(undefined, { GITLAB_CLIENT_ID: 'id' })

const configFile = (): string => join(home.path, 'config/latchkey/config.json')
const files = () => new FileTokenStore({ directory: join(home.path, 'data/latchkey') })
const TOKENS = { access_token: 'the-token', token_type: 'Bearer', expires_at: Date.now() + 3_600_000 }

async function store(
  tokens: object,
  provider: Provider = imgur({ baseUrl: emulator.url }),
  client_id = emulator.client.client_id,
) {
  await using client = new Client({ client_id, provider, store: files() })
  await client.import(tokens)
}

describe('token --format', () => {
  test('header is what curl reads: no token is on its command line', async () => {
    await store(TOKENS)
    expect((await run(['token', '--format=header'], home)).stdout).toBe('authorization: Bearer the-token\n')
    const url = `${emulator.url}/3/account/me`
    const piped = await paste(`latchkey token --format=header | curl -sv -H @- ${url}`, home)
    expect(piped.stderr).toMatch(/^> authorization: Bearer the-token/m)
  })

  test('json, and an unknown format', async () => {
    await store(TOKENS)
    expect(JSON.parse((await run(['token', '--format', 'json'], home)).stdout)).toEqual({
      access_token: 'the-token',
      token_type: 'Bearer',
      expires_at: expect.any(Number),
    })
    const unknown = await run(['token', '--format=xml'], home)
    expect(unknown).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('use header, json, kubectl, git'),
    })
  })

  test.each([
    [
      'get, at the API',
      'protocol=https\nhost=gitlab.com\npath=a/b.git\n\n',
      'protocol=https\nhost=gitlab.com\nusername=oauth2\npassword=the-token\n',
    ],
    ['get, elsewhere', 'protocol=https\nhost=gitlab.com.evil.example\n', '\n'],
    ['get, with a host that hides another', 'protocol=https\nhost=gitlab.com@evil.example\n', '\n'],
    ['get, with another port', 'protocol=https\nhost=gitlab.com:8443\n', '\n'],
  ])('git: %s', async (_, input, output) => {
    await store({ access_token: 'the-token' }, gitlab(), 'id')
    const args = ['token', '--provider', 'gitlab', '--format=git', 'get']
    expect(await run(args, { ...home, input })).toEqual({ exitCode: 0, stdout: output, stderr: '' })
  })

  test.each([
    ['protocol=http\nhost=gitlab.com\n', 'by https only'],
    ['protocol=https\nhost=gitlab.com\rhost=x\n', 'control character'],
    ['protocol=https\nhost=gitlab.com\u0000\n', 'control character'],
    ['host=gitlab.com\n', 'the input has no protocol'],
    ['protocol\n', 'not of a Git credential'],
  ])('git: %j is rejected', async (input, words) => {
    await store({ access_token: 'the-token' }, gitlab(), 'id')
    const args = ['token', '--provider', 'gitlab', '--format=git', 'get']
    const { exitCode, stdout, stderr } = await run(args, { ...home, input })
    expect([exitCode, stdout, stderr]).toEqual([2, '', expect.stringContaining(words)])
  })

  test('git itself uses it as a credential helper', async () => {
    await store({ access_token: 'the-token' }, gitlab(), 'id')
    const helper = '!f() { latchkey token --provider gitlab --format=git "$@"; }; f'
    const shim = join(home.path, 'latchkey')
    const [node, ...rest] = (await import('../support.ts')).COMMAND
    writeFileSync(shim, `#!/bin/sh\nexec '${node}' ${rest.map(word => `'${word}'`).join(' ')} "$@"\n`, {
      mode: 0o755,
    })
    const git = await paste(
      `printf 'url=https://gitlab.com/a/b.git\\n' | git -c credential.helper= -c credential.helper='${helper}' credential fill`,
      { env: { ...home.env, PATH: `${home.path}:${home.env['PATH']}`, GIT_TERMINAL_PROMPT: '0' } },
    )
    expect(git.stdout).toContain('username=oauth2\npassword=the-token\n')
  })

  test('kubectl: the id_token, refreshed first if it has expired', async () => {
    const server = await startOidcProvider({ ttl: { IdToken: 120 } })
    try {
      const { client_id, client_secret } = CLIENTS.confidential
      const login = start(['login', server.url, '--scope', 'openid offline_access'], home)
      await login.says(/client_id at \S+: /)
      login.type(`${client_id}\n${client_secret}\n`)
      const url = await login.says(/opens in your browser:\s+(\S+)\n/)
      await fetch(await new Browser(new URL(url).searchParams.get('redirect_uri')!).open(url))
      expect(await login.exitCode).toBe(0)
      const kubectl = () => run(['token', '--format=kubectl', '--provider', server.url], home)
      const first = await kubectl()
      expect(first).toMatchObject({ exitCode: 0, stderr: '' })
      const { apiVersion, kind, status } = JSON.parse(first.stdout)
      const payload = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString())
      const { exp, aud } = payload(status.token)
      expect([apiVersion, kind, aud]).toEqual([
        'client.authentication.k8s.io/v1',
        'ExecCredential',
        client_id,
      ])
      expect(Date.parse(status.expirationTimestamp)).toBe(exp * 1000)
      expect((await kubectl()).stdout).toBe(first.stdout)

      // The same account, with an id_token of the past.
      const past = `e30.${Buffer.from('{"exp":1}').toString('base64url')}.`
      const { tokens, name } = await (async () => {
        await using client = new Client({
          client_id,
          client_secret,
          provider: await discoverHere(server.url),
          store: files(),
        })
        return { tokens: (await client.tokens())!, name: client.provider.name }
      })()
      expect(name).toBe(new URL(server.url).host)
      await using client = new Client({ client_id, provider: await discoverHere(server.url), store: files() })
      await client.import({ ...tokens, id_token: past })
      const refreshed = JSON.parse((await kubectl()).stdout).status.token as string
      expect(payload(refreshed).exp).toBeGreaterThan(Date.now() / 1000)
      expect(refreshed).not.toBe(status.token)
    } finally {
      await server.close()
    }
  })

  test('kubectl without an id_token says which scope is missing', async () => {
    await store(TOKENS)
    const before = emulator.ledger.length
    const { exitCode, stderr } = await run(['token', '--format=kubectl'], home)
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('sign in with --scope openid')])
    expect(emulator.ledger).toHaveLength(before) // no refresh
  })
})

async function discoverHere(url: string): Promise<Provider> {
  const { discover } = await import('@latchkey/core')
  const { fetchTransport } = await import('@latchkey/transport-fetch')
  return discover(url, { transport: fetchTransport() })
}

describe('exec', () => {
  const print = 'for (const name of process.env.NAMES.split(",")) console.log(process.env[name] ?? "none")'
  const NAMES = 'TOKEN,IMGUR_CLIENT_SECRET,LATCHKEY_STORE,IMGUR_CLIENT_ID,AZURE_CLIENT_SECRET'

  test('the program gets the token and its words, not our secrets', async () => {
    await store(TOKENS)
    const env = {
      ...home.env,
      NAMES,
      AZURE_CLIENT_SECRET: 'of another',
      LATCHKEY_STORE: join(home.path, 'data/latchkey'),
    }
    const { exitCode, stdout, stderr } = await run(
      [
        'exec',
        '--env',
        'TOKEN',
        '--',
        process.execPath,
        '-e',
        `${print};console.log(process.argv[1])`,
        '$(id) *',
      ],
      { env },
    )
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toBe(`the-token\nnone\nnone\n${emulator.client.client_id}\nof another\n$(id) *\n`)
  })

  test.each([
    [['sh', '-c', 'cat; exit 42'], 42, 'input\n'],
    [['/nowhere/program'], 127, ''],
    [['/'], 126, ''],
  ])('%j: input and exit code are passed on', async (command, exitCode, stdout) => {
    await store(TOKENS)
    const result = await run(['exec', '--env', 'TOKEN', '--', ...command], { ...home, input: 'input\n' })
    expect(result).toMatchObject({ exitCode, stdout })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const)(
    '%s reaches the program, which decides',
    async signal => {
      await store(TOKENS)
      const script = `process.on('${signal}', () => { console.error('got it'); process.exit(5) }); console.error('ready'); process.stdin.resume()`
      const one = start(['exec', '--env', 'TOKEN', '--', process.execPath, '-e', script], home)
      await one.says(/ready/)
      one.process.kill(signal)
      await one.says(/got it/)
      expect(await one.exitCode).toBe(5)
    },
  )

  test('a program that a signal ends: so does exec', async () => {
    await store(TOKENS)
    const one = start(['exec', '--env', 'TOKEN', '--', 'sh', '-c', 'kill -KILL $$'], home)
    const [, signal] = await once(one.process, 'exit')
    expect(signal).toBe('SIGKILL')
  })

  test.each([
    [['exec', '--', 'true'], '--env must be'],
    [['exec', '--env', 'A=B', '--', 'true'], '--env must be'],
    [['exec', '--env', 'TOKEN', 'true'], 'comes after --'],
  ])('%j is wrong usage', async (args, words) => {
    expect(await run(args, home)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(words) })
  })

  test('without a sign-in nothing is started', async () => {
    const { exitCode, stdout } = await run(['exec', '--env', 'TOKEN', '--', 'echo', 'started'], home)
    expect([exitCode, stdout]).toEqual([3, ''])
  })
})

describe('status', () => {
  test('signed in and signed out, without a request', async () => {
    const none = await run(['status'], home)
    expect(none).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('Sign in with: latchkey login\n'),
    })
    await store({ ...TOKENS, account_username: 'me' })
    const status = await run(['status'], home)
    expect(status).toMatchObject({ exitCode: 0, stderr: '' })
    expect(status.stdout).toMatch(
      /^signed in, the access token is valid for \d+ minutes, there is no refresh token \(me\)\n/,
    )
    expect(JSON.parse((await run(['status', '--json'], home)).stdout)).toMatchObject({
      status: 'live',
      username: 'me',
    })
    expect(emulator.ledger).toEqual([])
  })
})

describe('switch', () => {
  test('saves the provider and the account, which the next commands use', async () => {
    await store({ access_token: 'of-work' }, gitlab(), 'id')
    await using client = new Client({ client_id: 'id', provider: gitlab(), store: files(), account: 'work' })
    await client.import({ access_token: 'of-work' })
    expect((await run(['switch', 'gitlab', '--account', 'work'], home)).stdout).toBe(
      'Commands now use gitlab, account work.\n',
    )
    expect(JSON.parse(readFileSync(configFile(), 'utf8'))).toEqual({ provider: 'gitlab', account: 'work' })
    expect((await run(['token'], home)).stdout).toBe('of-work\n')
    await run(['switch', '--account', 'default'], home)
    expect(JSON.parse(readFileSync(configFile(), 'utf8'))).toEqual({ provider: 'gitlab', account: 'default' })
    expect((await run(['switch', 'imgur'], home)).exitCode).toBe(0)
    expect(JSON.parse(readFileSync(configFile(), 'utf8'))).toEqual({ provider: 'imgur', account: 'default' })
  })

  test.each([
    [['switch'], 'switch to what'],
    [['switch', 'nobody'], 'unknown provider'],
  ])('%j is wrong usage', async (args, words) => {
    expect(await run(args, home)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(words) })
  })
})

test('help <command> is its --help', async () => {
  const [help, option, unknown] = await Promise.all([
    run(['help', 'login'], home),
    run(['login', '--help'], home),
    run(['help', 'nonsense'], home),
  ])
  expect(help).toEqual(option)
  expect(unknown).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("unknown command 'nonsense'"),
  })
})

test('a record of a newer version: nothing suggests to give it up', async () => {
  await store(TOKENS)
  const key = defaultKey(emulator)
  const own = files()
  const found = await own.read(key)
  await own.compareAndSwap(key, found!.version, { ...(found!.value as object), v: 3 })
  await own.close()
  const { exitCode, stderr } = await run(['token'], home)
  expect([exitCode, stderr]).toEqual([8, expect.stringContaining('newer version of latchkey: upgrade it')])
  expect(stderr).not.toContain('logout')
})

test('a lost encryption key: the hint gives the record up', async () => {
  const keys = () => Promise.resolve([new Uint8Array(32).fill(7)])
  const client = new Client({
    ...emulator.client,
    redirect_uri: null,
    provider: imgur({ baseUrl: emulator.url }),
    store: encrypted(files(), { keys }),
  })
  await client.import(TOKENS)
  await client.close()
  const { exitCode, stderr } = await run(['token'], home)
  expect([exitCode, stderr]).toEqual([8, expect.stringContaining('damaged data for this account')])
  const [, command] = /give them up with: (.*)\n/.exec(stderr)!
  expect(command).toBe('latchkey logout --local')
  expect(await paste(command!, home)).toMatchObject({ exitCode: 0 })
  expect((await run(['token'], home)).exitCode).toBe(3)
  mkdirSync(dirname(configFile()), { recursive: true })
  const login = startText('latchkey login --with-token', home)
  login.type('new-token')
  login.endInput()
  expect(await login.exitCode).toBe(0)
})
