// The browsers for suites that run in more than one: Chromium in `npm test`, Firefox and WebKitGTK in `npm run test:system`.
import { existsSync, globSync } from 'node:fs'
import { chromium, type LaunchOptions } from 'playwright-core'
import { CHROMIUM, HEADLESS_SHELL, OPTIONS } from './chromium.ts'
import { INSECURE_HOST, type RunningBrowser, type Tab } from './running-browser.ts'

export type BrowserName = 'Chromium' | 'Firefox' | 'WebKitGTK'

/** Where Debian's packages install what starts each browser. */
const EXECUTABLES: Readonly<Record<BrowserName, string>> = {
  Chromium: HEADLESS_SHELL,
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

/** The options of Playwright for the whole Chromium with {@link INSECURE_HOST}. */
export const CHROMIUM_OPTIONS: LaunchOptions = {
  executablePath: CHROMIUM,
  args: [...OPTIONS, `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`],
}

async function launchChromium(options: LaunchOptions): Promise<RunningBrowser> {
  const browser = await chromium.launch({
    ...CHROMIUM_OPTIONS,
    executablePath: EXECUTABLES.Chromium,
    ...options,
  })
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
