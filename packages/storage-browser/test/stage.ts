import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { BrowserContext, CDPSession, LaunchOptions, Page } from 'playwright-core'
import { type BrowserName, BROWSERS, launchBrowser, missing } from '../../../tools/browsers.ts'
import type { Profile, RunningBrowser, Tab } from '../../../tools/running-browser.ts'
import { type Site, startSite } from './site.ts'

/** Why a test needs Chromium. */
export const NO_DEVTOOLS = 'no other browser lets a test crash or freeze a tab'

/** The environment of one test: an empty browser profile. */
export interface Stage<T = Tab> {
  readonly site: Site
  /** Opens `count` tabs on the site. */
  tabs(count: number): Promise<T[]>
  /** Declares a test, or reports it as skipped because of `reason` where the browser is not Chromium. */
  testInChromium(reason: string, title: string, run: () => Promise<void>, timeoutMs?: number): void
  /** Opens a DevTools protocol session of one tab of Chromium. */
  devtools(tab: Tab): Promise<CDPSession>
}

/** The environment of a test that uses Playwright. */
export interface ChromiumStage extends Stage<Page> {
  readonly context: BrowserContext
}

/** Declares the tests of `define` for Chromium, each on its own stage. An uncaught error in a page fails its test. */
export function inChromium(define: (stage: ChromiumStage) => void, options: LaunchOptions = {}): void {
  declare('Chromium', define as (stage: never) => void, options)
}

/** Declares the tests of `define` for every browser. `options` apply to Chromium only. */
export function inBrowsers(define: (stage: Stage) => void, options: LaunchOptions = {}): void {
  for (const name of BROWSERS) declare(name, define as (stage: never) => void, options)
}

function declare(name: BrowserName, define: (stage: never) => void, options: LaunchOptions): void {
  let site: Site
  let browser: RunningBrowser
  let profile: Profile
  let problems: string[]

  // Where there is no such browser these tests are reported as skipped.
  const reason = missing(name)
  const suite = reason ? describe.skip : describe
  suite(reason ? `in ${name} (skipped: ${reason})` : `in ${name}`, () => {
    beforeAll(async () => {
      site = await startSite()
      browser = await launchBrowser(name, options)
    })
    afterAll(async () => {
      await browser.close()
      await site[Symbol.asyncDispose]()
    })
    beforeEach(async () => {
      problems = []
      profile = await browser.newProfile(site.port, problem => problems.push(problem))
    })
    afterEach(async () => {
      await profile.close()
      expect(problems).toEqual([])
    })
    const stage: Stage & Pick<ChromiumStage, 'context'> = {
      get site() {
        return site
      },
      get context() {
        return profile.context!
      },
      tabs: count => Promise.all(Array.from({ length: count }, () => openTab(profile, site.origin))),
      testInChromium(reason, title, run, timeoutMs) {
        if (name === 'Chromium') test(title, run, timeoutMs)
        else test.skip(`${title} (skipped: ${reason})`, () => {})
      },
      devtools: tab => profile.context!.newCDPSession(tab as Page),
    }
    define(stage as never)
  })
}

/** Opens a tab on `origin`; resolves when `latchkey` is defined there. */
export async function openTab<T extends Pick<Tab, 'goto'>>(
  profile: { newTab(): Promise<T> } | { newPage(): Promise<T> },
  origin: string,
): Promise<T> {
  const tab = await ('newTab' in profile ? profile.newTab() : profile.newPage())
  await tab.goto(origin)
  return tab
}

/** Runs code in a page, a frame or a worker. */
export type Realm = Pick<Tab, 'evaluate'>

/** Runs code in the worker or frame that the tab has as `latchkey.kept.inner`. WebDriver itself reaches pages only. */
export const inner = (tab: Tab): Realm => ({
  evaluate: ((run: unknown, arg: unknown) =>
    tab.evaluate(({ source, arg }) => latchkey.runIn(latchkey.kept['inner'] as Worker, source, arg), {
      source: String(run),
      arg,
    })) as Tab['evaluate'],
})

/** Starts a dedicated worker. */
export async function startWorker(tab: Tab): Promise<Realm> {
  await tab.evaluate(() => void (latchkey.kept['inner'] = new Worker('/main.js')))
  return inner(tab)
}
