import { type Size, sizeOf } from '../bundle.ts'
import { type Cannot, isCannot } from '../contender.ts'
import { CONTENDERS, type ContenderName, load, NAMES } from '../contenders.ts'
import { type Installed, installedSize } from '../installed.ts'
import { Footnotes, kilobytes, table } from '../markdown.ts'
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
  async render(rows, plot) {
    const footnotes = new Footnotes()
    const cells = (size: Size | Cannot, ...members: (keyof Size)[]): string[] =>
      members.map(member => (isCannot(size) ? footnotes.of(size) : kilobytes(size[member])))
    const lines = Object.entries(rows).map(([name, { code, pkce, installed }]) => [
      CONTENDERS[name as ContenderName],
      ...cells(code, 'min', 'gzip', 'brotli'),
      ...cells(pkce, 'gzip'),
      kilobytes(installed.bytes),
      String(installed.packages),
    ])
    const values = Object.entries(rows).flatMap(([name, { code }]) =>
      isCannot(code) ? [] : [{ name: CONTENDERS[name as ContenderName], gzip: code.gzip / 1000 }],
    )
    return `The same program with each library: obtain tokens by code, with a state, and refresh them once. esbuild bundles and
minifies it, including the code that sends the requests. Latchkey is not the smallest. Most of it is the keeper; two thirds of
the flow functions' program are ky, which the transport uses. If you do not need to keep tokens, oauth4webapi, arctic and
@badgateway/oauth2-client are smaller.

${table(['', 'min', 'gzip', 'brotli', 'gzip, with PKCE', 'installed', 'packages'], lines)}

${footnotes}

${await plot('size', {
  title: 'The program that signs in by code, gzipped (kB, logarithmic)',
  width: 460,
  data: { values },
  mark: 'bar',
  encoding: {
    y: { field: 'name', type: 'nominal', sort: 'x', title: null },
    x: { field: 'gzip', type: 'quantitative', scale: { type: 'symlog' }, title: null },
    color: {
      condition: { test: "indexof(datum.name, 'latchkey') === 0", value: '#1b7f5c' },
      value: '#9aa5b1',
    },
  },
})}

"Installed" is the size on the disk, by the lock file of this repository, including dependencies.`
  },
}
