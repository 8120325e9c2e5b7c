// What was explored, as tests and docs/guarantees.md tell of it.
import {
  type Case,
  type CastName,
  names,
  POLICIES,
  singly,
  type StoreName,
  type TroubleName,
  TROUBLES,
} from './configurations.ts'
import { explore, type Report } from './explore.ts'
import { MISSING } from './mutations.ts'
import type { Mutation } from './process.ts'
import { allowed } from './promises.ts'

/** One configuration and what its exploration found. */
export interface Explored {
  readonly one: Case
  readonly report: Report
}

/** Every step of the refresh machine that was ever made: "state event", and to which states. */
export const stepsMade: Map<string, Set<string>> = new Map()

const recorded: NonNullable<Mutation['wrap']> = machine => ({
  ...machine,
  step(state, event) {
    const next = machine.step(state, event)
    const step = `${state.type} ${event.type}`
    stepsMade.set(step, (stepsMade.get(step) ?? new Set()).add(next.state.type))
    return next
  },
})

export function exploreAll(cases: readonly Case[]): Explored[] {
  return cases.map(one => ({ one, report: explore(one.configuration, { wrap: recorded }) }))
}

/** What went wrong that was not allowed to, and the shortest way there. */
export function brokenPromises(explored: readonly Explored[]): string[] {
  return explored.flatMap(({ one, report }) => {
    const may = allowed(one)
    return [...report.verdicts]
      .filter(([verdict]) => !may.has(verdict))
      .map(([verdict, trace]) => `${one.name}: ${verdict}\n${trace.join('\n')}`)
  })
}

const line = (name: string, states: number, ms: number): string =>
  `${name}: ${states} states, ${(ms / 1000).toFixed(2)} s\n`

/** States and processor time of one configuration. */
export function lineOf({ one, report }: Explored): string {
  return `  ${line(one.name, report.states, report.ms)}`
}

/** States and processor time of each configuration, and of all. */
export function summaryOf(title: string, explored: readonly Explored[]): string {
  const sum = (of: (report: Report) => number): number =>
    explored.reduce((total, { report }) => total + of(report), 0)
  const name = `${title}, ${explored.length} configurations`
  const all = line(
    name,
    sum(({ states }) => states),
    sum(({ ms }) => ms),
  )
  return explored.map(lineOf).join('') + all
}

/** What the table shows of each store. */
const CAST_OF: Readonly<Record<StoreName, CastName>> = {
  'swap and locks': 'two processes, two expiries',
  'swap alone': 'two processes, two expiries',
  'swap, each process with locks of its own host': 'two processes, one expiry',
  'swap and confirm': 'two processes, one expiry',
  'swap within a process only': 'two processes, one expiry',
}

/** The configurations of the table: every store and server, each trouble by itself. */
export function casesOfTable(store: StoreName): Case[] {
  return POLICIES.flatMap(policy => singly(CAST_OF[store], store, policy))
}

/** What a person would call wrong, of all that was found: not what callers are told of it. */
const SHOWN = [
  'CLOBBER',
  'RESURRECT',
  'CROSSED',
  'LOSTTOKEN',
  'DEADLOCK',
  'LIVELOCK',
  'UNSAVED',
  'DUP',
  'KILL',
  'LOGOUT',
  'FLICKER',
  'ORPHAN',
]

/** The table of one kind of store: a row for each trouble, a column for each server. */
export function tableOf(store: StoreName, explored: readonly Explored[]): string {
  const rowOf = (trouble: TroubleName): string[] => {
    const found = explored.filter(({ one }) => one.troubles[0] === trouble)
    const states = found.reduce((sum, { report }) => sum + report.states, 0)
    const cells = POLICIES.map(policy => {
      const { verdicts } = found.find(({ one }) => one.policy === policy)!.report
      return SHOWN.filter(verdict => verdicts.has(verdict)).join(' ') || 'ok'
    })
    return [trouble, ...cells, String(states)]
  }
  const head = ['trouble', ...POLICIES, 'states']
  const lines = [head, head.map(() => '---'), ...names(TROUBLES).map(rowOf)]
  const cast = CAST_OF[store].replace(/^t/, 'T')
  return [`#### ${store}`, '', `${cast}.`, '', ...lines.map(line => `| ${line.join(' | ')} |`)].join('\n')
}

/** Each rule, what happens without it and not with it, and the shortest way there. */
export function rulesWithout(): { readonly rule: string; readonly caught: boolean; readonly text: string }[] {
  return MISSING.map(({ rule, says, mutation, configuration, verdict }) => {
    const { verdicts } = explore(configuration, mutation, found => found === verdict)
    const caught = verdicts.has(verdict) && !explore(configuration).verdicts.has(verdict)
    const steps = (verdicts.get(verdict) ?? []).map((step, index) => `${index + 1}. ${step}`)
    const without = `Without it, on a \`${configuration.policy}\` server: \`${verdict}\`.`
    return { rule, caught, text: [`#### ${rule}`, '', `${says} ${without}`, '', ...steps].join('\n') }
  })
}

/** `document` with what was found between its marks. */
export function withFindings(document: string, tables: string, rules: string): string {
  const put = (text: string, mark: string, content: string): string => {
    const between = new RegExp(`(<!-- ${mark}: .*? -->\n)[\\s\\S]*?(<!-- /${mark} -->)`)
    if (!between.test(text)) throw new Error(`docs/guarantees.md has no place for the ${mark}`)
    return text.replace(between, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`)
  }
  return put(put(document, 'table', tables), 'rules', rules)
}
