// Popup and redirect in every browser against the emulator. `chromium.test.ts` has more cases.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import type { Listening } from '../../../../tests/servers/listen.ts'
import { BROWSERS, launchBrowser } from '../../../../tools/browsers.ts'
import { poll, type Profile, type RunningBrowser, type Tab } from '../../../../tools/running-browser.ts'
import type { Stage } from '../page/main.ts'
import { startSite } from '../page/site.ts'

let site: Listening
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.close())

describe.each(BROWSERS)('in %s', name => {
  let browser: RunningBrowser
  let profile: Profile
  let page: Tab
  let emulator: Emulator

  beforeAll(async () => {
    browser = await launchBrowser(name)
    process.stdout.write(`${browser.version}\n`)
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    profile = await browser.newProfile(Number(new URL(site.url).port))
    page = await profile.newTab()
  })
  afterEach(async () => {
    await profile.close()
    await emulator.close()
  })

  /** Starts the emulator with the redirect URI of a path, and clicks the button that starts a sign-in there. */
  async function begin(kind: 'popup' | 'redirect'): Promise<void> {
    emulator = await startEmulator({
      clients: [{ client_id: '43652b743b5a7a0', redirect_uri: `${site.url}/${kind}` }],
    })
    await page.goto(site.url)
    await page.evaluate((args: Parameters<Stage['begin']>) => void Object.assign(globalThis, { args }), [
      kind,
      emulator.url,
    ] as Parameters<Stage['begin']>)
  }

  async function allow(on: Tab): Promise<void> {
    await on.fill('#username', emulator.user.account_username)
    await on.fill('#password', emulator.user.password)
    await on.click('button[name=allow]')
  }

  const popup = async (): Promise<Tab> => {
    await begin('popup')
    return profile.popup(() => page.click('button'))
  }

  const result = async (): Promise<string> => {
    await page.waitForFunction(() => stage.result !== undefined)
    return page.evaluate(() => stage.result!)
  }

  test('a popup signs in and closes itself', async () => {
    await allow(await popup())
    expect(await result()).toBe(`signed in as ${emulator.user.account_username}`)
    await poll(async () => ((await profile.tabCount()) === 1 ? true : undefined))
  })

  test('a denial in a popup rejects with access_denied', async () => {
    await (await popup()).click('button[name=deny]')
    expect(await result()).toBe('access_denied')
  })

  test('a redirect signs in once, and is removed from the address', async () => {
    await begin('redirect')
    await page.click('button')
    await allow(page)
    await poll(() =>
      page.evaluate(() => globalThis.stage?.redirected !== undefined || undefined).catch(() => undefined),
    )
    expect(await page.evaluate(() => stage.redirected)).toBe(emulator.user.account_username)
    expect(await page.evaluate(() => location.href)).toBe(`${site.url}/redirect`)
    await page.goto(`${site.url}/redirect?state=guessed#access_token=a`)
    await page.waitForFunction(() => globalThis.stage?.redirected !== undefined)
    expect(await page.evaluate(() => stage.redirected)).toBe('unexpected_redirect')
  })
})
