// The contract of token stores in a browser.
import { afterAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { launch, missing, openTab, type Site, startSite } from './chromium.ts'

/** Runs code in a page, a frame or a worker. */
export type Realm = Pick<Page, 'evaluate'>

/** A kind of context that runs code. */
export interface Place {
  /** The expected `persistence`. */
  readonly persistence?: 'indexeddb' | 'none'
  readonly isEncrypted?: true
  readonly isInsecure?: true
  /** Opens the context from a tab on the site. */
  enter(tab: Page, site: Site): Promise<Realm>
}

/** Declares a test for every case of the contract in each of these contexts. */
export async function testContractIn(places: Readonly<Record<string, Place>>): Promise<void> {
  if (missing) return test.skip(`in Chromium (skipped: ${missing})`, () => {})
  const site = await startSite()
  const browser = await launch()
  afterAll(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })

  for (const [place, found] of Object.entries(places)) {
    const { persistence = 'indexeddb', isEncrypted = false, isInsecure = false, enter } = found
    const context = await browser.newContext()
    const tab = await openTab(context, site.origin)
    const realm = await enter(tab, site)
    const helper = await openTab(context, isInsecure ? site.insecureOrigin : site.origin)
    await helper.evaluate(() => latchkey.serveElsewhere())

    const cases = await realm.evaluate(
      async ({ persistence, isEncrypted }) => {
        const contract = await latchkey.contractCases(persistence, isEncrypted)
        latchkey.kept['contract'] = contract
        return contract.map(({ name, skip }) => ({ name, skip }))
      },
      { persistence, isEncrypted },
    )

    test(`in ${place} persistence is as expected`, async () => {
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
