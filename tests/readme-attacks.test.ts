// Attacks on the programs of the README, as users copy them, and users who share a computer.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { FileTokenStore } from '@latchkey/storage-fs'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../tools/chromium.ts'
import { environmentOf, folderWith, request, startSignIn, startSite, towards } from './readme-programs.ts'
import { clientOf, collected } from './support.ts'

const USERS = [
  { account_id: 1, account_username: 'alice', password: 'alice-s' },
  { account_id: 2, account_username: 'mallory', password: 'mallory-s' },
]
const browserOf = (name: string) => simulateUser({ username: name, password: `${name}-s` })

describe('web server', () => {
  async function start() {
    const emulator = await startEmulator({ users: USERS })
    const folder = await folderWith(towards(emulator, 'web server by hand'), environmentOf(emulator))
    const run = folder.start({ PORT: '0' })
    const [, port = ''] = await run.printed(/port: (\d+)/)
    /** Starts a sign-in, and returns the callback to which the authorization server sends the user. */
    const signIn = async (name: string, cookie?: string) => {
      const started = await startSignIn(port, `/${name}`, cookie)
      const { search } = new URL(await browserOf(name).allow(started.location))
      return { callback: `/callback${search}`, cookie: started.cookie }
    }
    return {
      signIn,
      open: (path: string, cookie = '', headers = {}) => request(port, path, { cookie, ...headers }),
      accounts: async () => {
        const store = new FileTokenStore({ directory: join(folder.path, 'tokens') })
        const client = clientOf(emulator, { store })
        const names = (await collected(client.accounts())).sort()
        return Promise.all(names.map(async name => (await client.account(name).tokens())?.account_username))
      },
      tokenRequests: () => emulator.ledger.filter(({ endpoint }) => endpoint === 'token').length,
      async [Symbol.asyncDispose]() {
        await run[Symbol.asyncDispose]()
        await folder[Symbol.asyncDispose]()
        await emulator.close()
      },
    }
  }

  test.each([
    ['without a state', (search: URLSearchParams) => search.delete('state'), 'state_mismatch'],
    ['with an empty state', (search: URLSearchParams) => search.set('state', ''), 'state_mismatch'],
    [
      'with a state of their own',
      (search: URLSearchParams) => search.set('state', 'guessed'),
      'flow_expired',
    ],
    ['with two states', (search: URLSearchParams) => search.append('state', 'guessed'), 'redirect_invalid'],
  ])("a link with an attacker's code, %s, signs nobody in", async (_, change, code) => {
    await using server = await start()
    const { cookie } = await server.signIn('alice')
    const { callback } = await server.signIn('mallory')
    const search = new URLSearchParams(callback.split('?')[1])
    change(search)
    expect(await server.open(`/callback?${search}`, cookie)).toMatchObject({ status: 400, text: code })
    expect(await server.accounts()).toEqual([])
    expect(server.tokenRequests()).toBe(0)
  })

  test("another browser's callback signs nobody in there, and its own browser can still use it", async () => {
    await using server = await start()
    const alice = await server.signIn('alice')
    const mallory = await server.signIn('mallory')
    for (const cookie of [alice.cookie, '', `${alice.cookie}0`, '__Host-login=0'])
      expect(await server.open(mallory.callback, cookie)).toMatchObject({ text: 'binding_mismatch' })
    expect(await server.accounts()).toEqual([])
    for (const { callback, cookie } of [alice, mallory])
      expect(await server.open(callback, cookie)).toMatchObject({ status: 200 })
    expect(await server.accounts()).toEqual(['alice', 'mallory'])
  })

  test('of a callback that is sent several times at once one succeeds, and a replay changes nothing', async () => {
    await using server = await start()
    const { callback, cookie } = await server.signIn('alice')
    const responses = await Promise.all(Array.from({ length: 5 }, () => server.open(callback, cookie)))
    const texts = responses.map(({ text }) => text).sort()
    expect(texts).toEqual([
      'Signed in as 1, on the way to /alice',
      ...Array<string>(4).fill('callback_replayed'),
    ])
    for (const replayed of [callback, `${callback}&more=1`, callback.replace(/code=\w+/, 'code=other')])
      expect(await server.open(replayed, cookie)).toMatchObject({ status: 400, text: 'callback_replayed' })
    expect(server.tokenRequests()).toBe(1)
  })

  test.each([
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
  ])('a prefetch, %j, does not use the code, and starts no sign-in', async headers => {
    await using server = await start()
    const { callback, cookie } = await server.signIn('alice')
    expect(await server.open(callback, cookie, headers)).toMatchObject({ status: 503, text: '' })
    expect((await server.open('/albums', cookie, headers)).headers.get('location')).toBeNull()
    expect(server.tokenRequests()).toBe(0)
    expect(await server.open(callback, cookie)).toMatchObject({ status: 200 })
  })

  test('two users sign in one after the other in one browser: each has an account and tokens of their own', async () => {
    await using server = await start()
    const alice = await server.signIn('alice')
    expect(await server.open(alice.callback, alice.cookie)).toMatchObject({
      text: 'Signed in as 1, on the way to /alice',
    })
    const mallory = await server.signIn('mallory', alice.cookie)
    expect(mallory.cookie).toBe(alice.cookie)
    expect(await server.open(mallory.callback, mallory.cookie)).toMatchObject({
      text: 'Signed in as 2, on the way to /mallory',
    })
    expect(await server.accounts()).toEqual(['alice', 'mallory'])
  })
})

