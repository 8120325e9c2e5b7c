// The web server: two processes with one PostgreSQL and two providers, and Chromium.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Client, imgur } from '@latchkey/core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { SqlTokenStore } from '@latchkey/storage-sql'
import { fromPg } from '@latchkey/storage-sql/pg'
import pg from 'pg'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { Postgres } from '../../../packages/storage-sql/test/servers.ts'
import { type OidcProvider, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'
import { launchChromium } from '../../../tools/chromium.ts'
import { freePorts } from '../../../tools/free-ports.ts'
import { type Program, startProgram } from '../../../tools/program.ts'

const AN_HOUR_MS = 3_600_000

let browser: Browser
let database: pg.PoolConfig
let pool: pg.Pool
let openid: OidcProvider
let emulator: Emulator
let ports: number[]
let processes: Program[]
let context: BrowserContext
let page: Page
/** The number of requests to the emulator before this test. */
let earlier: number

/** URLs of the two processes. Users start at the first and return to the other. */
const one = (path: string): string => `http://127.0.0.1:${ports[0]}${path}`
const other = (path: string): string => `http://127.0.0.1:${ports[1]}${path}`

beforeAll(async () => {
  ;[browser, ports] = await Promise.all([launchChromium(), freePorts(2)])
  const server = await Postgres.start()
  database = { host: '127.0.0.1', port: server.port, user: 'admin', database: 'postgres' }
  pool = new pg.Pool(database)
  emulator = await startEmulator({
    clients: [{ redirect_uri: other('/auth/imgur/callback') }],
    rotation: 'strict',
    expiresIn: AN_HOUR_MS / 1000,
  })
  openid = await startOidcProvider({
    clients: [
      {
        client_id: 'app',
        client_secret: 'secret-of-the-app',
        redirect_uris: [other('/auth/openid/callback')],
        application_type: 'native',
        id_token_signed_response_alg: 'ES256',
      },
    ],
  })
  await startBoth()
})
afterAll(async () => {
  await stopBoth()
  await pool.end()
  await browser.close()
  await emulator.close()
  await openid.close()
})

beforeEach(async () => {
  context = await browser.newContext()
  page = await context.newPage()
  earlier = emulator.ledger.length
})
afterEach(() => context.close())

async function startBoth(): Promise<void> {
  const { client_id, client_secret } = emulator.client
  processes = ports.map(port =>
    startProgram(new URL('../src/main.ts', import.meta.url), {
      env: {
        PORT: String(port),
        ORIGIN: other(''),
        SECRET: 'a secret of at least thirty-two characters',
        DATABASE_URL: `postgres://admin@127.0.0.1:${database.port}/postgres`,
        OPENID_ISSUER: openid.url,
        OPENID_CLIENT_ID: 'app',
        OPENID_CLIENT_SECRET: 'secret-of-the-app',
        IMGUR_URL: emulator.url,
        IMGUR_CLIENT_ID: client_id,
        IMGUR_CLIENT_SECRET: client_secret,
      },
    }),
  )
  await Promise.all(processes.map(process => process.says(/Open http/)))
}

/** Stops both as a deployment does. They exit by themselves and have printed nothing else. */
async function stopBoth(): Promise<void> {
  for (const process of processes) process.stop()
  expect(await Promise.all(processes.map(({ exitCode }) => exitCode))).toEqual([0, 0])
  for (const { output } of processes) expect(output).toMatch(/^Open http:\S+\n$/)
}

/** Returns the user's account in the store of the processes. */
function storedAccount(): Client {
  return new Client({
    client_id: emulator.client.client_id,
    provider: imgur({ baseUrl: emulator.url }),
    store: new SqlTokenStore(fromPg(pool)),
    account: String(emulator.user.account_id),
  })
}

async function allow(): Promise<void> {
  await page.getByLabel('Username').fill(emulator.user.account_username)
  await page.getByLabel('Password').fill(emulator.user.password)
  await page.getByRole('button', { name: 'Allow' }).click()
}

const isAt = (title: string): Promise<void> => page.getByRole('heading', { name: title }).waitFor()

async function signIn(): Promise<void> {
  await page.goto(one('/account'))
  await page.getByRole('link', { name: 'imgur' }).click()
  await allow()
  await isAt('You are rmp135')
  expect(page.url()).toBe(other('/account'))
}

const exchanges = (grant: string): number =>
  emulator.ledger.slice(earlier).filter(({ grant_type }) => grant_type === grant).length

/** Requests the user's page from both processes, ten times each, concurrently. Returns the distinct titles. */
async function titles(): Promise<string[]> {
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const pages = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const response = await fetch((n % 2 ? one : other)('/account'), {
        headers: { cookie },
        redirect: 'manual',
      })
      return /<title>(.*)<\/title>/.exec(await response.text())?.[1] ?? String(response.status)
    }),
  )
  return [...new Set(pages)]
}

