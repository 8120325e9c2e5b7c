// Accessibility of every page, on a wide light screen and on a small dark one.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../../tools/chromium.ts'
import { PageWatch } from '../../../../tools/page-watch.ts'
import type { Emulator } from '../../src/index.ts'
import { authorizeUrl, emulatorWith, rawRefresh, refresh } from '../support.ts'

let browser: Browser
/** One for all scenes: a new one costs several times what a scene does. */
let page: Page
let watch: PageWatch

beforeAll(async () => {
  browser = await launchChromium()
  page = await browser.newPage()
  watch = new PageWatch(page.context())
})
afterAll(() => browser.close())
beforeEach(() => watch.clear())
afterEach(async () => {
  await page.goto('about:blank')
  await page.context().clearCookies()
})

async function signIn(password: string): Promise<void> {
  await page.getByLabel('Username').fill('rmp135')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Allow' }).click()
}

/** How to open each page. */
const SCENES: Record<string, (emulator: Emulator) => Promise<unknown>> = {
  async 'the front page of an emulator that has seen trouble'(emulator) {
    emulator.play('lost-response')
    emulator.faults.add({ kind: 'delay', times: 'always', endpoint: 'upload' })
    await rawRefresh(emulator)
    await refresh(emulator, 'unknown')
    await page.goto(emulator.url)
    await page.getByText('ok, but no response').waitFor()
    await page.getByText('delay on upload').waitFor()
  },
  'the page that asks to sign in': emulator => page.goto(authorizeUrl(emulator)),
  async 'the same after a wrong password'(emulator) {
    await page.goto(authorizeUrl(emulator))
    await signIn('wrong')
    await page.getByRole('alert').waitFor()
  },
  async 'the page of a PIN'(emulator) {
    await page.goto(authorizeUrl(emulator, { response_type: 'pin' }))
    await signIn('latchkey')
    await page.getByRole('heading', { name: 'Your PIN' }).waitFor()
  },
  async 'the buttons for somebody who is signed in'(emulator) {
    await SCENES['the page of a PIN']!(emulator)
    await page.goto(authorizeUrl(emulator))
    await page.getByText('Signed in as').waitFor()
  },
  'a wrong client_id': ({ url }) => page.goto(`${url}/oauth2/authorize?client_id=null`),
  'a wrong redirect_uri': emulator =>
    page.goto(authorizeUrl(emulator, { redirect_uri: 'https://a.example/' })),
  'a PIN that is over': ({ url }) => page.goto(`${url}/oauth2/pin?pin=none`),
  'the form for an application': ({ url }) => page.goto(`${url}/oauth2/addclient`),
  async 'a wrong callback'(emulator) {
    await page.goto(`${emulator.url}/oauth2/addclient`)
    await page.getByLabel('Callback URL').fill('nowhere')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('alert').waitFor()
  },
  async 'an application that was registered'(emulator) {
    await page.goto(`${emulator.url}/oauth2/addclient`)
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: 'Application registered' }).waitFor()
  },
  'no page at all': ({ url }) => page.goto(`${url}/nothing`),
}

/** Returns the violations that axe finds: colours, names, roles, landmarks, order of headings. */
async function findings(): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

test.each(Object.keys(SCENES))('%s', async scene => {
  const emulator = await emulatorWith({ authorizeErrors: 'pages', addclient: 'form' })
  await SCENES[scene]!(emulator)

  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 320],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 640 })
    expect(await findings()).toEqual([])
    const { overflow, headings, title } = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - innerWidth,
      headings: document.querySelectorAll('h1').length,
      title: document.title,
    }))
    expect([overflow, headings, title]).toEqual([0, 1, expect.stringMatching(/^.+ · Latchkey emulator$/)])
  }
  expect([...watch.origins]).toEqual([emulator.url])
})
