// The whole life of an account as a person lives it: at a terminal, with a browser of their own.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../tools/chromium.ts'
import { type Home, makeHome, run, start } from './support.ts'

jest.setTimeout(120_000)

let browser: Browser
let page: Page
let emulator: Emulator
let home: Home

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  page = await browser.newPage()
  emulator = await startEmulator({ clients: [{ redirect_uri: 'http://127.0.0.1' }] })
  home = makeHome(emulator)
})
afterEach(async () => {
  await page.context().close()
  await emulator.close()
  home.remove()
})

const press = (name: string): Promise<void> => page.getByRole('button', { name }).click()

async function signIn(url: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Username').fill(emulator.user.account_username)
  await page.getByLabel('Password').fill(emulator.user.password)
  await press('Allow')
}

/** How many requests the token endpoint had. */
const exchanges = (): number => emulator.ledger.filter(({ endpoint }) => endpoint === 'token').length

test('login --pin, a mistyped PIN, token', async () => {
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

  const { exitCode, stdout, stderr } = await run(['token'], home)
  expect([exitCode, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^[0-9a-f]{40}\n$/)
})

test('login comes back to a port of its own, and the page says so', async () => {
  const login = start(['login'], { ...home, terminal: true })
  await signIn(await login.says(/opens in your browser:\s+(\S+)\r?\n/))
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
  await login.says(/Signed in to imgur as rmp135/)
  expect(await login.exitCode).toBe(0)
  expect(exchanges()).toBe(1)
})
