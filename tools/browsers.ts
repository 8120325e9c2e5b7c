// The browsers for suites that run in more than one: Chromium in `npm test`, Firefox and WebKitGTK in `npm run test:system`.
import { existsSync, globSync } from 'node:fs'
import { type BrowserContext, chromium, type LaunchOptions, type Page } from 'playwright-core'
import { EXECUTABLE, OPTIONS } from './chromium.ts'

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

export type BrowserName = 'Chromium' | 'Firefox' | 'WebKitGTK'

/** Where Debian's packages install what starts each browser. */
const EXECUTABLES: Readonly<Record<BrowserName, string>> = {
  Chromium: EXECUTABLE,
  Firefox: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
  WebKitGTK:
    globSync('/usr/lib/*/webkit2gtk-4.1/MiniBrowser')[0] ??
    '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
}

/** The browsers to test in: those in LATCHKEY_BROWSERS, with a comma between two, or Chromium. */
export const BROWSERS = (process.env.LATCHKEY_BROWSERS ?? 'Chromium').split(',') as readonly BrowserName[]

/** Returns why a browser cannot be tested here. */
export function missing(name: BrowserName): string | undefined {
  return existsSync(EXECUTABLES[name]) ? undefined : `there is no ${EXECUTABLES[name]}`
}

/** Starts a browser. `options` apply to Chromium only. */
export async function launchBrowser(name: BrowserName, options: LaunchOptions = {}): Promise<RunningBrowser> {
  const executable = EXECUTABLES[name]
  if (name === 'Firefox') return (await import('./firefox.ts')).launchFirefox(executable)
  if (name === 'WebKitGTK') return (await import('./webkit.ts')).launchWebKit(executable)
  return launchChromium(options)
}

/** The options of Playwright for Chromium with {@link INSECURE_HOST}. */
export const CHROMIUM_OPTIONS: LaunchOptions = {
  executablePath: EXECUTABLE,
  args: [...OPTIONS, `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`],
}

async function launchChromium(options: LaunchOptions): Promise<RunningBrowser> {
  const browser = await chromium.launch({ ...CHROMIUM_OPTIONS, ...options })
  return {
    version: `Chromium ${browser.version()}`,
    async newProfile(_proxy, onError = () => {}) {
      const context = await browser.newContext()
      context.on('weberror', problem => onError(String(problem.error())))
      return {
        context,
        newTab: () => context.newPage() as Promise<Tab>,
        async popup(action) {
          const opened = context.waitForEvent('page')
          await action()
          return (await opened) as Tab
        },
        tabCount: async () => context.pages().length,
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}

/** Repeats `attempt` until it returns a value. */
export async function poll<T>(attempt: () => Promise<T | undefined>, intervalMs = 20): Promise<T> {
  for (;;) {
    const value = await attempt()
    if (value !== undefined) return value
    await new Promise(resolve => setTimeout(resolve, intervalMs))
  }
}
