// What docs/guarantees.md shows: the table of what can go wrong where, and what each rule is there for.
import { names, POLICIES, singly, type StoreName, STORES, TROUBLES } from './configurations.ts'
import { explore, type Report } from './explore.ts'
import { MISSING } from './mutations.ts'
import type { Case } from './configurations.ts'

/** One configuration and what its exploration found. */
export interface Explored {
  readonly one: Case
  readonly report: Report
}

export function exploreAll(cases: readonly Case[]): Explored[] {
  return cases.map(one => ({ one, report: explore(one.configuration) }))
}

/** The configurations of the table: every store and server, each trouble by itself. */
export function casesOfTable(store: StoreName): Case[] {
  return POLICIES.flatMap(policy => singly('two processes, one expiry', store, policy))
}

/** What a person would call wrong, of all that was found: not what callers are told of it. */
const SHOWN = [
  'CLOBBER',
  'RESURRECT',
  'CROSSED',
  'LOSTTOKEN',
  'DEADLOCK',
  'LIVELOCK',
  'DUP',
  'KILL',
  'LOGOUT',
]

function cell({ report }: Explored): string {
  return SHOWN.filter(verdict => report.verdicts.has(verdict)).join(' ') || 'ok'
}

/** The table of one kind of store: a row for each server, a column for each trouble. */
export function tableOf(store: StoreName, explored: readonly Explored[]): string {
  const columns = names(TROUBLES)
  const rows = POLICIES.map(policy => [
    policy,
    ...columns.map(trouble => {
      const found = explored.find(({ one }) => one.policy === policy && one.troubles[0] === trouble)
      return found ? cell(found) : ''
    }),
  ])
  const lines = [['server', ...columns], ['server', ...columns].map(() => '---'), ...rows]
  return [`#### ${store}`, '', ...lines.map(line => `| ${line.join(' | ')} |`)].join('\n')
}

/** Each rule, what happens without it, and the shortest way there. */
export function rulesWithout(): { readonly rule: string; readonly caught: boolean; readonly text: string }[] {
  return MISSING.map(({ rule, says, mutation, configuration, verdict }) => {
    const { verdicts } = explore(configuration, mutation, found => found === verdict)
    const trace = verdicts.get(verdict) ?? []
    const steps = trace.map((step, index) => `${index + 1}. ${step}`)
    const heading = [`#### ${rule}`, '', `${says} Without it: \`${verdict}\`.`, '']
    return { rule, caught: verdicts.has(verdict), text: [...heading, ...steps].join('\n') }
  })
}

/** `document` with what was found between its marks. */
export function withFindings(document: string, tables: string, rules: string): string {
  const put = (text: string, mark: string, content: string): string =>
    text.replace(
      new RegExp(`(<!-- ${mark}: .*? -->\n)[\\s\\S]*?(<!-- /${mark} -->)`),
      (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`,
    )
  return put(put(document, 'table', tables), 'rules', rules)
}

export { STORES }
