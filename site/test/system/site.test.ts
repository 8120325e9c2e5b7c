// Builds the site, and visits it as users do: links, Markdown, accessibility, weight, layout, and the playground by keyboard.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import axe, { type AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../tools/chromium.ts'
import { findDeadLinks } from '../../src/dead-links.ts'
import { overflowOf } from '../../src/overflow.ts'
import { DIST, ROOT } from '../../src/places.ts'
import { type Served, serveSite } from '../../src/serve.ts'

const SIZES = {
  phone: { width: 390, height: 844 },
  tablet: { width: 820, height: 1180 },
  desktop: { width: 1440, height: 900 },
}
/** A window in which the playground is not visible at first. */
const SMALL = { width: 1440, height: 500 }

let site: Served
let browser: Browser

beforeAll(async () => {
  execFileSync('npm', ['run', 'site'], { cwd: ROOT, stdio: 'pipe' })
  site = await serveSite()
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

/** Opens a page of the site; its errors fail the test. */
async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: SIZES.desktop, ...options })
  const page = await context.newPage()
  page.on('pageerror', error => {
    throw error
  })
  await page.goto(site.url + path, { waitUntil: 'networkidle' })
  return page
}

test('no link and no anchor is dead, in many pages', () => {
  expect(globSync('**/*.html', { cwd: DIST }).length).toBeGreaterThan(120)
  expect(findDeadLinks(DIST)).toEqual([])
})

test('llms.txt lists pages that exist as Markdown, and llms-full.txt has their text', () => {
  const index = readFileSync(join(DIST, 'llms.txt'), 'utf8')
  expect(index).toMatch(/^# Latchkey\n\n> Obtains /)
  const listed = [...index.matchAll(/^- \[[^\n]+\]\(\/([^)]+)\)/gm)].map(([, path]) => path!)
  expect(listed.length).toBeGreaterThan(110)
  expect(listed.filter(path => !existsSync(join(DIST, path)))).toEqual([])
  expect(index).toContain('(/index.md)')
  expect(readFileSync(join(DIST, 'index.md'), 'utf8')).toMatch(/^# (?![\s\S]*^<)[\s\S]*```ts\n/m)
  expect(readFileSync(join(DIST, 'llms-full.txt'), 'utf8')).toContain('<!-- /guides/sign-in.md -->\n\n# ')
})

test('every page is there as Markdown, and says where', async () => {
  const pages = globSync('**/*.html', { cwd: DIST }).filter(path => path !== '404.html')
  expect(pages.filter(path => !existsSync(join(DIST, path.replace(/\.html$/, '.md'))))).toEqual([])
  const page = await open('/guides/sign-in.html')
  expect(await page.locator('link[rel=alternate][type="text/markdown"]').getAttribute('href')).toBe(
    '/guides/sign-in.md',
  )
  const link = page.getByRole('link', { name: 'This page as Markdown' })
  const response = await page.request.get(site.url + (await link.getAttribute('href')))
  expect(await response.text()).toMatch(/^# /)
  await page.context().close()
})

test('the reference says which error a method throws, and when', () => {
  expect(readFileSync(join(DIST, 'api/core.md'), 'utf8')).toContain(
    '- `SignedOutError` when nobody has signed in, or the account was signed out.\n- `ReauthRequiredError` when',
  )
})

test('the search finds a guide by its words', async () => {
  const page = await open('/')
  await page.keyboard.press('Control+k')
  await page.locator('#localsearch-input').fill('proxy')
  await expect(
    page.locator('.result').filter({ hasText: 'Proxies' }).first().waitFor(),
  ).resolves.toBeUndefined()
  // A decision has more of these words, and ranks below the answer.
  await page.locator('#localsearch-input').fill('no refresh token')
  await page.locator('li:first-child > .result[href*="/questions"]').waitFor()
  await page.context().close()
})

const VISITS = {
  'the start page': '/',
  'the playground': '/#play=strict,swap,1,s34k3s10p1s9',
  'a guide': '/guides/sign-in.html',
  'a reference page': '/reference/errors.html',
  'a framework page': '/guides/frameworks/next.html',
  'the benchmarks': '/benchmarks.html',
  'a page with diagrams': '/explanation/architecture.html',
  'a page of the API': '/api/storage-fs.html',
}

const LOOKS = Object.values(SIZES).flatMap(viewport =>
  (['light', 'dark'] as const).map(colorScheme => ({ viewport, colorScheme })),
)

test.each(Object.entries(VISITS))(
  'axe finds nothing on %s, at three widths, light and dark, and it fits its window',
  async (_, path) => {
    // Without motion, so that colours do not fade from one theme to the other.
    const page = await open(path, { reducedMotion: 'reduce' })
    if (path.includes('architecture')) await page.locator('.drawing svg').nth(9).waitFor()
    await page.evaluate(axe.source)
    const found: string[] = []
    for (const { viewport, colorScheme } of LOOKS) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      await page.waitForFunction(
        isDark => document.documentElement.classList.contains('dark') === isDark,
        colorScheme === 'dark',
      )
      const { violations } = await page.evaluate(() =>
        (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      )
      const look = `${colorScheme}, ${viewport.width} px`
      for (const { id, nodes } of violations)
        for (const { html, failureSummary } of nodes) found.push(`${look}: ${id}: ${html} ${failureSummary}`)
      const overflow = await overflowOf(page)
      if (overflow > 0) found.push(`${look}: the page is ${overflow} px wider`)
    }
    expect(found).toEqual([])
    await page.context().close()
  },
)

test('no page is wider than a phone', async () => {
  // The widths come from HTML and CSS alone, and without scripts a page takes milliseconds.
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: SIZES.phone })
  const page = await context.newPage()
  const wide: string[] = []
  for (const path of globSync('**/*.html', { cwd: DIST })) {
    await page.goto(`${site.url}/${path}`)
    const px = await overflowOf(page)
    if (px > 0) wide.push(`${path}: ${px} px wider`)
  }
  expect(wide).toEqual([])
  // The bar, which is the same on every page, is fullest at these widths.
  for (const width of [768, 960]) {
    await page.setViewportSize({ width, height: 900 })
    expect(await overflowOf(page)).toBe(0)
  }
  await context.close()
})

