// A sign-out or another sign-in in one tab reaches the other tabs.
import { expect, test } from '@jest/globals'
import type { Tokens } from '@latchkey/core'
import type { Tab } from '../../../tools/running-browser.ts'
import { inBrowsers, type Stage } from './stage.ts'

/** Nothing is refreshed: the tokens work for four weeks. */
const ENDPOINT = { url: 'http://127.0.0.1:9/token', client_id: 'id', client_secret: 'shh' }
const tokensOf = (user: string): Tokens => ({
  access_token: user,
  refresh_token: `refresh-${user}`,
  token_type: 'Bearer',
  expires_in: 2_419_200,
})

/** What the other tab does, the token that callers get from then on, and the event. */
const NEWS = {
  'a sign-out': {
    happens: (tab: Tab) => tab.evaluate(() => latchkey.signOut()),
    token: undefined,
    event: 'signed-out',
  },
  'a sign-in of another user': {
    happens: (tab: Tab) => tab.evaluate(tokens => latchkey.signIn(tokens), tokensOf('bob')),
    token: 'bob',
    event: 'signed-in',
  },
}

/** Returns two tabs with Alice's token, which `listener` has in memory. */
async function aliceInBoth(stage: Stage): Promise<[Tab, Tab]> {
  const [actor, listener] = (await stage.tabs(2)) as [Tab, Tab]
  await actor.evaluate(([endpoint, tokens]) => latchkey.keep(endpoint, tokens), [
    ENDPOINT,
    tokensOf('alice'),
  ] as const)
  await listener.evaluate(endpoint => latchkey.keep(endpoint), ENDPOINT)
  expect(await tokenIn(listener)).toBe('alice')
  return [actor, listener]
}

/** Returns the token of a call some time later. */
async function tokenIn(tab: Tab, laterMs = 0): Promise<string | undefined> {
  const { tokens } = await tab.evaluate(ms => {
    latchkey.advance(ms)
    return latchkey.ask(1)
  }, laterMs)
  return tokens[0]
}

inBrowsers(stage => {
  for (const [name, { happens, token, event }] of Object.entries(NEWS)) {
    test(`${name} reaches a tab that calls within 10 s`, async () => {
      const [actor, listener] = await aliceInBoth(stage)
      await happens(actor)
      let seconds = 0
      for (let now; (now = await tokenIn(listener, 1_000)) !== token; seconds++) {
        expect(now).toBe('alice')
        expect(seconds).toBeLessThan(10)
        await listener.evaluate(() => latchkey.settled()) // its clock stands still while it reads
      }
      expect(await listener.evaluate(() => latchkey.heard())).toEqual([event])
    })

    test(`${name} reaches a tab that has called within the last minute at once`, async () => {
      const [actor, listener] = await aliceInBoth(stage)
      expect(await tokenIn(listener, 6_000)).toBe('alice')
      await listener.evaluate(() => latchkey.advance(50_000))
      await happens(actor)
      await listener.waitForFunction(
        ([event]) => (latchkey.kept['heard'] ??= latchkey.heard()[0]) === event,
        [event],
      )
      expect(await tokenIn(listener)).toBe(token)
    })

    test(`${name} is seen by the first call of a tab that nobody has called for a while`, async () => {
      const [actor, listener] = await aliceInBoth(stage)
      await happens(actor)
      expect(await tokenIn(listener, 3_600_000)).toBe(token)
    })
  }
})
