import { marked, ratioText, table } from '../markdown.ts'
import { oursOf, type Ratios } from '../ratios.ts'
import type { Section } from '../section.ts'
import { compareSql } from '../stores/sql.ts'

const ACCOUNTS = 100_000

export const databases: Section<Readonly<Record<string, Ratios>>> = {
  title: 'Databases',
  measure: ({ quick }) => compareSql(quick ? 3 : 41, quick ? 1_000 : ACCOUNTS),
  render(comparisons) {
    const rows = Object.entries(comparisons).flatMap(([title, ratios]) =>
      Object.entries(ratios).map(([name, ratio], index) => [
        index === 0 ? title : '',
        name,
        marked(ratioText(ratio), ratio.median > oursOf(ratios)),
      ]),
    )
    return `Reading one of ${ACCOUNTS.toLocaleString('en')} accounts from a table and swapping new tokens in, compared with the same SQL by
hand over the same connection, which is the first row of each group. The servers and SQLite (in WAL mode) sync each commit to the
disk. A swap in PostgreSQL also notifies the other processes.

${table(['', '', 'speed'], rows)}`
  },
}
