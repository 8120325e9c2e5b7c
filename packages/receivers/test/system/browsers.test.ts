// Popup and redirect in every browser against the emulator. `chromium.test.ts` has more cases.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import { build } from 'esbuild'
import { BROWSERS, launchBrowser } from '../../../../tools/browsers.ts'
import { poll, type Profile, type RunningBrowser, type Tab } from '../../../../tools/running-browser.ts'
import type { Stage } from '../page/main.ts'

let site: Server
let origin: string

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../page/main.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['@latchkey/source'],
  })
  site = createServer(({ url }, response) => {
    const path = new URL(url!, 'http://site').pathname
    response.setHeader('Content-Type', 'text/html')
    response.end(
      `<!doctype html><html data-mode="${path.slice(1)}"><title>site</title><body>
      <button onclick="stage.begin(...args)">Sign in</button><script type="module">${outputFiles[0]!.text}</script>`,
    )
  })
  await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
})
afterAll(() => {
  site.close()
  site.closeAllConnections()
})

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
    profile = await browser.newProfile((site.address() as AddressInfo).port)
    page = await profile.newTab()
  })
  afterEach(async () => {
    await profile.close()
    await emulator.close()
  })

  /** Starts the emulator with the redirect URI of a path, and clicks the button that starts a sign-in there. */
  async function begin(kind: 'popup' | 'redirect'): Promise<void> {
    emulator = await startEmulator({
      clients: [{ client_id: '43652b743b5a7a0', redirect_uri: `${origin}/${kind}` }],
    })
    await page.goto(origin)
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
    expect(await page.evaluate(() => location.href)).toBe(`${origin}/redirect`)
    await page.goto(`${origin}/redirect?state=guessed#access_token=a`)
    await page.waitForFunction(() => globalThis.stage?.redirected !== undefined)
    expect(await page.evaluate(() => stage.redirected)).toBe('unexpected_redirect')
  })
})
