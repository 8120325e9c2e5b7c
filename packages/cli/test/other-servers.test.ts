// `latchkey` with oidc-provider, an independent authorization server with discovery.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { startFixtureServer } from '@latchkey/emulator'
import { gitlab } from '../../providers/fixtures/gitlab.ts'
import { Browser } from '../../../tests/servers/browser.ts'
import { CLIENTS, type OidcProvider, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'
import { eachTestHasAUser, home } from './one-user.ts'
import { openToOthers, run, start } from './support.ts'

let server: OidcProvider

eachTestHasAUser({})
beforeEach(async () => {
  server = await startOidcProvider()
})
afterEach(async () => {
  await server.close()
})

const { client_id, client_secret } = CLIENTS.confidential
const provider = (): string[] => ['--provider', server.url]

/** Answers both prompts for the client. */
async function answer(login: ReturnType<typeof start>): Promise<void> {
  await login.says(/client_id at \S+: /)
  login.type(`${client_id}\n${client_secret}\n`)
  await login.says(/client_secret .*: /)
}

test('an issuer: discovered once; code flow with a free port; introspected, refreshed, revoked', async () => {
  const login = start(['login', server.url, '--scope', 'openid offline_access'], home)
  await answer(login)
  const url = await login.says(/opens in your browser:\s+(\S+)\n/)
  expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256')
  await fetch(await new Browser(new URL(url).searchParams.get('redirect_uri')!).open(url))
  expect([await login.exitCode, login.stdout]).toEqual([
    0,
    expect.stringMatching(/^Signed in to http:\/\/127\.0\.0\.1:\d+\.\n$/),
  ])

  const config = JSON.parse(readFileSync(join(home.path, 'config/latchkey/config.json'), 'utf8'))
  expect(config.providers[server.url]).toEqual({
    client_id,
    client_secret,
    description: expect.objectContaining({
      issuer: server.url,
      clientAuthentication: 'client_secret_basic',
      pkce: 'S256',
    }),
  })
  expect(openToOthers(join(home.path, 'config'))).toEqual([])

  expect((await run(['token', ...provider()], home)).stdout).toMatch(/^\S+\n$/)
  expect((await run(['whoami', ...provider()], home)).stdout).toBe('somebody\n')
  expect((await run(['refresh', ...provider(), '--json'], home)).exitCode).toBe(0)
  expect((await run(['logout', ...provider()], home)).stdout).toBe('Signed out here and at the server.\n')
  expect((await run(['token', ...provider()], home)).exitCode).toBe(3)
})

test('--device: the code is typed on another device', async () => {
  const login = start(['login', server.url, '--device', '--scope', 'openid'], home)
  await answer(login)
  const user_code = await login.says(/and type (\S+)\n/)
  await login.says(new RegExp(`already in this address: ${server.url}/device\\?user_code=${user_code}\n`))
  await new Browser('http://127.0.0.1').fill(`${server.url}/device`, { user_code }, {})
  expect(await login.exitCode).toBe(0)
})

test('a preset with an option: shows where to register, saves the option, and names the user by its identity', async () => {
  await using gitlabServer = await startFixtureServer(gitlab)
  const baseUrl = gitlabServer.urlOf('https://gitlab.com').replace(/\/$/, '')
  const { client_id, client_secret, redirect_uri } = gitlabServer.client
  const config = join(home.path, 'config/latchkey/config.json')
  mkdirSync(dirname(config), { recursive: true })
  writeFileSync(config, JSON.stringify({ providers: { gitlab: { redirect_uri } } }))
  const scope = gitlab.scope!.join(' ')
  const args = ['login', 'gitlab', '--paste', '--option', `baseUrl=${baseUrl}`, '--scope', scope]
  const login = start(args, home)
  await login.says(/registered at \S+\/-\/user_settings\/applications\n/)
  await login.says(new RegExp(`Redirect URI of the application: ${redirect_uri}\n`))
  await login.says(/client_id at gitlab: /)
  login.type(`${client_id}\n${client_secret}\n`)
  const url = await login.says(/in (?:your|a) browser:\s+(\S+)\n/)
  login.type(`${(await fetch(url, { redirect: 'manual' })).headers.get('location')}\n`)
  expect([await login.exitCode, login.stdout]).toEqual([0, 'Signed in to gitlab.\n'])
  expect(gitlabServer.problems).toEqual([])

  expect(JSON.parse(readFileSync(config, 'utf8')).providers.gitlab.options).toEqual({ baseUrl })
  expect(await run(['whoami', '--provider', 'gitlab'], home)).toMatchObject({
    exitCode: 0,
    stdout: 'user-1\n',
  })
  gitlabServer.endAccessTokens()
  expect((await run(['whoami', '--provider', 'gitlab'], home)).stdout).toBe('user-1\n')
})
