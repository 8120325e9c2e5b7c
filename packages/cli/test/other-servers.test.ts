// `latchkey` with oidc-provider, an independent authorization server with discovery.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { Browser } from '../../../tests/servers/browser.ts'
import { CLIENTS, type OidcProvider, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'
import { type Home, makeHome, openToOthers, run, start, stopAll } from './support.ts'

jest.setTimeout(120_000)

let server: OidcProvider
let emulator: Emulator
let home: Home

beforeEach(async () => {
  server = await startOidcProvider()
  emulator = await startEmulator()
  home = makeHome(emulator)
})
afterEach(async () => {
  stopAll()
  await server.close()
  await emulator.close()
  home.remove()
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
  await new Browser('http://127.0.0.1').fill(`${server.url}/device`, { user_code }, {})
  expect(await login.exitCode).toBe(0)
})