test('the heading of an address is in view when the diagrams above it are drawn', async () => {
  const page = await open('/explanation/architecture.html#keeper')
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.drawing')].every(drawing => drawing.querySelector('svg')),
  )
  const top = await page.locator('#keeper').evaluate(heading => heading.getBoundingClientRect().top)
  expect(top).toBeGreaterThan(60)
  expect(top).toBeLessThan(200)
  await page.context().close()
})

test('the sidebar shows the page that is open', async () => {
  const page = await open('/reference/errors.html')
  const item = page.locator('.VPSidebarItem.is-active > .item')
  const { top, bottom } = await item.evaluate(one => one.getBoundingClientRect().toJSON())
  expect(top).toBeGreaterThan(0)
  expect(bottom).toBeLessThan(SIZES.desktop.height)
  await page.context().close()
})

test.each(Object.entries(SIZES))(
  'every choice of the playground is read to its end on a %s',
  async (_, viewport) => {
    const page = await open('/#play=strict,swap,1,', { viewport })
    await page.locator('.board').waitFor()
    const cut = await page.locator('.board select').evaluateAll(all =>
      (all as HTMLSelectElement[]).map(select => {
        const { offsetWidth } = select
        select.style.width = 'max-content'
        return select.offsetWidth - offsetWidth
      }),
    )
    expect(cut).toHaveLength(2)
    expect(Math.max(...cut)).toBeLessThanOrEqual(0)
    await page.context().close()
  },
)

test('diagrams are drawn, follow the theme, and have their text', async () => {
  const page = await open('/explanation/architecture.html', { colorScheme: 'light' })
  const first = page.locator('.diagram').first()
  await page.locator('.drawing svg').nth(9).waitFor()
  const light = await first.locator('svg').innerHTML()
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForFunction(
    before => document.querySelector('.drawing svg')!.innerHTML !== before && document.querySelector('.dark'),
    light,
  )
  await first.getByText('The diagram as text').click()
  expect(await first.locator('pre').innerText()).toContain('awaitingRedirect --> exchanging: returned')
  await page.context().close()
})

