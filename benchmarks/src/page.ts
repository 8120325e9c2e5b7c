// docs/benchmarks.md and its plots, made of the last results.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { CONTENDERS, load, NAMES } from './contenders.ts'
import { versionOf } from './installed.ts'
import { lastOf, type Result } from './result.ts'
import { SECTIONS } from './sections.ts'

const DOCS = join(import.meta.dirname, '../../docs')
const PLOTS = 'benchmarks'

export async function writePage(): Promise<void> {
  await mkdir(join(DOCS, PLOTS), { recursive: true })
  const parts: string[] = []
  const results: Result[] = []
  for (const [name, { title, render }] of Object.entries(SECTIONS)) {
    const result = await lastOf(name)
    if (!result) continue
    results.push(result)
    const said = await render(result.data as never, draw)
    const how = `Measured ${result.takenAt.slice(0, 16).replace('T', ' ')} UTC in ${result.seconds} s, load ${result.machine.load.join(' to ')}${result.isQuick ? ', **quick**: too few rounds to trust' : ''}. \`npm run bench -- ${name}\`${result.note ? `. ${result.note}` : ''}`
    parts.push(`## ${title}\n\n${said}\n\n<sub>${how}</sub>`)
  }
  const path = join(DOCS, 'benchmarks.md')
  const text = `${await introduction(results)}\n\n${parts.join('\n\n')}\n`
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }))
}

async function introduction(results: readonly Result[]): Promise<string> {
  const machines = new Set(
    results.map(({ machine: { node, system, processor, memoryGb } }) =>
      [`Node ${node.slice(1)}`, system, processor, `${memoryGb} GB`].join(', '),
    ),
  )
  const versions = await Promise.all(
    NAMES.map(async name => {
      const { packages } = await load(name)
      return packages.map(one => `${one} ${versionOf(one)}`)
    }),
  )
  return `<!-- made by npm run bench of benchmarks/results/*.json; do not edit -->

# Benchmarks

Latchkey beside its peers, each in its documented usage. \`npm ci && npm run bench\` measures everything again and writes
this page; \`-- --quick\` is to see that it works, \`-- size micro\` some of it. It needs redis-server, and Chromium for
the tabs.

- **Ratios, not times.** Contenders are measured in turn, round after round, each held to the first one of the same round;
  a cell is the median of those ratios, with the smallest and the largest. Times say more about a machine than about a library.
- **Losing cells stay.** Where a peer is better, the cell says so; what a library cannot do is said with the reason.
- **Where ours is behind**, and why, as profiles show: the size of a program, most of which is the keeper; the start, of
  which ky's look at fetch is the most; a refresh without the network, where the keeper reads, claims and commits, and ky
  makes requests of requests (a real refresh waits a thousand times as long for its server); the callback check, which
  makes the request for the tokens as well; files, where a read looks whose the folder is and a swap syncs two names;
  Redis, where a swap is a script that reads, writes and tells others; and whatever is encrypted.
- **One file a contender**, of the same shape, in [benchmarks/src/contenders](../benchmarks/src/contenders): read what
  is measured there, and mend it where a library is used badly.

Measured with ${[...new Set(versions.flat())].join(', ')}. Machine: ${[...machines].join('; ')}. The load that is given
below each part is how many processes wanted the processor: with two of them, above 2 it was disturbed, and the span
between min and max shows how much.

Contenders: ${NAMES.map(name => `[${CONTENDERS[name]}](../benchmarks/src/contenders/${name}.ts)`).join(', ')}.`
}

async function draw(name: string, spec: object): Promise<string> {
  const { title } = spec as { title: string }
  const drawing = {
    ...spec,
    background: 'white',
    padding: 12,
    config: { font: 'sans-serif', axis: { labelLimit: 260 } },
  } as TopLevelSpec
  const view = new vega.View(vega.parse(compile(drawing).spec), { renderer: 'none' })
  await writeFile(join(DOCS, PLOTS, `${name}.svg`), `${await view.toSVG()}\n`)
  return `![${title}](${PLOTS}/${name}.svg)`
}
