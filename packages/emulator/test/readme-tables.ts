import { readFileSync } from 'node:fs'
import type { FaultKind, Setting, Switch } from '../src/index.ts'
import { RESPONSES, FAULT_KINDS, SCENARIOS, SWITCHES, TOKEN_SHAPES } from '../src/index.ts'

export const README: URL = new URL('../README.md', import.meta.url)

const code = (value: unknown): string => `\`${value}\``

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

function values({ values, default: normal, isSigned }: Setting<unknown>): string {
  if (values && values.length > 11) return 'see below'
  if (values) return values.map(code).join(', ')
  if (typeof normal === 'boolean') return '`true`, `false`'
  if (typeof normal === 'string') return 'a string'
  return isSigned ? 'a whole number' : 'a whole number, not negative'
}

const parameters = (kind: FaultKind): string =>
  Object.entries(FAULT_KINDS[kind].parameters as Record<string, Setting<unknown>>)
    .map(([name, setting]) => `${code(name)}: ${values(setting)} (${code(setting.default)})`)
    .join('; ')

/** The tables of the README that are generated from the code, by the name of their marker. */
const TABLES: Readonly<Record<string, string>> = {
  switches: table(
    ['Switch', 'Item', 'Values', 'Default', 'What it does'],
    Object.entries(SWITCHES).map(([name, row]: [string, Switch<unknown>]) => [
      code(name),
      String(row.item),
      values(row),
      code(row.default),
      row.summary,
    ]),
  ),
  faults: table(
    ['Kind', 'What it does', 'Parameters (default)'],
    (Object.keys(FAULT_KINDS) as FaultKind[]).map(kind => [
      code(kind),
      FAULT_KINDS[kind].summary.replaceAll('__', String.raw`\_\_`),
      parameters(kind),
    ]),
  ),
  responses: table(
    ['Response', 'Status', 'What it is'],
    Object.entries(RESPONSES).map(([name, { status, summary }]) => [code(name), String(status), summary]),
  ),
  shapes: table(
    ['Shape', 'What it is'],
    Object.entries(TOKEN_SHAPES).map(([name, { summary }]) => [code(name), summary]),
  ),
  scenarios: table(
    ['Scenario', 'The server', 'A client must', 'Known to fail'],
    Object.entries(SCENARIOS).map(([name, { server, client, failingPackages }]) => [
      code(name),
      server,
      client,
      failingPackages.join(', '),
    ]),
  ),
}

/** Returns the README as it is, and with its tables generated again. */
export function readReadme(): { current: string; generated: string } {
  const current = readFileSync(README, 'utf8')
  const generated = Object.entries(TABLES).reduce(
    (text, [name, content]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`),
        (_, start, end) => `${start}\n${content}\n\n${end}`,
      ),
    current,
  )
  return { current, generated }
}
