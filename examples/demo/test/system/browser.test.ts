// The demo with a user in a browser: they sign in, mistype, deny, and enter a PIN in the terminal.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../../tools/chromium.ts'
import { PageWatch } from '../../../../tools/page-watch.ts'
import { type Demo, startDemo } from '../run.ts'

let browser: Browser
/** One for all tests: a new one costs several times what a test does. */
let page: Page
let demo: Demo
let watch: PageWatch

beforeAll(async () => {
  browser = await launchChromium()
  page = await browser.newPage()
  watch = new PageWatch(page.context())
})
afterAll(() => browser.close())
beforeEach(() => watch.clear())
afterEach(async () => {
  demo.stop()
  await page.goto('about:blank')
  await page.context().clearCookies()
  expect(watch.problems).toEqual([])
})

/** Opens the next page that the demo sends the user to. */
async function openAuthorizePage(): Promise<void> {
  await page.goto(await demo.says(/send the user to (\S+)/))
}

async function signIn(password: string): Promise<void> {
  await page.getByLabel('Username').fill('rmp135')
  await page.getByLabel('Password').fill(password)
  await press('Allow')
}

const press = (name: string): Promise<void> => page.getByRole('button', { name }).click()

/** Waits for the page of the receiver, whose address must be clean. */
async function isBack(title: string): Promise<void> {
  await page.getByRole('heading', { name: title }).waitFor()
  expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
}

const summary = (): string => demo.output.slice(demo.output.indexOf('Summary'))

test('a user completes all four flows, with a wrong password and a wrong PIN', async () => {
  demo = startDemo(['--browser'])
  expect(await demo.says(/with the password (\S+);/)).toBe('latchkey')
  await page.goto(/send the user to (\S+)/.exec(demo.output)![1]!)
  await signIn('latchkeys')
  await page.getByRole('alert').getByText('The username or the password is wrong.').waitFor()
  await signIn('latchkey')
  await isBack('You are signed in')

  await openAuthorizePage()
  await press('Allow')
  await isBack('You are signed in')

  await openAuthorizePage()
  await press('Allow')
  const pin = await page.locator('#pin').textContent()
  demo.type('0000000000')
  await demo.says(/InvalidGrantError: .*Invalid Pin/)
  demo.type(pin!)

  expect(await demo.exitCode).toBe(0)
  for (const flow of ['by code', 'by token', 'by PIN', 'regenerate from the refresh token'])
    expect(summary()).toMatch(new RegExp(`${flow} +ok +rmp135 +3650 days`))
  expect(demo.output).not.toMatch(/[0-9a-f]{40}/)
  expect(watch.origins.size).toBe(2)
})

test('a user denies two flows, and the others work', async () => {
  demo = startDemo(['--browser'])
  await openAuthorizePage()
  await press('Deny')
  await isBack('You declined access')

  await openAuthorizePage()
  await signIn('latchkey')
  await isBack('You are signed in')

  await openAuthorizePage()
  await press('Deny')
  await isBack('You declined access')

  expect(await demo.exitCode).toBe(1)
  expect(summary()).toMatch(/by code +AccessDeniedError/)
  expect(summary()).toMatch(/by token +ok +rmp135/)
  expect(summary()).toMatch(/by PIN +AccessDeniedError/)
  expect(summary()).toMatch(/regenerate from the refresh token +ok +rmp135/)
})

test('a redirect of another flow is rejected, and the flow still waits for its own', async () => {
  demo = startDemo(['--browser'])
  const authorize = await demo.says(/send the user to (\S+)/)
  await page.goto(authorize)
  const callback = await page.locator('.address').textContent()

  const foreign = `${callback}?state=guessed&code=${'0'.repeat(40)}`
  await page.goto(foreign)
  await isBack('No such sign-in')
  await page.reload()
  await isBack('No such sign-in')
  demo.type(foreign)
  await demo.says(/StateMismatchError/)

  await page.goto(authorize)
  await signIn('latchkey')
  await isBack('You are signed in')
  await demo.says(/returned the account rmp135/)
})

test('the page of the receiver is accessible', async () => {
  demo = startDemo(['--browser'])
  await openAuthorizePage()
  await press('Deny')
  await isBack('You declined access')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
    expect(violations.map(({ id }) => id)).toEqual([])
  }
})

test('the demo does not hang if the input ends before the PIN', async () => {
  demo = startDemo(['--browser'])
  demo.endInput()
  for (const _ of ['code', 'token']) {
    await openAuthorizePage()
    await press('Deny')
    await isBack('You declined access')
  }
  expect(await demo.exitCode).toBe(1)
  expect(summary()).toMatch(/by PIN +Error/)
  expect(demo.output).toContain('the input ended before the PIN')
  expect(demo.output).toContain('there is no refresh token to regenerate from')
})

test('the demo opens the browser if there is one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-demo-'))
  const opened = Promise.withResolvers<string>()
  const listener = createServer((request, response) => {
    opened.resolve(new URL(request.url!, 'http://127.0.0.1').searchParams.get('url')!)
    response.end()
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const program = join(folder, 'browser')
  const tell = `fetch('http://127.0.0.1:${port}/?url=' + encodeURIComponent(process.argv[1]))`
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' --eval "${tell}" "$1"\n`)
  await chmod(program, 0o755)
  try {
    const desktop = { DISPLAY: ':0', SSH_CONNECTION: '', XDG_DATA_DIRS: folder, XDG_DATA_HOME: folder }
    demo = startDemo(['--browser'], { ...desktop, BROWSER: program })
    const url = await demo.says(/send the user to (\S+)/)
    await demo.says(/It opens in your browser/)
    expect(await opened.promise).toBe(url)
  } finally {
    listener.close()
    listener.closeAllConnections()
    await rm(folder, { recursive: true })
  }
})
