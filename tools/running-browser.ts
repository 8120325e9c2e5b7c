// What the three browsers have in common for tests: a browser, its profiles and their tabs.
import type { BrowserContext, Page } from 'playwright-core'

/** A host name of every test site on 127.0.0.1 that is not a secure context. Test sites are proxies for WebKitGTK. */
export const INSECURE_HOST = 'insecure.test'

/** A tab. Playwright's `Page` is one. */
export interface Tab extends Pick<Page, 'evaluate'> {
  /** Resolves when a function returns something other than `false`, `undefined` or `null` in the tab. */
  waitForFunction<Arg>(condition: (arg: Arg) => unknown, arg: Arg): Promise<unknown>
  waitForFunction(condition: () => unknown): Promise<unknown>
  goto(url: string): Promise<unknown>
  reload(): Promise<unknown>
  close(): Promise<void>
  /** Clicks the first element that matches a CSS selector, like a user. */
  click(selector: string): Promise<void>
  /** Types into a field that matches a CSS selector. */
  fill(selector: string, text: string): Promise<void>
}

/** An empty profile: its tabs share storage. */
export interface Profile {
  newTab(): Promise<Tab>
  /** Returns the tab that `action` opens. */
  popup(action: () => Promise<unknown>): Promise<Tab>
  tabCount(): Promise<number>
  close(): Promise<void>
  /** The same profile as Playwright has it, in Chromium. */
  readonly context?: BrowserContext
}

/** A running browser. */
export interface RunningBrowser {
  /** `Firefox 153.8`, for example. */
  readonly version: string
  /**
   * @param proxy The port of the test site, which WebKitGTK uses as the proxy for {@link INSECURE_HOST}.
   * @param onError Receives uncaught errors of pages, except in WebKitGTK, which does not report them.
   */
  newProfile(proxy: number, onError?: (problem: string) => void): Promise<Profile>
  close(): Promise<void>
}

/** Repeats `attempt` until it returns a value. */
export async function poll<T>(attempt: () => Promise<T | undefined>, intervalMs = 20): Promise<T> {
  for (;;) {
    const value = await attempt()
    if (value !== undefined) return value
    await new Promise(resolve => setTimeout(resolve, intervalMs))
  }
}
