// The contract of token stores in a browser.
import { afterAll, describe, expect, test } from '@jest/globals'
import { BROWSERS, launchBrowser, missing } from '../../../tools/browsers.ts'
import type { Tab } from '../../../tools/running-browser.ts'
import { type Site, startSite } from './site.ts'
import { openTab, type Realm } from './stage.ts'

/** A kind of context that runs code. */
export interface Place {
  /** The expected `persistence`. */
  readonly persistence?: 'indexeddb' | 'none'
  readonly isEncrypted?: true
  readonly isInsecure?: true
  /** Opens the context from a tab on the site. */
  enter(tab: Tab, site: Site): Promise<Realm>
}

/** Declares a test for every case of the contract in each of these contexts of every browser. */
export async function testContractIn(places: Readonly<Record<string, Place>>): Promise<void> {
  for (const name of BROWSERS) {
    const reason = missing(name)
    if (reason) {
      test.skip(`in ${name} (skipped: ${reason})`, () => {})
      continue
    }
    const site = await startSite()
    const browser = await launchBrowser(name)
    afterAll(async () => {
      await browser.close()
      await site[Symbol.asyncDispose]()
    })

    for (const [place, found] of Object.entries(places)) {
      const { persistence = 'indexeddb', isEncrypted = false, isInsecure = false, enter } = found
      const profile = await browser.newProfile(site.port)
      const tab = await openTab(profile, site.origin)
      const realm = await enter(tab, site)
      const helper = await openTab(profile, isInsecure ? site.insecureOrigin : site.origin)
      await helper.evaluate(() => latchkey.serveElsewhere())

      const cases = await realm.evaluate(
        async ({ persistence, isEncrypted }) => {
          const contract = await latchkey.contractCases(persistence, isEncrypted)
          return contract.map(({ name, skip }) => ({ name, skip }))
        },
        { persistence, isEncrypted },
      )

      describe(`in ${browser.version}`, () => {
        test(`in ${place} persistence is as expected`, async () => {
          const found = await realm.evaluate(async () => {
            const store = latchkey.store('place')
            const where = await store.ready()
            return { where, persistence: store.persistence, blocked: store.blockedBy?.message }
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
                realm.evaluate(
                  async ({ persistence, isEncrypted, index }) => {
                    // The browser may have restarted a service worker in the meantime.
                    const contract = await latchkey.contractCases(persistence, isEncrypted)
                    await contract[index]!.run()
                  },
                  { persistence, isEncrypted, index },
                ),
              15_000,
            )
      })
    }
  }
}
