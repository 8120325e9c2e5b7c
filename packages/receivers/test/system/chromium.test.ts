// Popup and redirect in a real browser against the emulator, with and without Cross-Origin-Opener-Policy.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { listen, type Listening } from '../../../../tests/servers/listen.ts'
import { launchChromium } from '../../../../tools/chromium.ts'
import type { Stage } from '../page/main.ts'
import { startSite } from '../page/site.ts'

let browser: Browser
let context: BrowserContext
let page: Page
let emulator: Emulator
let site: Listening
/** A proxy of the emulator that adds Cross-Origin-Opener-Policy. */
let isolating: Listening

beforeAll(async () => {
  browser = await launchChromium()
  site = await startSite()
  isolating = await listen(() => async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const upstream = await fetch(emulator.url + request.url, {
      method: request.method!,
      redirect: 'manual',
      headers: {
        cookie: request.headers.cookie ?? '',
        'content-type': request.headers['content-type'] ?? '',
      },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    })
    const headers: Record<string, string | string[]> = Object.fromEntries(
      ['content-type', 'location'].flatMap(name => {
        const value = upstream.headers.get(name)
        return value === null ? [] : [[name, value]]
      }),
    )
    headers['set-cookie'] = upstream.headers.getSetCookie()
    headers['cross-origin-opener-policy'] = 'same-origin'
    response.writeHead(upstream.status, headers).end(await upstream.text())
  })
})
afterAll(async () => {
  await browser.close()
  await site.close()
  await isolating.close()
})

beforeEach(async () => {
  context = await browser.newContext()
  page = await context.newPage()
})
afterEach(async () => {
  await context.close()
  await emulator.close()
})

async function startEmulatorFor(path: string): Promise<void> {
  emulator = await startEmulator({
    clients: [{ client_id: '43652b743b5a7a0', redirect_uri: `${site.url}/${path}` }],
  })
}

async function allow(on: Page): Promise<void> {
  await on.getByLabel('Username').fill(emulator.user.account_username)
  await on.getByLabel('Password').fill(emulator.user.password)
  await on.getByRole('button', { name: 'Allow' }).click()
}

/** Clicks the button, which starts a sign-in with these arguments. */
async function click(...args: Parameters<Stage['begin']>): Promise<void> {
  await page.goto(site.url)
  await page.evaluate(given => void Object.assign(globalThis, { args: given }), args)
  await page.getByRole('button').click()
}

async function popupOf(...args: Parameters<Stage['begin']>): Promise<Page> {
  const opened = context.waitForEvent('page')
  await click(...args)
  return opened
}

const result = async (): Promise<string> => {
  await page.waitForFunction(() => stage.result !== undefined)
  return page.evaluate(() => stage.result!)
}

test('a popup signs in and closes itself', async () => {
  await startEmulatorFor('popup')
  const popup = await popupOf('popup', emulator.url)
  const closed = popup.waitForEvent('close')
  await allow(popup)
  expect(await result()).toBe(`signed in as ${emulator.user.account_username}`)
  await closed
})

test('the pages in a popup have no opener, from the first one on', async () => {
  await startEmulatorFor('popup')
  await context.addInitScript(() => {
    const openers = JSON.parse(localStorage.getItem('openers') ?? '[]') as unknown[]
    localStorage.setItem('openers', JSON.stringify([...openers, window.opener !== null]))
  })
  const popup = await popupOf('popup', emulator.url)
  await popup.getByLabel('Username').waitFor()
  expect(await popup.evaluate(() => localStorage.getItem('openers'))).toBe('[false]')
  await popup.evaluate(() => window.opener?.location.replace('about:blank#phishing'))
  expect(page.url()).toBe(`${site.url}/`)
  await allow(popup)
  expect(await result()).toBe(`signed in as ${emulator.user.account_username}`)
})

