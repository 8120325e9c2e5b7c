import { chromium } from 'playwright-core'
import { startSite } from '../../../packages/storage-browser/test/site.ts'
import { CHROMIUM_OPTIONS } from '../../../tools/browsers.ts'
import type { Cannot, Saved, Server } from '../contender.ts'
import type { ContenderName } from '../contenders.ts'
import type { Worker } from './workers.ts'

const FOR_SERVERS: Cannot = { cannot: 'is made for servers' }

/** Contenders that keep tokens, but not in a page. */
export const TABS_CANNOT: Partial<Record<ContenderName, Cannot>> = {
  'simple-oauth2': FOR_SERVERS,
  google: FOR_SERVERS,
  octokit: FOR_SERVERS,
}

/** The settings of a tab; the first one starts with the tokens in `sow`. */
export interface TabSpec {
  readonly contender: ContenderName
  readonly server: Server
  readonly sow?: Saved
}

export async function startTabs(
  { sow, ...spec }: TabSpec,
  count: number,
  cleanup: AsyncDisposableStack,
): Promise<Worker[]> {
  const site = cleanup.use(await startSite(new URL('page.ts', import.meta.url)))
  const browser = await chromium.launch(CHROMIUM_OPTIONS)
  cleanup.defer(() => browser.close())
  const context = await browser.newContext()
  const tabs: Worker[] = []
  for (let n = 0; n < count; n++) {
    const tab = await context.newPage()
    await tab.goto(site.origin)
    await tab.evaluate(spec => stampede.begin(spec), { ...spec, ...(n === 0 && { sow }) } as TabSpec)
    tabs.push({
      advance: ms => tab.evaluate(ms => stampede.advance(ms), ms),
      ask: callers => tab.evaluate(callers => stampede.ask(callers), callers),
      refreshToken: () => tab.evaluate(() => stampede.refreshToken()),
      kill: () => tab.close(),
    })
  }
  return tabs
}
