// Each page, built by Vite, in two tabs of Chromium, with `oidc-provider` as the server.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type OidcProvider, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'
import { launchChromium } from '../../../tools/chromium.ts'
import { freePorts } from '../../../tools/free-ports.ts'
import { PageWatch } from '../../../tools/page-watch.ts'
import { type Program, startProgram } from '../../../tools/program.ts'

const VITE = new URL('../../../node_modules/vite/bin/vite.js', import.meta.url)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGES = ['react', 'vue', 'svelte']

let browser: Browser
let outDir: string
let preview: Program
let server: OidcProvider
let site: string
let context: BrowserContext
let watch: PageWatch

beforeAll(async () => {
  const [port] = await freePorts(1)
  site = `http://127.0.0.1:${port}`
  server = await startOidcProvider({
    clients: [
      {
        client_id: 'page',
        redirect_uris: PAGES.map(name => `${site}/${name}.html`),
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientBasedCORS: (_, origin) => origin === site,
  })
  outDir = await mkdtemp(join(tmpdir(), 'latchkey-pages-'))
  const env = { VITE_ISSUER: server.url, VITE_CLIENT_ID: 'page', NO_COLOR: '1' }
  const build = startProgram(VITE, { args: ['build', ROOT, '--outDir', outDir, '--emptyOutDir'], env })
  ;[browser] = await Promise.all([launchChromium(), build.exitCode])
  if ((await build.exitCode) !== 0) throw new Error(build.output)
  preview = startProgram(VITE, { args: ['preview', ROOT, '--outDir', outDir, '--port', String(port)], env })
  await preview.says(/127\.0\.0\.1/)
})
afterAll(async () => {
  preview.stop()
  await browser.close()
  await server.close()
  await rm(outDir, { recursive: true })
})

beforeEach(async () => {
  context = await browser.newContext()
  watch = new PageWatch(context)
})
afterEach(async () => {
  await context.close()
  expect(watch.problems).toEqual([])
})

const signedIn = (tab: Page): Promise<void> => tab.getByText('You are somebody').waitFor()
const signedOut = (tab: Page): Promise<void> => tab.getByRole('button', { name: 'Sign in' }).waitFor()

test.each(PAGES)('%s: a sign-in and a sign-out, in two tabs', async name => {
  const [one, two] = [await context.newPage(), await context.newPage()]
  await one.goto(`${site}/${name}.html`)
  await two.goto(`${site}/${name}.html`)
  await signedOut(two)
  await one.getByRole('button', { name: 'Sign in' }).click()
  await signedIn(one)
  expect(one.url()).toBe(`${site}/${name}.html`)
  await signedIn(two)
  await two.getByRole('button', { name: 'Sign out' }).click()
  await signedOut(two)
  await signedOut(one)
})

test('a user who declines sees why, and can try again', async () => {
  const tab = await context.newPage()
  await tab.goto(`${site}/react.html`)
  server.deny()
  await tab.getByRole('button', { name: 'Sign in' }).click()
  await tab.getByRole('alert').getByText('access_denied').waitFor()
  await signedOut(tab)
})
