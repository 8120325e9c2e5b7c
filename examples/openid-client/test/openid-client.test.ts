// The program, as several concurrent processes, against oidc-provider, which revokes everything when a refresh token
// is reused.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { keepTokens, type Tokens } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { Browser } from '../../../tests/servers/browser.ts'
import { CLIENTS, type OidcProvider, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'
import { type Program, startProgram } from '../../../tools/program.ts'

const { client_id } = CLIENTS.public

let server: OidcProvider
let home: string
/** The grants of the tokens that the server issued. */
let grants: unknown[]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-openid-'))
  server = await startOidcProvider()
  grants = []
  server.provider.on('grant.success', ({ oidc }) => grants.push(oidc.params!['grant_type']))
})
afterEach(async () => {
  await server.close()
  await rm(home, { recursive: true })
})

const run = (): Program =>
  startProgram(new URL('../src/main.ts', import.meta.url), {
    env: { ISSUER: server.url, CLIENT_ID: client_id, XDG_DATA_HOME: home, HOME: home },
  })

/** Runs the program and signs in with a browser that follows its redirects. */
async function signIn(): Promise<void> {
  const program = run()
  const url = await program.says(/Open (\S+)/)
  const { searchParams } = new URL(url)
  const redirect = await new Browser(searchParams.get('redirect_uri')!).open(url)
  expect(await (await fetch(redirect)).text()).toContain('You are signed in')
  expect(await program.exitCode).toBe(0)
  expect(program.output).toContain('20 concurrent requests: you are somebody')
}

/** Changes the stored tokens while no program runs. */
async function changeTokens(tokens: Partial<Tokens>): Promise<void> {
  await using kept = keepTokens({
    store: new FileTokenStore({ directory: join(home, 'latchkey') }),
    key: `${server.url} ${client_id}`,
    refresh: () => Promise.reject(new Error('never')),
  })
  await kept.import({ ...(await kept.tokens())!, ...tokens })
}

test('it signs in once, and refreshes once for eighty callers in four processes', async () => {
  await signIn()
  const again = run()
  expect(await again.exitCode).toBe(0)
  expect(again.output).toBe('20 concurrent requests: you are somebody\n')
  expect(grants).toEqual(['authorization_code'])

  await changeTokens({ expires_at: Date.now() - 1 })
  const programs = Array.from({ length: 4 }, run)
  expect(await Promise.all(programs.map(({ exitCode }) => exitCode))).toEqual([0, 0, 0, 0])
  const output = programs.map(program => program.output).join('')
  expect(output.match(/Refreshing/g)).toHaveLength(1)
  expect(output.match(/you are somebody/g)).toHaveLength(4)
  expect(grants).toEqual(['authorization_code', 'refresh_token'])
})

test('it reports an invalid refresh token, and signs in again the next time', async () => {
  await signIn()
  await changeTokens({ refresh_token: 'made-up', expires_at: Date.now() - 1 })
  const program = run()
  expect(await program.exitCode).toBe(1)
  expect(program.output).toContain('ReauthRequiredError')
  await signIn()
  expect(grants).toEqual(['authorization_code', 'authorization_code'])
})
