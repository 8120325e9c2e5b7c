import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest } from '@jest/globals'
import type { Browser, BrowserContext, CDPSession, LaunchOptions, Page } from 'playwright-core'
import { launch, missing, openTab, type Site, startSite } from './chromium.ts'

/** The environment of one test: an empty browser profile. */
export interface Stage {
  readonly site: Site
  readonly context: BrowserContext
  /** Opens `count` tabs on the site. */
  tabs(count: number): Promise<Page[]>
  /** Opens a DevTools protocol session of one tab. */
  devtools(tab: Page): Promise<CDPSession>
}

/** Declares the tests of `define`, each on its own stage. An uncaught error in a page fails its test. */
export function inChromium(define: (stage: Stage) => void, options: LaunchOptions = {}): void {
  jest.setTimeout(30_000)
  let site: Site
  let browser: Browser
  let context: BrowserContext
  let problems: string[]

  // Where there is no Chromium these tests are reported as skipped.
  const suite = missing ? describe.skip : describe
  suite(missing ? `in Chromium (skipped: ${missing})` : 'in Chromium', () => {
    beforeAll(async () => {
      site = await startSite()
      browser = await launch(options)
    })
    afterAll(async () => {
      await browser.close()
      await site[Symbol.asyncDispose]()
    })
    beforeEach(async () => {
      problems = []
      context = await browser.newContext()
      context.on('weberror', problem => problems.push(String(problem.error())))
    })
    afterEach(async () => {
      await context.close()
      expect(problems).toEqual([])
    })
    define({
      get site() {
        return site
      },
      get context() {
        return context
      },
      tabs: count => Promise.all(Array.from({ length: count }, () => openTab(context, site.origin))),
      devtools: tab => context.newCDPSession(tab),
    })
  })
}
