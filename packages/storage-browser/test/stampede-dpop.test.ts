// Eight tabs share an account whose tokens are bound to a key that cannot be exported, at a server with strict rotation whose
// nonce changes with every response. LATCHKEY_EXPIRIES sets how often the access token expires.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { type DpopGate, startDpopGate } from '../../../tests/servers/dpop-gate.ts'
import type { Tab } from '../../../tools/running-browser.ts'
import { inBrowsers } from './stage.ts'
import { soaked } from '../../../tools/soak/shard.ts'

const EXPIRIES = soaked(500, Number(process.env['LATCHKEY_EXPIRIES'] ?? 50))
const TABS = 8
const CALLERS = 100
const LIFETIME_MS = 3_600_000

inBrowsers(stage => {
  let emulator: Emulator
  let gate: DpopGate
  let tabs: Tab[]

  beforeEach(async () => {
    emulator = await startEmulator({ rotation: 'strict', expiresIn: LIFETIME_MS / 1000 })
    gate = await startDpopGate(emulator.url)
    tabs = await stage.tabs(TABS)
    const { client_id, client_secret } = emulator.client
    const start = (tab: Tab): Promise<string> =>
      tab.evaluate(([url, credentials]) => latchkey.bind(url, credentials), [
        gate.url,
        { client_id, client_secret },
      ] as const)
    const [url] = await Promise.all(tabs.map(start))
    const { account_username: username, password } = emulator.user
    const redirect = await simulateUser({ username, password }).allow(url!)
    await tabs[0]!.evaluate(to => latchkey.finishBound(to), redirect)
  })
  afterEach(async () => {
    await gate.close()
    await emulator.close()
  })

  /** Returns the keys in the database: their number, and whether one can be exported. */
  const keysIn = (tab: Tab): Promise<{ count: number; extractable: boolean }> =>
    tab.evaluate(
      () =>
        new Promise(resolve => {
          const open = indexedDB.open('bound-keys')
          open.onsuccess = () => {
            const all = open.result.transaction('keys').objectStore('keys').getAll()
            all.onsuccess = () => {
              const pairs = all.result as { privateKey: CryptoKey }[]
              open.result.close()
              resolve({
                count: pairs.length,
                extractable: pairs.some(({ privateKey }) => privateKey.extractable),
              })
            }
          }
        }),
    )

  test(`${TABS} tabs x ${CALLERS} callers, ${EXPIRIES} expiries: as many refreshes count, with one key`, async () => {
    for (let n = 1; n <= EXPIRIES; n++) {
      emulator.clock.advance(LIFETIME_MS)
      await Promise.all(tabs.map(tab => tab.evaluate(ms => latchkey.advance(ms), LIFETIME_MS)))
      const answers = await Promise.all(
        tabs.map(tab => tab.evaluate(callers => latchkey.askBound(callers), CALLERS)),
      )
      expect(answers.flatMap(({ failures }) => failures)).toEqual([])
      const tokens = answers.flatMap(answer => answer.tokens)
      expect(tokens).toHaveLength(TABS * CALLERS)
      expect(new Set(tokens).size).toBe(1)
      expect(emulator.ledger.filter(({ grant_type }) => grant_type === 'refresh_token')).toHaveLength(n)
    }
    expect(gate.keys.size).toBe(1)
    expect(gate.demands).toBeGreaterThan(0)
    expect(await keysIn(tabs[1]!)).toEqual({ count: 1, extractable: false })
  }, 3_600_000)

  test('every tab calls the API with the same key; a sign-out destroys it', async () => {
    // One after the other: each response ends the nonce of all others.
    for (const tab of tabs)
      expect(await tab.evaluate(url => latchkey.callApi(url), `${gate.url}/3/account/me`)).toBe(200)
    expect(gate.keys.size).toBe(1)
    await tabs[2]!.evaluate(() => latchkey.signOutBound())
    expect(await keysIn(tabs[0]!)).toEqual({ count: 0, extractable: false })
  })
})
