// The plots can be read alone, in light and dark, and by those who cannot see them; the page in HTML has the same tables.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { labelledBars, kindOf, svgOf } from '../src/plot.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8')

test('a plot has a title, a summary, axes with units, a legend and colours for dark', async () => {
  const values = ['latchkey', 'a < b'].map((name, at) => ({
    name,
    size: 2 - at,
    label: `${2 - at} kB`,
    kind: kindOf(name, at > 0),
  }))
  const svg = await svgOf({
    title: 'Sizes of <all>',
    subtitle: 'kB; less is better',
    summary: 'a & b',
    spec: {
      data: { values },
      ...labelledBars(values, { field: 'size', type: 'quantitative', title: 'kB, gzip' }),
    },
  })
  const shown = [
    ...['<title id="title">Sizes of &lt;all&gt;</title>', '<desc id="summary">a &amp; b</desc>'],
    ...['role="img" aria-labelledby="title summary"', '@media (prefers-color-scheme: dark)'],
    ...[
      '>kB; less is better</text>',
      '>kB, gzip</text>',
      '>Latchkey</text>',
      '>better than Latchkey</text>',
      '>1 kB</text>',
    ],
  ]
  for (const text of shown) expect(svg).toContain(text)
  expect(svg).not.toContain('another library')
  const [, dark = ''] = /<style>(.*)<\/style>/.exec(svg)!
  const used = new Set(
    [...svg.matchAll(/ (fill|stroke)="(#\w+)"/g)].map(([, name, colour]) => `[${name}="${colour}"]`),
  )
  expect(used.size).toBeGreaterThan(4)
  expect([...used].filter(selector => !dark.includes(selector))).toEqual([])
})

test('each plot of docs/benchmarks is shown with words in place of it; README.md shows the summary', () => {
  const plots = globSync('docs/benchmarks/*.svg', { cwd: ROOT })
  expect(plots.length).toBeGreaterThan(3)
  for (const path of plots) {
    expect(read(path)).toMatch(
      /<desc id="summary">.{100,}<\/desc><style>@media \(prefers-color-scheme: dark\)/,
    )
    const shown = [...read('docs/benchmarks.md').matchAll(/!\[([^\]]{100,})\]\((.*?)\)/g)].map(
      ([, , to]) => `docs/${to}`,
    )
    expect(shown).toContain(path)
  }
  expect(read('README.md')).toContain('](docs/benchmarks/summary.svg)')
})

test('docs/benchmarks/index.html has the cells of docs/benchmarks.md', () => {
  const plain = (html: string): string =>
    html
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&#39;', "'")
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
      .trim()
  const cells = [...read('docs/benchmarks/index.html').matchAll(/<t[dh].*?>(.*?)<\/t[dh]>/gs)].map(
    ([, cell]) => plain(cell!),
  )
  const rows = [...read('docs/benchmarks.md').matchAll(/^\| (?!-)(.*) \|$/gm)].map(([, row]) => row!)
  const expected = rows.flatMap(row => row.split(' | ').map(cell => cell.trim().replaceAll('**', '')))
  expect(expected.length).toBeGreaterThan(200)
  expect(cells).toEqual(expected)
})
