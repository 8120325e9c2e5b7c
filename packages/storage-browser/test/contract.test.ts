// The contract of every token store, in each kind of place that a browser runs code in.
import { afterAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { launch, missing, openTab, type Site, startSite } from './chromium.ts'

/** What can run code in a page, a frame or a worker. */
type Realm = Pick<Page, 'evaluate'>

interface Place {
  /** Where tokens are kept there. */
  readonly persistence?: 'indexeddb' | 'none'
  readonly isEncrypted?: true
  /** Gets there from a tab on the site. */
  enter(tab: Page, site: Site): Promise<Realm>
}

const REALMS: Record<string, Place> = {
  'a page': { enter: async tab => tab },
  'a page, encrypted': { isEncrypted: true, enter: async tab => tab },
  'an insecure page': {
    async enter(tab, { insecureOrigin }) {
      await tab.goto(insecureOrigin)
      return tab
    },
  },
  'a dedicated worker': {
    async enter(tab) {
      const [worker] = await Promise.all([
        tab.waitForEvent('worker'),
        tab.evaluate(() => void new Worker('/main.js')),
      ])
      return worker
    },
  },
  'a service worker': {
    async enter(tab) {
      const [worker] = await Promise.all([
        tab.context().waitForEvent('serviceworker'),
        tab.evaluate(async () => {
          await navigator.serviceWorker.register('/main.js')
          await navigator.serviceWorker.ready
        }),
      ])
      return worker
    },
  },
  'a sandboxed frame': {
    persistence: 'none',
    async enter(tab) {
      await tab.setContent('<iframe sandbox="allow-scripts" src="/"></iframe>')
      const frame = tab.frames()[1]!
      await frame.waitForLoadState()
      return frame
    },
  },
}

if (missing) test.skip(`in Chromium (skipped: ${missing})`, () => {})
else {
  const site = await startSite()
  const browser = await launch()
  afterAll(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })

  for (const [place, { persistence = 'indexeddb', isEncrypted = false, enter }] of Object.entries(REALMS)) {
    const context = await browser.newContext()
    const tab = await openTab(context, site.origin)
    const realm = await enter(tab, site)
    const helper = await openTab(context, place === 'an insecure page' ? site.insecureOrigin : site.origin)
    await helper.evaluate(() => latchkey.serveElsewhere())

    const cases = await realm.evaluate(
      async ({ persistence, isEncrypted }) => {
        const contract = await latchkey.contractCases(persistence, isEncrypted)
        latchkey.kept['contract'] = contract
        return contract.map(({ name, skip }) => ({ name, skip }))
      },
      { persistence, isEncrypted },
    )

    test(`in ${place} the tokens are where they should be`, async () => {
      const found = await realm.evaluate(async () => {
        const store = latchkey.store('place')
        const where = await store.ready()
        return { where, ...store, persistence: store.persistence, blocked: store.blockedBy?.message }
      })
      expect(found.where).toBe(persistence)
      expect(found.persistence).toBe(persistence)
      if (persistence === 'none')
        expect(found.blocked).toMatch(/^tokens are kept in memory only: SecurityError$/)
      else expect(found.blocked).toBeUndefined()
    })

    for (const [index, { name, skip }] of cases.entries())
      if (skip) test.skip(`in ${place}: ${name} (skipped: ${skip})`, () => {})
      else
        test(
          `in ${place}: ${name}`,
          () =>
            realm.evaluate(async at => {
              const contract = latchkey.kept['contract'] as Awaited<ReturnType<typeof latchkey.contractCases>>
              await contract[at]!.run()
            }, index),
          15_000,
        )
  }
}
