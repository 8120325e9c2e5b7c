import { type Size, sizeOf } from '../bundle.ts'
import { type Cannot, isCannot } from '../contender.ts'
import { CONTENDERS, type ContenderName, load, NAMES } from '../contenders.ts'
import { type Installed, installedSize } from '../installed.ts'
import { Footnotes, kilobytes, marked, table } from '../markdown.ts'
import { kindOf, labelledBars } from '../plot.ts'
import type { Section } from '../section.ts'

interface Row {
  readonly code: Size | Cannot
  readonly pkce: Size | Cannot
  readonly installed: Installed
}

export const size: Section<Partial<Record<ContenderName, Row>>> = {
  title: 'Size',
  async measure() {
    const rows: Partial<Record<ContenderName, Row>> = {}
    for (const name of NAMES) {
      const { packages, begin, beginPkce, exchange } = await load(name)
      const sized = async (way: 'begin' | 'beginPkce', ability: object): Promise<Size | Cannot> =>
        [ability, exchange].find(isCannot) ?? (await sizeOf(name, way))
      rows[name] = {
        code: await sized('begin', begin),
        pkce: await sized('beginPkce', beginPkce),
        installed: await installedSize(packages),
      }
    }
    return rows
  },
  async render(rows, draw) {
    const footnotes = new Footnotes()
    const cells = (size: Size | Cannot, ours: Size | Cannot, ...members: (keyof Size)[]): string[] =>
      members.map(member =>
        isCannot(size)
          ? footnotes.of(size)
          : marked(kilobytes(size[member]), size[member] < (ours as Size)[member]),
      )
    const lines = Object.entries(rows).map(([name, row]) => {
      const ours = name.startsWith('latchkey') ? row : rows.latchkey!
      return [
        CONTENDERS[name as ContenderName],
        ...cells(row.code, ours.code, 'min', 'gzip', 'brotli'),
        ...cells(row.pkce, ours.pkce, 'gzip'),
        marked(kilobytes(row.installed.bytes), row.installed.bytes < ours.installed.bytes),
        marked(String(row.installed.packages), row.installed.packages < ours.installed.packages),
      ]
    })
    const values = Object.entries(rows)
      .flatMap(([name, { code }]) =>
        isCannot(code) ? [] : [{ name: CONTENDERS[name as ContenderName], gzip: code.gzip }],
      )
      .sort((one, other) => one.gzip - other.gzip)
      .map(({ name, gzip }) => {
        const isBetter = gzip < (rows.latchkey!.code as Size).gzip
        const label = `${kilobytes(gzip)}${isBetter && !name.startsWith('latchkey') ? ', smaller' : ''}`
        return { name, kB: gzip / 1000, label, kind: kindOf(name, isBetter) }
      })
    return `The same program with each library: obtain tokens by code, with a state, and refresh them once. esbuild bundles and
minifies it, including the code that sends the requests. Latchkey is not the smallest. Most of it is the keeper, and of the flow
functions' program two thirds are ky, which the transport uses. [Core alone](questions.md#how-large-is-it-in-a-bundle) is
smaller. If you do not need to keep tokens, oauth4webapi, arctic and
@badgateway/oauth2-client are smaller.

${table(['', 'min', 'gzip', 'brotli', 'gzip, with PKCE', 'installed', 'packages'], lines)}

${footnotes}

${await draw('size', {
  title: 'Size of a program that signs in by code',
  subtitle: 'kilobytes after minification and gzip, logarithmic scale; less is better',
  summary: values.map(({ name, label }) => `${name}: ${label}`).join('; '),
  spec: {
    width: 440,
    height: { step: 24 },
    data: { values },
    ...labelledBars(values, {
      field: 'kB',
      type: 'quantitative',
      title: 'kB, gzip',
      scale: { type: 'symlog', domainMax: 160 },
      axis: { values: [0, 1, 3, 10, 30, 100] },
    }),
  },
})}

"Installed" is the size on the disk, by the lock file of this repository, including dependencies.`
  },
}
