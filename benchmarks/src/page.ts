// Writes docs/benchmarks.md, its plots, and the same as HTML, from the last results.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { CONTENDERS, load, NAMES } from './contenders.ts'
import { writeHtml } from './html.ts'
import { versionOf } from './installed.ts'
import { drawTo } from './plot.ts'
import { lastOf, type Result } from './result.ts'
import { SECTIONS } from './sections.ts'

const DOCS = join(import.meta.dirname, '../../docs')

export async function writePage(): Promise<void> {
  const draw = drawTo(DOCS)
  const parts: string[] = []
  const results: Result[] = []
  for (const [name, { title, render }] of Object.entries(SECTIONS)) {
    const result = await lastOf(name)
    if (!result) continue
    results.push(result)
    const text = await render(result.data as never, draw)
    const how = `Measured ${result.takenAt.slice(0, 16).replace('T', ' ')} UTC in ${result.seconds} s, load ${result.machine.load.join(' to ')}${result.isQuick ? ', **quick**: too few rounds to trust' : ''}. \`npm run bench -- ${name}\`${result.note ? `. ${result.note}` : ''}`
    parts.push(`## ${title}\n\n${text}\n\n<sub>${how}</sub>`)
  }
  const path = join(DOCS, 'benchmarks.md')
  const text = `${await introduction(results)}\n\n${parts.join('\n\n')}\n`
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }))
  await writeHtml(join(DOCS, 'benchmarks/index.html'), text)
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

This page is for people who compare Latchkey with other libraries. Each is used as its documentation shows. \`npm ci && npm run bench\` repeats all
measurements and writes this page. \`-- --quick\` only checks that it works, and \`-- size micro\` runs some sections. It needs
redis-server, PostgreSQL, mariadb-server, and Chromium for the tabs.

- **Ratios, not times.** Contenders are measured in turn, round after round, and compared with the first one of the same
  round. A cell is the median of these ratios, with the smallest and the largest. Times depend more on the machine than on
  the library.
- **Cells that Latchkey loses stay.** ▲ marks a cell that is better than Latchkey's, and plots show it in orange. If a library cannot do something, the
  reason is given.
- **Where Latchkey is slower or larger**, and why, by profiles:
  - the size of a program: most of it is the keeper;
  - the start: most of it is ky's first access to fetch;
  - a refresh without the network: the keeper reads, writes a lease and commits, and ky builds requests from requests (a real
    refresh waits a thousand times as long for its server);
  - the callback check: it also builds the request for the tokens;
  - files: a read checks the owner of the folder, and a swap syncs two names;
  - Redis: a swap is a script that reads, writes and notifies others;
  - databases: a call has a time limit, a read checks that the server is no replica, and a swap in PostgreSQL notifies others;
  - everything that is encrypted.
- **One file per contender**, all with the same structure, in [benchmarks/src/contenders](../benchmarks/src/contenders). Read
  there what is measured, and correct it if a library is used badly.

Measured with ${[...new Set(versions.flat())].join(', ')}. Machine: ${[...machines].join('; ')}. The load below each
section is how many processes were ready to run. On two processors, a load above 2 disturbs the measurement; the span between
min and max shows how much.

Contenders: ${NAMES.map(name => `[${CONTENDERS[name]}](../benchmarks/src/contenders/${name}.ts)`).join(', ')}.`
}
