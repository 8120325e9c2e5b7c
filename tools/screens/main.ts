// Takes pictures of every screen of the command line and of every page that a user sees, to look at:
// npm run screens -- FOLDER
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp } from '../at-end.ts'
import { launchChromium } from '../chromium.ts'
import { openPages } from './pages.ts'
import { runScreens } from './screens.ts'
import { drawTerminals } from './terminal.ts'

const [folder = '.tmp/screens'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

/** How many screens one picture shows. */
const SCREENS = 9
/** The width of a small phone. */
const PHONE = { width: 360, height: 640 }

const browser = await launchChromium()
try {
  const pages = await openPages()
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, viewport: PHONE })
    for (const [name, visit] of Object.entries(pages)) {
      const page = await context.newPage()
      await visit(page)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (overflow > 0) console.log(`${name}: ${overflow} px wider than a phone`)
      await page.screenshot({ path: join(folder, `page-${name}-${colorScheme}.png`), fullPage: true })
      await page.close()
    }
    await context.close()
  }
  for (const columns of [80, 120]) {
    const screens = await runScreens(columns)
    for (const theme of ['light', 'dark'] as const)
      for (let at = 0; at < screens.length; at += SCREENS) {
        const page = await browser.newPage({ viewport: { width: columns * 9 + 40, height: 400 } })
        await drawTerminals(page, screens.slice(at, at + SCREENS), { columns, theme })
        const path = join(folder, `cli-${columns}-${theme}-${at / SCREENS + 1}.png`)
        await page.screenshot({ path, fullPage: true })
        await page.close()
      }
  }
  console.log(`The pictures are in ${folder}.`)
} finally {
  await browser.close()
  await cleanUp()
}
