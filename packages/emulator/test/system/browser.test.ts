import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../../tools/chromium.ts'
import { PageWatch } from '../../../../tools/page-watch.ts'
import { authorizeUrl, emulatorWith, refresh } from '../support.ts'

/** The application that redirects to the emulator, on another origin. */
const application = createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html')
  response.end('<title>Application</title><p>Welcome back')
})
let browser: Browser
let callback: string
/** One for all tests: a new one costs several times what a test does. */
let page: Page
let watch: PageWatch

beforeAll(async () => {
  browser = await launchChromium()
  page = await browser.newPage()
  watch = new PageWatch(page.context())
  await new Promise<void>(resolve => application.listen(0, '127.0.0.1', resolve))
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`
})
afterAll(async () => {
  await browser.close()
  application.closeAllConnections()
  application.close()
})
beforeEach(() => watch.clear())
afterEach(async () => {
  await page.goto('about:blank')
  await page.context().clearCookies()
  expect(watch.problems).toEqual([])
})

const withApplication = () => emulatorWith({ clients: [{ client_id: 'app', redirect_uri: callback }] })

test('a user signs in and allows with the keyboard only, and returns to the application', async () => {
  const emulator = await withApplication()
  await page.goto(authorizeUrl(emulator, { state: 's' }))
  await page.getByLabel('Username').focus()
  await page.keyboard.type('rmp135')
  await page.keyboard.press('Tab')
  await page.keyboard.type('latchkey')
  await page.keyboard.press('Enter')
  await page.getByText('Welcome back').waitFor()
  expect(page.url()).toMatch(new RegExp(`^${callback}\\?state=s&code=[0-9a-f]{40}$`))
  expect([...watch.origins]).toEqual([emulator.url, new URL(callback).origin])
})

test('a user denies without entering anything', async () => {
  const emulator = await withApplication()
  await page.goto(authorizeUrl(emulator, { state: 's' }))
  await page.getByRole('button', { name: 'Deny' }).focus()
  await page.keyboard.press('Space')
  await page.getByText('Welcome back').waitFor()
  expect(page.url()).toBe(`${callback}?error=access_denied&state=s`)
})

test('the form prevents Allow without a password', async () => {
  const emulator = await withApplication()
  await page.goto(authorizeUrl(emulator))
  await page.getByRole('button', { name: 'Allow' }).click()
  expect(await page.getByLabel('Username').evaluate(field => field === document.activeElement)).toBe(true)
  expect(emulator.ledger.map(({ method }) => method)).toEqual(['GET'])
})

async function signIn(password = 'latchkey') {
  await page.getByLabel('Username').fill('rmp135')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Allow' }).click()
}

test('a wrong password is announced and can be corrected', async () => {
  const emulator = await withApplication()
  emulator.set({ authorizeErrors: 'pages' })
  await page.goto(authorizeUrl(emulator))
  await signIn('wrong')
  await page.getByRole('alert').getByText('The username or the password is wrong.').waitFor()
  expect(await page.getByLabel('Username').inputValue()).toBe('rmp135')
  const password = page.getByLabel('Password')
  expect(await password.evaluate(field => field === document.activeElement)).toBe(true)
  await page.keyboard.type('latchkey')
  await page.keyboard.press('Enter')
  await page.getByText('Welcome back').waitFor()
})

test('the second time a browser shows only the buttons, until the user presses "Not you?"', async () => {
  const emulator = await withApplication()
  await page.goto(authorizeUrl(emulator))
  await signIn()
  await page.getByText('Welcome back').waitFor()
  await page.goto(authorizeUrl(emulator, { response_type: 'token' }))
  expect(await page.getByLabel('Password').count()).toBe(0)
  await page.getByRole('button', { name: 'Not you?' }).click()
  await signIn()
  await page.getByText('Welcome back').waitFor()
  expect(page.url()).toContain('#access_token=')
})

test('a user reads the PIN for the application', async () => {
  const emulator = await withApplication()
  await page.goto(authorizeUrl(emulator, { response_type: 'pin' }))
  await signIn()
  await page.getByRole('heading', { name: 'Your PIN' }).waitFor()
  expect(await page.locator('#pin').textContent()).toBe(new URL(page.url()).searchParams.get('pin'))
})

test('the front page shows requests as they arrive, with their outcome', async () => {
  const emulator = await withApplication()
  await page.goto(emulator.url)
  await page.getByText('Live', { exact: true }).waitFor()
  await refresh(emulator, 'unknown')
  const row = page.getByRole('row', { name: 'POST /oauth2/token' })
  await row.getByText('400 rejected').waitFor()
  await row.getByText('Invalid refresh token').waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByText('Nothing yet.').waitFor()
  expect(emulator.ledger).toEqual([])
})

test('the front page changes and resets switches', async () => {
  const emulator = await emulatorWith()
  await page.goto(emulator.url)
  const changed = (path: string) => page.waitForResponse(response => response.url().endsWith(path))
  await Promise.all([changed('/switches'), page.getByLabel('rotation').selectOption('strict')])
  await Promise.all([changed('/switches'), page.getByLabel('requireSecret').click()])
  const field = page.getByLabel('codeLifetimeMs')
  await field.fill('5000')
  await Promise.all([changed('/switches'), field.press('Enter')])
  expect(emulator.switches).toMatchObject({
    rotation: 'strict',
    requireSecret: false,
    codeLifetimeMs: 5000,
  })
  await Promise.all([changed('/reset'), page.getByRole('button', { name: 'Reset' }).click()])
  expect(emulator.switches).toMatchObject({ rotation: 'rotate-keep-old', requireSecret: true })
})

test('the front page starts a scenario, and adds and removes a fault', async () => {
  const emulator = await emulatorWith()
  await page.goto(emulator.url)
  await page.getByLabel('Scenario').selectOption('lost-response')
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByText('Active: lost-response. The server processes the next refresh').waitFor()
  await page.getByLabel('Kind').selectOption('truncate')
  await page.getByLabel('bytes').fill('7')
  await page.getByLabel('Times').fill('always')
  await page.getByRole('button', { name: 'Add the fault' }).click()
  await page.getByText('truncate on token, bytes 7, always').waitFor()
  expect(emulator.faults.armed[1]).toMatchObject({ remaining: 'always', fault: { bytes: 7 } })
  await page.getByRole('button', { name: 'Remove reset' }).click()
  await page.getByText('reset on token').waitFor({ state: 'detached' })
  expect(emulator.faults.armed).toMatchObject([{ fault: { kind: 'truncate' } }])
  await page.getByLabel('Times').fill('often')
  await page.getByRole('button', { name: 'Add the fault' }).click()
  await page.getByRole('alert').getByText('fault.times must be').waitFor()
})

test('the front page fits a phone, and copies the client', async () => {
  const emulator = await emulatorWith({ clients: [{ client_id: 'app', client_secret: 's'.repeat(80) }] })
  await page.setViewportSize({ width: 360, height: 740 })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(emulator.url)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  for (const name of ['client_id', 'client_secret'] as const) {
    await page.getByRole('button', { name: `Copy ${name}` }).click()
    await page.getByText('Copied').first().waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(emulator.client[name])
  }
  const secret = await page.getByText('s'.repeat(80)).boundingBox()
  expect(secret!.x + secret!.width).toBeLessThan(360)
})

test('a form registers an application', async () => {
  const emulator = await emulatorWith({ addclient: 'form' })
  await page.goto(`${emulator.url}/oauth2/addclient`)
  await page.getByLabel('Callback URL').fill('myapp://oauth')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: 'Application registered' }).waitFor()
})

test('a page of another origin cannot control, read or frame the emulator', async () => {
  const emulator = await emulatorWith({ era: '2014' })
  emulator.set({ era: 'docs' })
  await page.goto(callback)
  const outcome = await page.evaluate(async url => {
    const attempt = (path: string, init: RequestInit) =>
      fetch(url + path, init).then(
        ({ type }) => type,
        () => 'failed',
      )
    const json = { 'Content-Type': 'application/json' }
    return [
      await attempt('/_emulator/reset', { method: 'POST', mode: 'no-cors' }),
      await attempt('/_emulator', {}),
      await attempt('/_emulator/switches', { method: 'PATCH', headers: json, body: '{"era":"2016"}' }),
      await attempt('/_emulator/ledger', { method: 'DELETE' }),
    ]
  }, emulator.url)
  expect(outcome).toEqual(['opaque', 'failed', 'failed', 'failed'])
  expect(emulator.switches.era).toBe('docs')

  await page.setContent(`<iframe src="${authorizeUrl(emulator)}"></iframe>`)
  await page.waitForFunction(() => frames.length === 1)
  const frame = page.frames()[1]!
  await frame.waitForLoadState()
  expect(await frame.getByRole('button').count()).toBe(0)
  watch.problems = watch.problems.filter(problem => !problem.includes('frame-ancestors'))
})
