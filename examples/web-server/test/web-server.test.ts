// The web server as it runs: two processes, a Redis between them, Chromium in front.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { Client, imgur } from '@latchkey/core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { RedisTokenStore } from '@latchkey/storage-redis'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { Server } from '../../../packages/storage-redis/test/servers.ts'
import { launchChromium } from '../../../tools/chromium.ts'
import { freePorts } from '../../../tools/free-ports.ts'
import { type Program, startProgram } from '../../../tools/program.ts'

jest.setTimeout(60_000)

const AN_HOUR_MS = 3_600_000

let browser: Browser
let redis: Server
let emulator: Emulator
let ports: number[]
let processes: Program[]
let context: BrowserContext
let page: Page
/** How many requests the emulator had before this test. */
let earlier: number

/** Where a process answers: people begin at the one and come back to the other. */
const one = (path: string): string => `http://127.0.0.1:${ports[0]}${path}`
const other = (path: string): string => `http://127.0.0.1:${ports[1]}${path}`

beforeAll(async () => {
  ;[browser, redis, ports] = await Promise.all([launchChromium(), Server.start(), freePorts(2)])
  emulator = await startEmulator({
    clients: [{ redirect_uri: other('/callback') }],
    rotation: 'strict',
    expiresIn: AN_HOUR_MS / 1000,
  })
  await startBoth()
})
afterAll(async () => {
  await stopBoth()
  await browser.close()
  await emulator.close()
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
        REDIS_URL: redis.url,
        IMGUR_URL: emulator.url,
        IMGUR_CLIENT_ID: client_id,
        IMGUR_CLIENT_SECRET: client_secret,
      },
    }),
  )
  await Promise.all(processes.map(process => process.says(/Open http/)))
}

/** Ends both, as a deployment does; they end by themselves, and have printed nothing else. */
async function stopBoth(): Promise<void> {
  for (const process of processes) process.stop()
  expect(await Promise.all(processes.map(({ exitCode }) => exitCode))).toEqual([0, 0])
  for (const { output } of processes) expect(output).toMatch(/^Open http:\S+\n$/)
}

/** The visitor's account, as the processes keep it. */
function kept(): Client {
  return new Client({
    client_id: emulator.client.client_id,
    provider: imgur({ baseUrl: emulator.url }),
    store: new RedisTokenStore({ url: redis.url }),
    account: 'rmp135',
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
  await allow()
  await isAt('You are rmp135')
  expect(page.url()).toBe(other('/account'))
}

const exchanges = (grant: string): number =>
  emulator.ledger.slice(earlier).filter(({ grant_type }) => grant_type === grant).length

/** Both processes are asked for the visitor's page, ten times each, all at once: the titles, each once. */
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

test('a sign-in that one process begins ends on the other, and both know the visitor', async () => {
  await signIn()
  await page.goto(one('/account'))
  await isAt('You are rmp135')
  expect(exchanges('authorization_code')).toBe(1)

  // Chromium takes Secure and __Host- cookies from plain http, on loopback alone.
  const cookies = await context.cookies(one('/'))
  expect(cookies.filter(({ name }) => name.startsWith('__Host-'))).toHaveLength(2)
  for (const cookie of cookies)
    if (cookie.name.startsWith('__Host-'))
      expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', path: '/' })
})

test('a token that the API refuses costs one refresh, both processes asked ten times at once', async () => {
  await signIn()
  emulator.clock.advance(AN_HOUR_MS)
  expect(await titles()).toEqual(['You are rmp135'])
  expect(exchanges('refresh_token')).toBe(1)
})

test('so does one that expired while neither ran, and the visitor is known after the restart', async () => {
  await signIn()
  await stopBoth()
  await using account = kept()
  await account.import({ ...(await account.tokens()), expires_at: Date.now() - 1 })
  await startBoth()
  expect(await titles()).toEqual(['You are rmp135'])
  expect(exchanges('refresh_token')).toBe(1)
})

test('a redirect that somebody else began signs nobody in, and works once where it belongs', async () => {
  const begun = await fetch(one('/account'), { redirect: 'manual' })
  const { account_username: username, password } = emulator.user
  const redirect = await simulateUser({ username, password }).allow(begun.headers.get('location')!)
  await page.goto(redirect)
  await isAt('That did not work')
  expect(await page.textContent('body')).toContain('binding_mismatch')

  await page.getByRole('link', { name: 'Try again' }).click()
  await allow()
  await isAt('You are rmp135')
})

test('a visitor who says no is told so, and may think again', async () => {
  await page.goto(one('/account'))
  await page.getByRole('button', { name: 'Deny' }).click()
  await isAt('You said no')
  await page.getByRole('link', { name: 'Try again' }).click()
  await allow()
  await isAt('You are rmp135')
})

test('who signs out on one process is signed out on the other, and in other browsers', async () => {
  await signIn()
  const elsewhere = await context.cookies()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await isAt('Welcome')
  await context.addCookies(elsewhere)
  expect(await titles()).toEqual(['302'])
})

test('where the refresh token is refused the visitor signs in again, and goes on where they were', async () => {
  await signIn()
  await using account = kept()
  const { refresh_token = '' } = (await account.tokens())!
  const { client_id, client_secret } = emulator.client
  const body = { client_id, client_secret, refresh_token, grant_type: 'refresh_token' }
  for (const _ of ['spent', 'and again: taken for theft, all of it is revoked'])
    await fetch(`${emulator.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(body) })
  await page.goto(one('/account'))
  await page.getByRole('button', { name: 'Allow' }).click()
  await isAt('You are rmp135')
})
