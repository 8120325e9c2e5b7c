// The life of an account, with a user at a terminal and a browser.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../tools/chromium.ts'
import { eachTestHasAUser, emulator, home, moveToAnotherHome } from './one-user.ts'
import { openToOthers, run, start } from './support.ts'

let browser: Browser
let page: Page

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
eachTestHasAUser()
beforeEach(async () => {
  page = await browser.newPage()
})
afterEach(async () => {
  await page.context().close()
})

const press = (name: string): Promise<void> => page.getByRole('button', { name }).click()

async function signIn(url: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Username').fill(emulator.user.account_username)
  await page.getByLabel('Password').fill(emulator.user.password)
  await press('Allow')
}

/** The number of requests to the token endpoint. */
const exchanges = (): number => emulator.ledger.filter(({ endpoint }) => endpoint === 'token').length

test('login --pin, a mistyped PIN, token, and all other commands until logout', async () => {
  const login = start(['login', '--pin'], { ...home, terminal: true })
  await signIn(await login.says(/opens in your browser:\s+(\S+)\r?\n/))
  const pin = await page.locator('#pin').textContent()
  await login.says(/PIN:/)
  login.type('0000000000\r')
  await login.says(/Invalid Pin/)
  await login.says(/PIN:/)
  login.type(`${pin}\r`)
  await login.says(/Signed in to imgur as rmp135/)
  expect(await login.exitCode).toBe(0)

  const token = await run(['token'], home)
  expect(token).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^[0-9a-f]{40}\n$/), stderr: '' })
  expect(await run(['whoami'], home)).toEqual({ exitCode: 0, stdout: 'rmp135\n', stderr: '' })
  expect((await run(['accounts'], home)).stdout).toMatch(
    /^imgur\.\S+ +default +rmp135 +signed in +valid for 3649 days$/m,
  )

  const doctor = await run(['doctor'], home)
  expect(doctor.exitCode).toBe(0)
  expect(doctor.stdout).toMatch(
    /^ok imgur, account default \(rmp135\): signed in, .* there is a refresh token$/m,
  )
  expect(doctor.stdout).toMatch(/^ok token: valid: the sign-in reports the user rmp135$/m)

  const refreshed = await run(['refresh'], home)
  expect(refreshed.stdout).toBe('Refreshed: the access token is valid for 3649 days.\n')
  expect((await run(['token'], home)).stdout).not.toBe(token.stdout)
  expect(exchanges()).toBe(3) // the mistyped PIN, the PIN, the refresh

  expect((await run(['logout'], home)).stdout).toMatch(
    /^Signed out here\. imgur\.\S+ has no way to revoke tokens/,
  )
  expect(await run(['token'], home)).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: expect.stringMatching(
      /^this account was signed out \(provider imgur, client \S+, account default, in the folder \S+\/latchkey\)\nSign in with: latchkey login\n$/,
    ),
  })
  const afterwards = await run(['doctor'], home)
  expect(afterwards.exitCode).toBe(0) // the user wanted that
  expect(afterwards.stdout).toMatch(/^ok imgur, account default: signed out .* ago\n {3}-> latchkey login$/m)
})

test('login redirects to a free port, and the page confirms the sign-in', async () => {
  const login = start(['login'], { ...home, terminal: true })
  await signIn(await login.says(/opens in your browser:\s+(\S+)\r?\n/))
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
  await login.says(/Signed in to imgur as rmp135/)
  expect(await login.exitCode).toBe(0)
  expect(exchanges()).toBe(1)
})

test('the user declines', async () => {
  const login = start(['login'], { ...home, terminal: true })
  await page.goto(await login.says(/opens in your browser:\s+(\S+)\r?\n/))
  await press('Deny')
  await page.getByRole('heading', { name: 'You declined access' }).waitFor()
  expect(await login.exitCode).toBe(4)
  expect(exchanges()).toBe(0)
})

test('login --paste accepts the redirected URL, and prompts again for a wrong one', async () => {
  const login = start(['login', '--paste'], { ...home, terminal: true })
  const url = await login.says(/opens in your browser:\s+(\S+)\r?\n/)
  // Nothing listens at the redirect URI.
  const redirect = page.waitForRequest(/code=/)
  await signIn(url)
  const redirected = (await redirect).url()
  await login.says(/URL:/)
  login.type(`${redirected.replace(/state=[^&]+/, 'state=another')}\r`)
  await login.says(/state/)
  await login.says(/URL:/)
  login.type(`${redirected}\r`)
  expect(await login.exitCode).toBe(0)
  expect(exchanges()).toBe(1)
})

test('login prompts once for a client that is not configured, hides its secret, and saves it privately', async () => {
  const { client_id, client_secret } = emulator.client
  moveToAnotherHome({ IMGUR_CLIENT_ID: '', IMGUR_CLIENT_SECRET: '' })
  const login = start(['login'], { ...home, terminal: true })
  await login.says(/registered at http\S+\/oauth2\/addclient\r\n/)
  await login.says(/client_id at imgur:/)
  login.type(`${client_id}\r`)
  await login.says(/client_secret \(Enter if it has none\):/)
  login.type(`${client_secret}\r`)
  await signIn(await login.says(/opens in your browser:\s+(\S+)\r?\n/))
  expect(await login.exitCode).toBe(0)
  expect(login.stdout).not.toContain(client_secret)

  const file = join(home.path, 'config/latchkey/config.json')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    providers: { imgur: { client_id, client_secret, options: { baseUrl: emulator.url } } },
  })
  expect((await run(['token'], home)).stdout).toMatch(/^[0-9a-f]{40}\n$/)
  expect((await run(['refresh'], home)).exitCode).toBe(0)
  expect(openToOthers(join(home.path, 'config'))).toEqual([])
  expect(openToOthers(join(home.path, 'data'))).toEqual([])
})
