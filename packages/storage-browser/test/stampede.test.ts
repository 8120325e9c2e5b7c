// Eight tabs share one account's tokens, over real HTTP, with a server that treats reuse of a refresh token as theft.
// LATCHKEY_EXPIRIES sets how often the access token expires; LATCHKEY_SOAK runs the full count.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Tokens } from '@latchkey/core'
import type { Page } from 'playwright-core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import type { TokenEndpoint } from './page/keeping.ts'
import type { Tab } from '../../../tools/running-browser.ts'
import { inBrowsers, NO_DEVTOOLS } from './stage.ts'
import { soaked } from '../../../tools/soak/shard.ts'

const EXPIRIES = soaked(500, Number(process.env['LATCHKEY_EXPIRIES'] ?? 50))
const TABS = 8
const CALLERS = 100
const LIFETIME_MS = 3_600_000

const ask = (tab: Tab, callers = CALLERS) => tab.evaluate(callers => latchkey.ask(callers), callers)

inBrowsers(stage => {
  let emulator: Emulator
  let tabs: Tab[]

  beforeEach(async () => {
    emulator = await startEmulator({ rotation: 'strict', expiresIn: LIFETIME_MS / 1000 })
    const { client_id, client_secret } = emulator.client
    const endpoint = { url: `${emulator.url}/oauth2/token`, client_id, client_secret }
    const tokens = await signIn(endpoint)
    tabs = await stage.tabs(TABS)
    for (const [n, tab] of tabs.entries())
      await tab.evaluate(([endpoint, tokens]) => latchkey.keep(endpoint, tokens), [
        endpoint,
        n === 0 ? tokens : undefined,
      ] as const)
  })
  afterEach(() => emulator.close())

  async function signIn({ url, ...client }: TokenEndpoint): Promise<Tokens> {
    const { account_username: username, password } = emulator.user
    const { client_id } = client
    const query = new URLSearchParams({ client_id, response_type: 'code', state: 'tabs' })
    const location = await simulateUser({ username, password }).allow(
      `${emulator.url}/oauth2/authorize?${query}`,
    )
    const code = new URL(location).searchParams.get('code')!
    const body = new URLSearchParams({ ...client, grant_type: 'authorization_code', code })
    return (await fetch(url, { method: 'POST', body })).json() as Promise<Tokens>
  }

  const refreshes = (): number =>
    emulator.ledger.filter(({ grant_type }) => grant_type === 'refresh_token').length

  async function expire(): Promise<void> {
    emulator.clock.advance(LIFETIME_MS)
    await Promise.all(tabs.map(tab => tab.evaluate(ms => latchkey.advance(ms), LIFETIME_MS)))
  }

  test(`${TABS} tabs x ${CALLERS} callers, ${EXPIRIES} expiries: as many refreshes, 0 failures`, async () => {
    const seen = new Set<string>()
    for (let n = 1; n <= EXPIRIES; n++) {
      await expire()
      const answers = await Promise.all(tabs.map(tab => ask(tab)))
      expect(answers.flatMap(({ failures }) => failures)).toEqual([])
      const tokens = answers.flatMap(({ tokens }) => tokens)
      expect(tokens).toHaveLength(TABS * CALLERS)
      expect(new Set(tokens).size).toBe(1)
      expect(refreshes()).toBe(n)
      seen.add(tokens[0]!)
    }
    expect(seen.size).toBe(EXPIRIES)
  }, 3_600_000)

  stage.testInChromium(
    NO_DEVTOOLS,
    'a tab crashes during a refresh: the others get one token, with at most one more request',
    async () => {
      const [crashing, ...others] = tabs as [Tab, ...Tab[]]
      emulator.set({ rotation: 'grace-all' })
      await expire()
      emulator.faults.add({ kind: 'delay', ms: 50, grant_type: 'refresh_token' })
      ask(crashing, 1).catch(() => {})
      await emulator.clock.sleeping()
      const waiting = others.map(tab => ask(tab, 10))
      const crashed = (crashing as Page).waitForEvent('crash')
      const begin = performance.now()
      const devtools = await stage.devtools(crashing)
      // The answer to this command is the crash.
      devtools.send('Page.crash').catch(() => {})
      await crashed

      const answers = await Promise.all(waiting)
      expect(answers.flatMap(({ failures }) => failures)).toEqual([])
      const tokens = answers.flatMap(({ tokens }) => tokens)
      expect(tokens).toHaveLength(others.length * 10)
      expect(new Set(tokens).size).toBe(1)
      expect(refreshes()).toBeLessThanOrEqual(2)
      const tookMs = Math.round(performance.now() - begin)
      process.stdout.write(`takeover of a crashed tab, its refresh included: ${tookMs} ms\n`)
    },
  )

  stage.testInChromium(
    NO_DEVTOOLS,
    'a tab is frozen during a refresh, past every timeout: no second request is sent, and all get its token when it resumes',
    async () => {
      const [frozen, ...others] = tabs as [Tab, ...Tab[]]
      const devtools = await stage.devtools(frozen)
      await expire()
      emulator.faults.add({ kind: 'delay', ms: 50, grant_type: 'refresh_token' })
      const held = ask(frozen, 1)
      await emulator.clock.sleeping()
      await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })

      // Far more time passes than a lease lasts, and more tabs request tokens.
      const waiting = others.map(tab => ask(tab, 10))
      await Promise.all(others.map(tab => tab.evaluate(ms => latchkey.advance(ms), 600_000)))
      waiting.push(...others.map(tab => ask(tab, 10)))
      emulator.clock.advance(50)
      await Promise.all(others.map(tab => tab.evaluate(() => latchkey.advance(0))))
      expect(refreshes()).toBe(1)
      await devtools.send('Page.setWebLifecycleState', { state: 'active' })

      const answers = await Promise.all([held, ...waiting])
      expect(answers.flatMap(({ failures }) => failures)).toEqual([])
      expect(new Set(answers.flatMap(({ tokens }) => tokens)).size).toBe(1)
      expect(refreshes()).toBe(1)
    },
  )
})