test('a sign-in that one process starts completes on the other, and both share the session', async () => {
  await signIn()
  await page.goto(one('/account'))
  await isAt('You are rmp135')
  expect(exchanges('authorization_code')).toBe(1)

  const cookies = (await context.cookies(one('/'))).filter(({ name }) => name.startsWith('latchkey'))
  expect(cookies).toHaveLength(2)
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
})

test('a token that the API rejects is refreshed once for ten concurrent requests to each process', async () => {
  await signIn()
  emulator.clock.advance(AN_HOUR_MS)
  expect(await titles()).toEqual(['You are rmp135'])
  expect(exchanges('refresh_token')).toBe(1)
})

test('a token that expired while no process ran is refreshed once, and the session survives the restart', async () => {
  await signIn()
  await stopBoth()
  await using account = storedAccount()
  await account.import({ ...(await account.tokens()), expires_at: Date.now() - 1 })
  await startBoth()
  expect(await titles()).toEqual(['You are rmp135'])
  expect(exchanges('refresh_token')).toBe(1)
})

test('a redirect that another browser started signs nobody in', async () => {
  const started = await fetch(one('/auth/imgur/login?to=/account'), { redirect: 'manual' })
  const { account_username: username, password } = emulator.user
  const redirect = await simulateUser({ username, password }).allow(started.headers.get('location')!)
  await page.goto(redirect)
  await isAt('Another browser')

  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'imgur' }).click()
  await allow()
  await isAt('Welcome')
})

test('a prefetch of the redirect does not use the code', async () => {
  await page.goto(one('/auth/imgur/login?to=/account'))
  const { account_username: username, password } = emulator.user
  const redirect = await simulateUser({ username, password }).allow(page.url())
  const prefetched = await context.request.get(redirect, { headers: { 'sec-purpose': 'prefetch' } })
  expect(prefetched.status()).toBe(503)
  expect(exchanges('authorization_code')).toBe(0)
  await page.goto(redirect)
  await isAt('You are rmp135')
})

test('a user who denies sees a message, and can retry', async () => {
  await page.goto(one('/auth/imgur/login?to=/account'))
  await page.getByRole('button', { name: 'Deny' }).click()
  await isAt('You declined')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'imgur' }).click()
  await allow()
  await isAt('Welcome')
})

test('a user has both providers in one session, added by a form', async () => {
  await page.goto(one('/account'))
  await page.getByRole('link', { name: 'openid' }).click()
  await isAt('You are somebody')
  await page.getByRole('button', { name: 'Add imgur' }).click()
  await allow()
  await isAt('You are rmp135 and somebody')
  await page.goto(one('/account'))
  await isAt('You are rmp135 and somebody')
})

test('a sign-out on one process applies to the other process and to other browsers', async () => {
  await signIn()
  const elsewhere = await context.cookies()
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await isAt('Welcome')
  await context.addCookies(elsewhere)
  expect(await titles()).toEqual(['302'])
})

test('after a rejected refresh token the user signs in again, and returns to the same page', async () => {
  await signIn()
  await using account = storedAccount()
  const { refresh_token = '' } = (await account.tokens())!
  const { client_id, client_secret } = emulator.client
  const body = { client_id, client_secret, refresh_token, grant_type: 'refresh_token' }
  for (const _ of ['first use', 'reuse, which revokes the family'])
    await fetch(`${emulator.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(body) })
  await page.goto(one('/account'))
  await page.getByRole('button', { name: 'Allow' }).click()
  await isAt('You are rmp135')
})