test('every button of the playground is large enough for a finger on a phone', async () => {
  const page = await open('/#play=strict,swap,1,s34k3s10p1s9', { viewport: SIZES.phone })
  await page.locator('.board').waitFor()
  const small = await page
    .locator('.board button, .board select, .board input')
    .evaluateAll(all =>
      all
        .filter(one => one.clientHeight < 42 || one.clientWidth < 42)
        .map(one => `${one.textContent}: ${one.clientWidth} x ${one.clientHeight} px`),
    )
  expect(small).toEqual([])
  await page.context().close()
})

test('the start page weighs at most 200 kB before the playground loads, and the playground loads when it is seen', async () => {
  const before = site.bytes()
  const page = await open('/', { viewport: SMALL })
  const weight = site.bytes() - before
  process.stdout.write(`the start page: ${weight} bytes compressed\n`)
  expect(weight).toBeLessThan(200_000)
  expect(await page.locator('.board').count()).toBe(0)
  await page.locator('.playground').scrollIntoViewIfNeeded()
  await page.locator('.board').waitFor()
  process.stdout.write(`with the playground: ${site.bytes() - before} bytes compressed\n`)
  await page.context().close()
})

test.each(Object.entries(SIZES))(
  'the layout does not shift on a %s, also when the playground loads',
  async (_, viewport) => {
    const context = await browser.newContext({ viewport })
    const page = await context.newPage()
    await page.addInitScript(() => {
      const shifts = window as unknown as { shift: number }
      shifts.shift = 0
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) shifts.shift += (entry as unknown as { value: number }).value
      }).observe({ type: 'layout-shift', buffered: true })
    })
    await page.goto(site.url, { waitUntil: 'networkidle' })
    await page.locator('.playground').evaluate(place => place.scrollIntoView())
    await page.locator('.board').waitFor()
    await page.getByRole('heading', { name: 'Ten lines for GitHub' }).scrollIntoViewIfNeeded()
    // A frame after the last change has been painted, so that the observer has it.
    await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve))))
    const shift = await page.evaluate(() => (window as unknown as { shift: number }).shift)
    process.stdout.write(`layout shift: ${shift.toFixed(4)}\n`)
    expect(shift).toBeLessThan(0.05)
    await context.close()
  },
)

test('the playground by keyboard: step, kill, rewind, and an address that restores the story', async () => {
  const page = await open('/', { viewport: SMALL })
  const figures = (of: Page): Promise<string[]> =>
    of.locator('[data-figure], .processes .state, .clock').allInnerTexts()
  const button = (name: string | RegExp): ReturnType<Page['getByRole']> => page.getByRole('button', { name })
  const press = async (name: string | RegExp, key: string): Promise<void> => {
    await button(name).focus()
    await page.keyboard.press(key)
  }
  await page.getByRole('button', { name: 'Load the playground' }).focus()
  await page.locator('.board').waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Step')

  for (let step = 0; step < 12; step++) await press('Step', 'Enter')
  const atTwelve = await figures(page)
  expect(atTwelve).toContain('step 12, 60 s')
  await press('Kill D', 'Space')
  expect(await page.getByRole('status').innerText()).toMatch(/^Step 13\. D is killed\./)
  expect(await button('Kill D').getAttribute('aria-disabled')).toBe('true')
  for (let step = 0; step < 20; step++) await press('Step', 'Space')
  const story = await figures(page)
  expect(new URL(page.url()).hash).toBe('#play=strict,swap,1,s12k3s20')

  const other = await open(`/${new URL(page.url()).hash}`)
  await other.locator('.board').waitFor()
  expect(await figures(other)).toEqual(story)
  await other.context().close()

  for (let step = 0; step < 21; step++) await press('Back', 'Enter')
  expect(await figures(page)).toEqual(atTwelve)
  await page.getByRole('slider', { name: 'Position in the story' }).focus()
  await page.keyboard.press('End')
  expect(await figures(page)).toEqual(story)
  await page.context().close()
})

test('the playground plays until nothing more happens', async () => {
  const page = await open('/#play=grace-same,locks,7,s')
  await page.locator('.board').waitFor()
  await page.clock.install()
  await page.getByRole('button', { name: 'Play' }).click()
  await page.clock.runFor(200_000)
  expect(await page.getByRole('status').innerText()).toContain('nothing more happens by itself')
  expect(await page.locator('[data-figure=requests]').allInnerTexts()).toEqual(['4', expect.any(String)])
  await page.context().close()
})
