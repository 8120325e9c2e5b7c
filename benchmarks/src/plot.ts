// Draws plots as SVG that can be read alone: a title, axes with units, a legend, words for screen readers, light and dark.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

/** What a plot shows. */
export interface Plot {
  readonly title: string
  /** The measure and its unit, for the line below the title. */
  readonly subtitle: string
  /** What a reader should take from it, for those who cannot see it. */
  readonly summary: string
  readonly spec: object
}

/** Draws a plot to a file of that name, and returns Markdown that shows it. */
export type Draw = (name: string, plot: Plot) => Promise<string>

/** The colours of each part, on light and on dark ground: at least 4.5:1 for text and 3:1 for marks (WCAG 2.2). */
const COLOURS = {
  ground: ['#ffffff', '#0d1117'],
  text: ['#1f2328', '#e6edf3'],
  faint: ['#59636e', '#9198a1'],
  line: ['#d1d9e0', '#3d444d'],
  ours: ['#0b7a53', '#3fb98a'],
  better: ['#b35900', '#f0a04b'],
  other: ['#818b98', '#7d8590'],
} as const

const light = (part: keyof typeof COLOURS): string => COLOURS[part][0]

/** How a bar compares with Latchkey's: in the legend, and in colour. */
const KINDS = { Latchkey: 'ours', 'better than Latchkey': 'better', 'another library': 'other' } as const
export type Kind = keyof typeof KINDS

/** Returns the kind of a contender's bar. */
export const kindOf = (name: string, isBetter: boolean): Kind =>
  name.startsWith('latchkey') ? 'Latchkey' : isBetter ? 'better than Latchkey' : 'another library'

/** A value with its kind, as the data of a plot has it. */
interface Shown {
  readonly kind: Kind
}

const kindsIn = (values: readonly Shown[]): Kind[] =>
  (Object.keys(KINDS) as Kind[]).filter(kind => values.some(one => one.kind === kind))

/** Returns the encoding of the field `kind` by colour, with a legend of those kinds that occur. */
export function kindColour(values: readonly Shown[]): object {
  const domain = kindsIn(values)
  return {
    field: 'kind',
    type: 'nominal',
    scale: { domain, range: domain.map(kind => light(KINDS[kind])) },
    legend: { orient: 'top', title: null, offset: 10 },
  }
}

/** Returns the encoding of the field `kind` by shape: what is better has the mark ▲ of the tables. */
export function kindShape(values: readonly Shown[]): object {
  const domain = kindsIn(values)
  const range = domain.map(kind => (kind === 'better than Latchkey' ? 'triangle-up' : 'circle'))
  return { field: 'kind', type: 'nominal', scale: { domain, range } }
}

/** Returns the marks of horizontal bars that end with the field `label`; `x` is an encoding. */
export const labelledBars = (values: readonly Shown[], x: object): object => ({
  encoding: { y: { field: 'name', type: 'nominal', sort: null, title: null }, x },
  layer: [
    { mark: { type: 'bar', height: { band: 0.72 } }, encoding: { color: kindColour(values) } },
    {
      mark: { type: 'text', align: 'left', dx: 5, fill: light('text') },
      encoding: { text: { field: 'label' } },
    },
  ],
})

const CONFIG = {
  font: 'system-ui, -apple-system, "Segoe UI", sans-serif',
  title: {
    anchor: 'start',
    fontSize: 16,
    color: light('text'),
    subtitleColor: light('faint'),
    subtitleFontSize: 12.5,
    subtitlePadding: 5,
    offset: 12,
  },
  axis: {
    labelLimit: 260,
    labelFontSize: 12.5,
    titleFontSize: 12.5,
    titleFontWeight: 'normal',
    labelColor: light('text'),
    titleColor: light('faint'),
    gridColor: light('line'),
    domainColor: light('line'),
    tickColor: light('line'),
    titlePadding: 8,
  },
  legend: { labelFontSize: 12.5, labelColor: light('text'), labelLimit: 260 },
  header: { labelFontSize: 13, labelColor: light('text') },
  text: { fontSize: 12, color: light('text') },
  view: { stroke: null },
}

/** The colours of a dark scheme, for every attribute that has the light one. Viewers without this rule show the light plot. */
const DARK = Object.values(COLOURS)
  .flatMap(([day, night]) => ['fill', 'stroke'].map(name => `[${name}="${day}"]{${name}:${night}}`))
  .join('')

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Returns the SVG. */
export async function svgOf({ title, subtitle, summary, spec }: Plot): Promise<string> {
  const drawing = {
    ...spec,
    title: { text: title, subtitle },
    background: light('ground'),
    padding: 16,
    config: CONFIG,
  } as TopLevelSpec
  const svg = await new vega.View(vega.parse(compile(drawing, { logger: vega.logger(vega.Error) }).spec), {
    renderer: 'none',
  }).toSVG()
  const head = `<title id="title">${escaped(title)}</title><desc id="summary">${escaped(summary)}</desc><style>@media (prefers-color-scheme: dark){${DARK}}</style>`
  return `${svg.replace(/^<svg ([^>]*)>/, (_, attributes) => `<svg role="img" aria-labelledby="title summary" ${attributes}>${head}`)}\n`
}

/** Returns `Draw` for Markdown in the folder `docs`. */
export const drawTo =
  (docs: string): Draw =>
  async (name, plot) => {
    const path = `benchmarks/${name}.svg`
    await mkdir(dirname(`${docs}/${path}`), { recursive: true })
    await writeFile(`${docs}/${path}`, await svgOf(plot))
    return `![${plot.title}, ${plot.subtitle}. ${plot.summary}](${path})`
  }
