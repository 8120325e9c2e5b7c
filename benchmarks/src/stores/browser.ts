import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { startSite } from '../../../packages/storage-browser/test/site.ts'
import { CHROMIUM_OPTIONS } from '../../../tools/browsers.ts'
import { type Contenders, type Ratios, ratiosOf } from '../ratios.ts'

/** Uses a profile on the disk, because IndexedDB is in memory without one. */
export async function compareBrowser(times: number): Promise<Record<string, Ratios>> {
  await using cleanup = new AsyncDisposableStack()
  const profile = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  cleanup.defer(() => rm(profile, { recursive: true, force: true }))
  const site = cleanup.use(await startSite(new URL('page.ts', import.meta.url)))
  const browser = await chromium.launchPersistentContext(profile, CHROMIUM_OPTIONS)
  cleanup.defer(() => browser.close())

  const page = await browser.newPage()
  await page.goto(site.origin)
  const compared: Record<string, Ratios> = {}
  for (const what of ['read', 'swap'] as const) {
    const names = await page.evaluate(async what => Object.keys((await rounds)[what]), what)
    const roundOf = (name: string) => () =>
      page.evaluate(async ([what, name]) => (await rounds)[what][name]!(), [what, name] as const)
    const contenders: Contenders = Object.fromEntries(names.map(name => [name, roundOf(name)]))
    compared[`IndexedDB in Chromium, ${what}`] = await ratiosOf(contenders, times)
  }
  return compared
}
