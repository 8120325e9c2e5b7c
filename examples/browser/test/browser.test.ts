// The page, built and served by Vite, in several Chromium tabs, against the emulator.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../../../tools/chromium.ts'
import { freePorts } from '../../../tools/free-ports.ts'
import { PageWatch } from '../../../tools/page-watch.ts'
import { type Program, startProgram } from '../../../tools/program.ts'

const VITE = new URL('../../../node_modules/vite/bin/vite.js', import.meta.url)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const AN_HOUR_MS = 3_600_000

/** A picture of one pixel. */
const PICTURE = {
  name: 'pixel.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  ),
}

let browser: Browser
let emulator: Emulator
let outDir: string
let server: Program
let site: string
let context: BrowserContext
let watch: PageWatch

beforeAll(async () => {
  const [port] = await freePorts(1)
  site = `http://127.0.0.1:${port}`
  emulator = await startEmulator({
    clients: [{ redirect_uri: `${site}/callback.html` }],
    expiresIn: AN_HOUR_MS / 1000,
  })
  outDir = await mkdtemp(join(tmpdir(), 'latchkey-browser-'))
  const env = { VITE_IMGUR_URL: emulator.url, VITE_IMGUR_CLIENT_ID: emulator.client.client_id, NO_COLOR: '1' }
  const build = startProgram(VITE, { args: ['build', ROOT, '--outDir', outDir, '--emptyOutDir'], env })
  ;[browser] = await Promise.all([launchChromium(), build.exitCode])
  expect(await build.exitCode).toBe(0)
  server = startProgram(VITE, { args: ['preview', ROOT, '--outDir', outDir, '--port', String(port)], env })
  await server.says(/127\.0\.0\.1/)
})
afterAll(async () => {
  server.stop()
  await browser.close()
  await emulator.close()
  await rm(outDir, { recursive: true })
})

beforeEach(async () => {
  context = await browser.newContext()
  watch = new PageWatch(context)
})
afterEach(async () => {
  await context.close()
  expect(watch.problems).toEqual([])
  expect([...watch.origins].sort()).toEqual([emulator.url, site].sort())
})

async function tab(): Promise<Page> {
  const page = await context.newPage()
  await page.goto(site)
  return page
}

const says = (page: Page, text: string): Promise<void> => page.getByText(text).waitFor()

/** Clicks Sign in and returns the popup. */
async function popupOf(page: Page): Promise<Page> {
  const [popup] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('button', { name: 'Sign in' }).click(),
  ])
  return popup
}

async function allow(page: Page): Promise<void> {
  await page.getByLabel('Username').fill(emulator.user.account_username)
  await page.getByLabel('Password').fill(emulator.user.password)
  await page.getByRole('button', { name: 'Allow' }).click()
}

async function signIn(page: Page): Promise<void> {
  const popup = await popupOf(page)
  const closed = popup.waitForEvent('close')
  await allow(popup)
  await Promise.all([closed, says(page, 'You are rmp135.')])
}

/** Returns everything that the page has stored, as text. */
const stored = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>(resolve => {
      const opening = indexedDB.open('pictures')
      opening.onsuccess = () => resolve(opening.result)
    })
    const all = [...database.objectStoreNames].map(
      name =>
        new Promise(resolve => {
          const request = database.transaction(name).objectStore(name).getAll()
          request.onsuccess = () => resolve(request.result)
        }),
    )
    const text = JSON.stringify([await Promise.all(all), { ...localStorage }, { ...sessionStorage }])
    database.close()
    return text
  })

const tokenRequests = (): number => emulator.ledger.filter(({ endpoint }) => endpoint === 'token').length

test('all tabs share a sign-in and a sign-out, and no refresh token is stored', async () => {
  const [one, two] = [await tab(), await tab()]
  await says(two, 'You are not signed in.')
  await says(two, 'anyone can read a secret in a page')

  await signIn(one)
  await says(two, 'You are rmp135.')
  await says(await tab(), 'You are rmp135.')
  expect(await stored(one)).toMatch(/[0-9a-f]{40}/)
  expect(await stored(one)).not.toContain('refresh_token')

  await two.getByRole('button', { name: 'Sign out' }).click()
  await says(two, 'You are not signed in.')
  await says(one, 'You are not signed in.')
  expect(await stored(one)).not.toMatch(/[0-9a-f]{40}/)
})

test('it uploads a picture, and reports an expired sign-in without requesting a refresh', async () => {
  const [one, two] = [await tab(), await tab()]
  await signIn(one)
  await says(two, 'You are rmp135.')
  await two.getByLabel('Upload a picture').setInputFiles(PICTURE)
  await says(two, emulator.url)

  emulator.clock.advance(AN_HOUR_MS)
  await one.getByLabel('Upload a picture').setInputFiles(PICTURE)
  await says(one, 'Your sign-in has expired. Sign in again.')
  await two.reload()
  await says(two, 'Your sign-in has expired. Sign in again.')
  expect(tokenRequests()).toBe(0)

  const popup = await popupOf(two)
  await popup.getByRole('button', { name: 'Allow' }).click()
  await says(two, 'You are rmp135.')
  await says(one, 'You are rmp135.')
})

test('a denial shows a message, and a user who closed the popup can retry', async () => {
  const page = await tab()
  await (await popupOf(page)).getByRole('button', { name: 'Deny' }).click()
  await says(page, 'You declined access. You are not signed in.')
  await (await popupOf(page)).close()
  await signIn(page)
})

test('if popups are blocked, the tab itself signs in by redirect', async () => {
  const page = await context.newPage()
  await page.addInitScript(() => (window.open = () => null))
  await page.goto(site)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await allow(page)
  await says(page, 'You are rmp135.')
  expect(page.url()).toBe(`${site}/`)
})
