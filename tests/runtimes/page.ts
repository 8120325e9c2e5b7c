// docs/runtimes.md, written and read again.
import { GAPS } from './gaps.ts'
import type { Result } from './results.ts'
import { RUNTIME_NAMES, type RuntimeName } from './runtimes.ts'
import { SUITES, whyNot } from './suites.ts'

/** What each suite came to in each runtime that it is run in. */
export type Seen = Readonly<Record<string, Partial<Readonly<Record<RuntimeName, Result>>>>>

const REASONS = [
  ...new Set([
    ...Object.values(SUITES).flatMap(({ lacks = [] }) => lacks.map(({ why }) => why)),
    ...GAPS.map(({ why }) => why),
  ]),
]
const markOf = (why: string): string => `[${REASONS.indexOf(why) + 1}]`

/** What a cell says: how many tests passed, of how many, and why not all. */
export function cellOf(suite: string, runtime: RuntimeName, result: Result | undefined): string {
  const lacks = whyNot(suite, runtime)
  if (lacks) return `none ${markOf(lacks)}`
  if (!result) return 'not seen'
  const { passed, total, reasons } = result
  const marks = REASONS.filter(why => reasons.includes(why)).map(markOf)
  return passed === total ? String(total) : `${passed} of ${total} ${marks.join(' ')}`
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export function pageOf(seen: Seen, versions: Readonly<Record<string, string>>): string {
  const rows = Object.entries(SUITES).map(([suite, { what }]) =>
    row(`${suite}: ${what}`, ...RUNTIME_NAMES.map(runtime => cellOf(suite, runtime, seen[suite]?.[runtime]))),
  )
  const table = [
    row('suite', ...RUNTIME_NAMES),
    row('---', ...RUNTIME_NAMES.map(() => '---:')),
    ...rows,
  ].join('\n')
  return `# Where it runs

Written by \`npm run runtimes\`; \`npm run test:system\` runs the same again and holds this page to it.

The tests are the very files that Jest runs on Node 24, each bundled into one program with Jest's own \`expect\` and a
small runner. workerd and Chromium get them without any module of Node. The contract's server is a process of Node's,
whatever runtime asks it.

A cell is how many tests passed. Cases that a contract leaves out for its subject, as it does on Node too, are not counted;
a file that needs Node before its first test counts as one.

${table}

${REASONS.map((why, index) => `- [${index + 1}] ${why}`).join('\n')}

Seen with ${RUNTIME_NAMES.map(name => `${name.split(' ')[0]} ${versions[name]}`).join(', ')}.

On Node 24 alone run the exploration of the keeper's interleavings, which computes for minutes, and the tests of README
programs and of redirects, which start processes of Node by themselves. The contract of \`BrowserTokenStore\` runs in six
kinds of place in Chromium (\`packages/storage-browser/test\`), and every package is installed alone and used on Node 22,
24 and 26 (\`tests/system/packages.test.ts\`).
`
}

/** The cell of the page for a suite in a runtime. */
export function cellIn(page: string, suite: string, runtime: RuntimeName): string {
  const line = page.split('\n').find(one => one.startsWith(`| ${suite}: `))
  return line?.split('|')[RUNTIME_NAMES.indexOf(runtime) + 2]?.trim() ?? 'no such row'
}

/** The cell without its numbers, and those. */
export function claimOf(cell: string): { words: string; numbers: number[] } {
  const marks = cell.replace(/ of \d+/, '')
  return {
    words: marks.replace(/^\d+/, 'some'),
    numbers: [...cell.replace(/\[\d+\]/g, '').matchAll(/\d+/g)].map(Number),
  }
}
