// Firefox for tests, over WebDriver BiDi.
import puppeteer, { type Page } from 'puppeteer-core'
import { INSECURE_HOST, poll, type RunningBrowser, type Tab } from './running-browser.ts'

export async function launchFirefox(executablePath: string): Promise<RunningBrowser> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    extraPrefsFirefox: {
      'network.dns.localDomains': INSECURE_HOST,
      // Otherwise timers of a tab in the background run once a second. All tabs but one are in the background.
      'dom.min_background_timeout_value': 4,
      'dom.min_background_timeout_value_without_budget_throttling': 4,
      'dom.timeout.enable_budget_timer_throttling': false,
    },
  })
  return {
    version: (await browser.version()).replace('firefox/', 'Firefox '),
    async newProfile(_proxy, onError = () => {}) {
      const context = await browser.createBrowserContext()
      return {
        async newTab() {
          const page = await context.newPage()
          page.on('pageerror', problem => onError(String(problem)))
          return tabOf(page)
        },
        async popup(action) {
          const before = await context.pages()
          await action()
          return tabOf(await poll(async () => (await context.pages()).find(page => !before.includes(page))))
        },
        tabCount: async () => (await context.pages()).length,
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}

function tabOf(page: Page): Tab {
  // As JSON: puppeteer rejects objects of Jest's realm.
  const evaluate = ((run: unknown, arg?: unknown) =>
    page.evaluate(`(${String(run)})(${JSON.stringify(arg) ?? ''})`)) as Tab['evaluate']
  return {
    evaluate,
    waitForFunction: (condition: unknown, arg?: unknown) =>
      poll(async () => (await evaluate<unknown, unknown>(condition as never, arg)) || undefined),
    goto: url => page.goto(url),
    reload: () => page.reload(),
    close: () => page.close(),
    click: async selector => (await page.waitForSelector(selector))!.click(),
    fill: async (selector, text) => (await page.waitForSelector(selector))!.type(text),
  }
}