test('a popup under Cross-Origin-Opener-Policy signs in too', async () => {
  await startEmulatorFor('popup')
  const popup = await popupOf('popup', isolating.url)
  await popup.getByLabel('Username').waitFor()
  expect(await popup.evaluate(() => window.opener)).toBeNull()
  await allow(popup)
  expect(await result()).toBe(`signed in as ${emulator.user.account_username}`)
})

test('a denial in a popup rejects with access_denied', async () => {
  await startEmulatorFor('popup')
  const popup = await popupOf('popup', emulator.url)
  await popup.getByRole('button', { name: 'Deny' }).click()
  expect(await result()).toBe('access_denied')
})

test('a blocked popup rejects with popup_blocked', async () => {
  await startEmulatorFor('popup')
  await page.goto(site.url)
  await page.evaluate(() => {
    window.open = () => null
  })
  await page.evaluate(server => stage.begin('popup', server), emulator.url)
  expect(await result()).toBe('popup_blocked')
})

/** Resolves when the popup shows the server's page, and the page that opened it had time to notice that. */
async function shown(popup: Page): Promise<void> {
  await popup.getByLabel('Username').waitFor()
  await page.waitForTimeout(1_000)
}

test('a popup that the user closes rejects with popup_closed at once', async () => {
  await startEmulatorFor('popup')
  const popup = await popupOf('popup', emulator.url)
  await shown(popup)
  expect(await page.evaluate(() => stage.result)).toBeUndefined()
  await popup.close()
  expect(await result()).toBe('popup_closed')
})

test('a popup that Cross-Origin-Opener-Policy cut off is not taken for a closed one', async () => {
  await startEmulatorFor('popup')
  const popup = await popupOf('popup', isolating.url)
  await shown(popup)
  expect(await page.evaluate(() => stage.result)).toBeUndefined()
  await allow(popup)
  expect(await result()).toBe(`signed in as ${emulator.user.account_username}`)
})

test('a popup that a later page cut off is not taken for a closed one while the user is in it', async () => {
  await startEmulatorFor('popup')
  const popup = await popupOf('popup', emulator.url)
  await shown(popup)
  // The test browser gives every page the focus.
  await page.evaluate(() => void (document.hasFocus = () => false))
  const proxy = new URL(isolating.url)
  await popup.goto(popup.url().replace(new URL(popup.url()).host, proxy.host))
  await shown(popup)
  expect(await popup.evaluate(() => window.opener)).toBeNull()
  await allow(popup)
  expect(await result()).toBe(`signed in as ${emulator.user.account_username}`)
})

test('an abort and a timeout end the wait, and the popup shows that no page waits', async () => {
  await startEmulatorFor('popup')
  const popup = await popupOf('popup', emulator.url)
  await popup.getByLabel('Username').waitFor()
  await page.evaluate(() => stage.abort())
  expect(await result()).toBe('aborted')
  await allow(popup)
  await popup.waitForFunction(() => document.title === 'unclaimed')
  await popupOf('popup', emulator.url, { timeoutMs: 1 })
  expect(await result()).toBe('timed_out')
  const popups = context.pages().length
  await click('popup', emulator.url, { timeoutMs: 2 ** 31 })
  expect(await result()).toContain('timeoutMs must be')
  expect(context.pages()).toHaveLength(popups)
})

test('a redirect without a waiting page is removed from the address too', async () => {
  await startEmulatorFor('popup')
  await page.clock.install()
  for (const redirect of ['?state=nobodys#access_token=a', `?their_code=c&state=${'0f'.repeat(16)}`]) {
    await page.goto(`${site.url}/popup${redirect}`)
    await page.waitForURL(`${site.url}/popup`)
    await page.clock.runFor(6_000)
    await page.waitForFunction(() => document.title === 'unclaimed')
  }
  await page.goto(`${site.url}/popup`)
  await page.waitForFunction(() => document.title === 'none')
})