describe('page', () => {
  let browser: Browser
  beforeAll(async () => void (browser = await launchChromium()))
  afterAll(() => browser.close())

  async function start() {
    const site = await startSite()
    const page = `${site.url}/`
    const emulator = await startEmulator({
      users: USERS,
      clients: [{ client_id: '43652b743b5a7a0', client_secret: 'secret', redirect_uri: page }],
    })
    await site.show(towards(emulator, 'page'))
    const tabs: Page[] = []
    return {
      page,
      emulator,
      async tab() {
        const tab = await (await browser.newContext()).newPage()
        tabs.push(tab)
        return tab
      },
      async [Symbol.asyncDispose]() {
        for (const tab of tabs) await tab.context().close()
        await emulator.close()
        await site[Symbol.asyncDispose]()
      },
    }
  }

  /** Returns the redirect of a sign-in that the page starts in this tab. The page does not get it. */
  async function redirectTo(tab: Page, page: string, name: string): Promise<string> {
    await tab.goto(page)
    await tab.getByLabel('Username').waitFor()
    return browserOf(name).allow(tab.url())
  }

  /** Opens an address; returns what the page prints, or the error that ends its program. */
  async function opened(tab: Page, url: string): Promise<string> {
    await tab.goto('about:blank') // or a fragment would not load the page anew
    const [said] = await Promise.all([
      Promise.race([
        tab.waitForEvent('console', message => message.text().startsWith('Signed in')),
        tab.waitForEvent('pageerror'),
      ]),
      tab.goto(url),
    ])
    return 'text' in said ? said.text() : said.message
  }

  /** Expects that nobody is signed in: the page sends the user to the authorization server. */
  async function expectSignedOut(tab: Page, page: string): Promise<void> {
    await tab.goto('about:blank')
    await tab.goto(page)
    await tab.getByLabel('Username').waitFor()
  }

  const TOKENS =
    'access_token=evil&token_type=bearer&expires_in=3600&account_username=mallory&refresh_token=evil'

  test.each([
    ['without a state', `#${TOKENS}`],
    ['with a state of their own', `#${TOKENS}&state=guessed`],
    ['with a state in the query', `?state=guessed#${TOKENS}`],
    ['at a hash router', `#/callback?${TOKENS}`],
  ])("a link with an attacker's tokens, %s, signs nobody in", async (_, link) => {
    await using running = await start()
    const tab = await running.tab()
    expect(await opened(tab, running.page + link)).toMatch(
      /this tab has no sign-in with this state; sign in again/,
    )
    expect(tab.url()).not.toContain('evil')
    await expectSignedOut(tab, running.page)
  })

  test("another browser's redirect signs nobody in, also while this one signs in", async () => {
    await using running = await start()
    const [alice, mallory] = [await running.tab(), await running.tab()]
    const redirect = await redirectTo(mallory, running.page, 'mallory')
    const own = await redirectTo(alice, running.page, 'alice')
    expect(await opened(alice, redirect)).toMatch(/no sign-in with this state/)
    expect(await opened(alice, own)).toBe('Signed in as alice')
  })

  test('a replayed redirect changes nothing', async () => {
    await using running = await start()
    const tab = await running.tab()
    const redirect = await redirectTo(tab, running.page, 'alice')
    expect(await opened(tab, redirect)).toBe('Signed in as alice')
    expect(await opened(tab, redirect)).toMatch(/no sign-in with this state/)
    expect(await opened(tab, running.page)).toBe('Signed in as alice')
  })

  test('two users, in a browser each, have tokens of their own', async () => {
    await using running = await start()
    for (const name of ['alice', 'mallory']) {
      const tab = await running.tab()
      expect(await opened(tab, await redirectTo(tab, running.page, name))).toBe(`Signed in as ${name}`)
      expect(await opened(tab, running.page)).toBe(`Signed in as ${name}`)
    }
  })
})

describe('script', () => {
  /** Runs the script in a folder of this user's own; `answer` returns what the user types, from the address. */
  async function ran(emulator: Emulator, answer: (url: string) => Promise<string>) {
    await using folder = await folderWith(towards(emulator, 'script'), environmentOf(emulator))
    const run = folder.start()
    const [, url = ''] = await run.printed(/Open (\S+)/)
    run.child.stdin.write(`${await answer(url)}\n`)
    const exitCode = await run.ended
    const store = new FileTokenStore({ directory: join(folder.path, 'tokens') })
    const tokens = await clientOf(emulator, { store }).tokens()
    return { exitCode, errors: run.output.errors, user: tokens?.account_username, tokens }
  }
  const pinOf = async (name: string, url: string): Promise<string> => {
    const user = browserOf(name)
    return user.readPin(await user.allow(url))
  }

  test('two users, in a folder each, have tokens of their own', async () => {
    await using emulator = await startEmulator({ users: USERS })
    const runs = []
    for (const name of ['alice', 'mallory']) runs.push(await ran(emulator, url => pinOf(name, url)))
    expect(runs).toMatchObject([
      { exitCode: 0, user: 'alice' },
      { exitCode: 0, user: 'mallory' },
    ])
    expect(runs[0]!.tokens!.access_token).not.toBe(runs[1]!.tokens!.access_token)
  })

  test('an address with the state of another sign-in, and a PIN that was used, sign nobody in', async () => {
    await using emulator = await startEmulator({ users: USERS })
    let other = ''
    await ran(emulator, async url => {
      other = await browserOf('mallory').allow(url)
      return browserOf('mallory').readPin(other)
    })
    for (const [typed, code] of [
      [`${other}&state=of-another`, 'state_mismatch'],
      [new URL(other).searchParams.get('pin')!, 'invalid_grant'],
    ]) {
      const { exitCode, errors, user } = await ran(emulator, () => Promise.resolve(typed!))
      expect({ exitCode, user }).toEqual({ exitCode: 1, user: undefined })
      expect(errors).toContain(code)
    }
  })
})
