// Takes pictures of the built site at three widths, light and dark, to look at: npm run site:screens -- FOLDER
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchChromium } from '../tools/chromium.ts'
import { overflowOf } from './src/overflow.ts'
import { serveSite } from './src/serve.ts'

const [folder = '.tmp/site-screens'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

/** Pages by the name of their pictures; after a `#play=` there is a picture of the playground alone. */
const PAGES = {
  start: '/',
  'playground-start': '/#play=strict,swap,1,',
  'playground-killed': '/#play=strict,swap,1,s6k3s10',
  'playground-long': '/#play=strict,swap,1,s34k3s10p1s29',
  guide: '/guides/sign-in.html',
  tables: '/guides/providers.html',
  language: '/reference/provider-descriptions.html',
  benchmarks: '/benchmarks.html',
  framework: '/guides/frameworks/next.html',
  'api-index': '/api/',
  tutorial: '/tutorials/script.html',
  reference: '/reference/errors.html',
  api: '/api/storage-fs.html',
  architecture: '/explanation/architecture.html#keeper',
}
const WIDTHS = { 390: 844, 820: 1180, 1440: 900 }

const site = await serveSite()
const browser = await launchChromium()
try {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [width, height] of Object.entries(WIDTHS)) {
      const context = await browser.newContext({ colorScheme, viewport: { width: Number(width), height } })
      for (const [name, path] of Object.entries(PAGES)) {
        const page = await context.newPage()
        const isPlayed = path.includes('#play=')
        if (isPlayed) await page.setViewportSize({ width: Number(width), height: 2_000 })
        await page.goto(site.url + path, { waitUntil: 'networkidle' })
        if (path.includes('architecture')) await page.locator('.drawing svg').nth(9).waitFor()
        if (name === 'start') {
          await page.locator('.playground').scrollIntoViewIfNeeded()
          await page.locator('.board').waitFor()
        }
        const overflow = await overflowOf(page)
        if (overflow > 0) console.log(`${name}: ${overflow} px wider than ${width}`)
        const to = join(folder, `${name}-${width}-${colorScheme}.png`)
        if (isPlayed) await page.locator('.board').screenshot({ path: to })
        else await page.screenshot({ path: to, fullPage: name === 'start' })
        await page.close()
      }
      await context.close()
    }
  console.log(`The pictures are in ${folder}.`)
} finally {
  await browser.close()
  await site.close()
}