test('a redirect signs in once, and is removed from the address', async () => {
  await startEmulatorFor('redirect')
  await click('redirect', emulator.url)
  await page.getByLabel('Username').waitFor()
  const redirected = page.waitForRequest(request => request.url().startsWith(`${site.url}/redirect`))
  await allow(page)
  const { searchParams } = new URL((await redirected).url())
  await page.waitForFunction(() => globalThis.stage?.redirected !== undefined)
  expect(await page.evaluate(() => stage.redirected)).toBe(emulator.user.account_username)
  expect(page.url()).toBe(`${site.url}/redirect`)
  expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([])

  for (const state of [searchParams.get('state')!, 'guessed']) {
    await page.goto(`${site.url}/redirect?state=${state}#access_token=a`)
    await page.waitForFunction(() => globalThis.stage?.redirected !== undefined)
    expect(await page.evaluate(() => stage.redirected)).toBe('unexpected_redirect')
    expect(page.url()).toBe(`${site.url}/redirect`)
  }
})

test('a second sign-in by redirect does nothing while the page is left, and works after the back button', async () => {
  await startEmulatorFor('redirect')
  await page.goto(site.url)
  const requests: string[] = []
  await context.route(`${emulator.url}/**`, async (route, request) => {
    requests.push(request.url())
    await route.fulfill({ status: 204 }) // the page stays
  })
  const begin = (): Promise<void> => page.evaluate(url => stage.begin('redirect', url), emulator.url)
  await begin()
  await begin()
  await page.waitForTimeout(500)
  expect(requests).toHaveLength(1)
  await page.evaluate(() => void dispatchEvent(new Event('pagehide')))
  await begin()
  while (requests.length < 2) await page.waitForTimeout(50)
  expect(requests).toHaveLength(2)
})

test('a redirect returns the appState of its sign-in', async () => {
  await startEmulatorFor('redirect')
  const appState = { path: '/album/7', tags: [1, null] }
  await click('redirect', emulator.url, { appState })
  await allow(page)
  await page.waitForFunction(() => globalThis.stage?.redirected !== undefined)
  expect(await page.evaluate(() => stage.appState)).toEqual(appState)
})

test('an appState that is not JSON, or an unknown option, is a TypeError, and the page stays', async () => {
  await startEmulatorFor('redirect')
  await page.goto(site.url)
  for (const [options, message] of [
    ['{ appState: () => 1 }', 'appState must be JSON'],
    ['{ appState: 1n }', 'appState must be JSON'],
    ['{ state: 1 }', 'state'],
  ] as const) {
    await page.evaluate(`stage.begin('redirect', ${JSON.stringify(emulator.url)}, ${options})`)
    expect(await result()).toContain(message)
  }
  expect(page.url()).toBe(`${site.url}/`)
})

test('blocked sessionStorage rejects with storage_unavailable, before and after the redirect', async () => {
  await startEmulatorFor('redirect')
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'sessionStorage', {
      get: () => {
        throw new DOMException('Access is denied for this document.', 'SecurityError')
      },
    })
  })
  await click('redirect', emulator.url)
  expect(await result()).toBe('storage_unavailable')
  expect(page.url()).toBe(`${site.url}/`)
  await page.goto(`${site.url}/redirect?state=s#access_token=a`)
  await page.waitForFunction(() => globalThis.stage?.redirected !== undefined)
  expect(await page.evaluate(() => stage.redirected)).toBe('storage_unavailable')
  expect(page.url()).toBe(`${site.url}/redirect`)
})

test('one page handles both the redirect of a popup and the redirect of this tab', async () => {
  await startEmulatorFor('both')
  const popup = await popupOf('popup', emulator.url)
  await allow(popup)
  expect(await result()).toBe(`signed in as ${emulator.user.account_username}`)

  await click('redirect', emulator.url)
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForFunction(() => globalThis.stage?.redirected !== undefined)
  expect(await page.evaluate(() => stage.redirected)).toBe(emulator.user.account_username)
  expect(page.url()).toBe(`${site.url}/both`)
})
