// Reports of what was explored, for tests and the pages docs/explanation/exploration.md and rules.md.
import {
  type Case,
  type CastName,
  names,
  POLICIES,
  eachTrouble,
  type StoreName,
  type TroubleName,
  TROUBLES,
} from './configurations.ts'
import { explore, type Report } from './explore.ts'
import { MISSING } from './mutations.ts'
import type { Mutation, Program } from './process.ts'
import { allowed } from './promises.ts'
import { Tables } from './tables.ts'

/** One configuration and what its exploration found. */
export interface Explored {
  readonly tested: Case
  readonly report: Report
}

/** Every step that the refresh machine made: "state event", and the states that it led to. */
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

/** The tables of the programs that were explored last, by the programs: those of a cast, alone and with each kind of user. */
const tables = new Map<string, Tables>()

function tablesOf(programs: readonly Program[]): Tables {
  const key = JSON.stringify(programs)
  const known = tables.get(key) ?? new Tables(programs, { wrap: recorded })
  tables.delete(key)
  tables.set(key, known)
  if (tables.size > 3) tables.delete(tables.keys().next().value!)
  return known
}

export function exploreAll(cases: readonly Case[]): Explored[] {
  return cases.map(tested => {
    const { configuration } = tested
    return { tested, report: explore(configuration, tablesOf(configuration.programs)) }
  })
}

/** What went wrong and is not allowed, with the shortest trace. */
export function brokenPromises(explored: readonly Explored[]): string[] {
  return explored.flatMap(({ tested, report }) => {
    const permitted = allowed(tested)
    return [...report.verdicts]
      .filter(([verdict]) => !permitted.has(verdict))
      .map(([verdict, trace]) => `${tested.name}: ${verdict}\n${trace.join('\n')}`)
  })
}

const line = (name: string, states: number, ms: number): string =>
  `${name}: ${states} states, ${(ms / 1000).toFixed(2)} s\n`

/** States and processor time of one configuration. */
export function lineOf({ tested, report }: Explored): string {
  return `  ${line(tested.name, report.states, report.ms)}`
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

/** The cast that the table shows for each store. */
const CAST_OF: Readonly<Record<StoreName, CastName>> = {
  'swap and locks': 'two processes, two expiries',
  'swap alone': 'two processes, two expiries',
  'swap, each process with locks of its own host': 'two processes, one expiry',
  'swap and confirm': 'two processes, one expiry',
  'swap within a process only': 'two processes, one expiry',
}

/** The configurations of the table: every store and server, each trouble by itself. */
export function casesOfTable(store: StoreName, policies = POLICIES): Case[] {
  return policies.flatMap(policy => eachTrouble(CAST_OF[store], store, policy))
}

/** The verdicts that the table shows; errors that callers get are not shown. */
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

/** Returns the table of one kind of store: a row for each trouble, a column for each server. */
export function tableOf(store: StoreName, explored: readonly Explored[], policies = POLICIES): string {
  const rowOf = (trouble: TroubleName): string[] => {
    const found = explored.filter(({ tested }) => tested.troubles[0] === trouble)
    const states = found.reduce((sum, { report }) => sum + report.states, 0)
    const cells = policies.map(policy => {
      const { verdicts } = found.find(({ tested }) => tested.policy === policy)!.report
      return SHOWN.filter(verdict => verdicts.has(verdict)).join(' ') || 'ok'
    })
    return [trouble, ...cells, String(states)]
  }
  const head = ['trouble', ...policies, 'states']
  const lines = [head, head.map(() => '---'), ...names(TROUBLES).map(rowOf)]
  const cast = CAST_OF[store].replace(/^t/, 'T')
  return [`### ${store}`, '', `${cast}.`, '', ...lines.map(line => `| ${line.join(' | ')} |`)].join('\n')
}

/** Returns for each rule what happens only without it, with the shortest trace. */
export function rulesWithout(): { readonly rule: string; readonly caught: boolean; readonly text: string }[] {
  return MISSING.map(({ rule, description, mutation, configuration, verdict }) => {
    const changed = new Tables(configuration.programs, mutation)
    const { verdicts } = explore(configuration, changed, found => found === verdict)
    const caught = verdicts.has(verdict) && !explore(configuration).verdicts.has(verdict)
    const steps = (verdicts.get(verdict) ?? []).map((step, index) => `${index + 1}. ${step}`)
    const without = `Without it, on a \`${configuration.policy}\` server: \`${verdict}\`.`
    return { rule, caught, text: [`## ${rule}`, '', `${description} ${without}`, '', ...steps].join('\n') }
  })
}

/** Returns `document` with `content` between its marks. */
export function withFindings(document: string, mark: 'table' | 'rules', content: string): string {
  const between = new RegExp(`(<!-- ${mark}: .*? -->\n)[\\s\\S]*?(<!-- /${mark} -->)`)
  if (!between.test(document)) throw new Error(`the page has no place for the ${mark}`)
  return document.replace(between, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`)
}
