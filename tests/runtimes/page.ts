// Writes docs/reference/runtimes.md, and reads it for the test.
import { GAPS } from './gaps.ts'
import type { Result } from './results.ts'
import { RUNTIME_NAMES, type RuntimeName } from './runtimes.ts'
import { SUITES, whyNot } from './suites.ts'

/** The result of each suite in each runtime that it runs in. */
export type Results = Readonly<Record<string, Partial<Readonly<Record<RuntimeName, Result>>>>>

const REASONS = [
  ...new Set([
    ...Object.values(SUITES).flatMap(({ lacks = [] }) => lacks.map(({ why }) => why)),
    ...GAPS.map(({ why }) => why),
  ]),
]
const markOf = (why: string): string => `[${REASONS.indexOf(why) + 1}]`

/** Returns the text of a cell: how many tests passed, of how many, and the reasons of failures. */
export function cellOf(suite: string, runtime: RuntimeName, result: Result | undefined): string {
  const lacks = whyNot(suite, runtime)
  if (lacks) return `none ${markOf(lacks)}`
  if (!result) return 'not run'
  const { passed, total, reasons } = result
  const marks = REASONS.filter(why => reasons.includes(why)).map(markOf)
  return passed === total ? String(total) : `${passed} of ${total} ${marks.join(' ')}`
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export function pageOf(seen: Results, versions: Readonly<Record<string, string>>): string {
  const rows = Object.entries(SUITES).map(([suite, { what }]) =>
    row(`${suite}: ${what}`, ...RUNTIME_NAMES.map(runtime => cellOf(suite, runtime, seen[suite]?.[runtime]))),
  )
  const table = [
    row('suite', ...RUNTIME_NAMES),
    row('---', ...RUNTIME_NAMES.map(() => '---:')),
    ...rows,
  ].join('\n')
  return `# Runtimes

This page is for people who want to know where Latchkey was run, and what failed there. \`npm run runtimes\` writes it.
\`npm run test:system\` runs the same tests and compares the results with it.

The tests are the files that Jest runs on Node 24, bundled into one program with Jest's own \`expect\` and a small runner. In
workerd and Chromium they have no modules of Node. The server of the transport contract always runs on Node.

A cell shows how many tests passed. Cases that a contract skips for its subject, on Node too, are not counted. A file that
needs Node before its first test counts as one test.

${table}

${REASONS.map((why, index) => `- [${index + 1}] ${why}`).join('\n')}

Run with ${RUNTIME_NAMES.map(name => `${name.split(' ')[0]} ${versions[name]}`).join(', ')}.

Some tests run on Node 24 only: the exploration of the keeper's interleavings, which takes minutes, and the tests of README
programs, redirects and proxies, which start processes of Node. The contract of \`BrowserTokenStore\` runs in six kinds of context in
Chromium (\`packages/storage-browser/test\`). Every package is installed alone and used on Node 22, 24 and 26
(\`tests/system/packages.test.ts\`).
`
}

/** Returns the cell of the page for a suite in a runtime. */
export function cellIn(page: string, suite: string, runtime: RuntimeName): string {
  const line = page.split('\n').find(one => one.startsWith(`| ${suite}: `))
  return line?.split('|')[RUNTIME_NAMES.indexOf(runtime) + 2]?.trim() ?? 'no such row'
}

/** Splits a cell into its text and its numbers. */
export function partsOf(cell: string): { words: string; numbers: number[] } {
  const marks = cell.replace(/ of \d+/, '')
  return {
    words: marks.replace(/^\d+/, 'some'),
    numbers: [...cell.replace(/\[\d+\]/g, '').matchAll(/\d+/g)].map(Number),
  }
}
