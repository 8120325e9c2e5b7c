// Explores every world that a configuration can reach, breadth first, with the shortest trace to each verdict.
import type { Verdict } from './verdicts.ts'
import { check, checkEnd } from './ends.ts'
import type { Configuration, World } from './layout.ts'
import { Model } from './model.ts'
import { movesOf } from './moves.ts'
import { Tables } from './tables.ts'
import { Worlds } from './worlds.ts'

export interface Report {
  readonly states: number
  readonly moves: number
  readonly ms: number
  /** Each verdict and its shortest trace. */
  readonly verdicts: ReadonlyMap<Verdict, readonly string[]>
}

/** Explores a configuration; stops at a verdict that is `enough`. */
export function explore(
  configuration: Configuration,
  tables: Tables = new Tables(configuration.programs),
  enough?: (verdict: Verdict) => boolean,
): Report {
  const started = process.cpuUsage()
  const model = new Model(configuration, tables)
  const seen = new Worlds(model.start.length)
  /** The predecessor of each state, the move from there, and how that move renamed the processes. */
  const from: number[] = []
  const labels: string[] = []
  const renamed: (readonly number[])[] = []
  const verdicts = new Map<Verdict, string[]>()
  /** The states that each move leaves and reaches, to find cycles. */
  const edges: number[] = []
  const ends: number[] = []
  let moves = 0
  let stop = false

  const trace = (state: number, last?: string): string[] => {
    const steps: [string, readonly number[]][] = []
    for (let at = state; from[at]! >= 0; at = from[at]!) steps.push([labels[at]!, renamed[at]!])
    const names = model.start.length ? Array.from({ length: 9 }, (_, index) => index) : []
    const lines: string[] = []
    const withNames = (label: string): string =>
      label.replace(/\bp(\d)\b/g, (_, n: string) => 'ABCDEFGHI'[names[Number(n)]!]!)
    for (const [label, change] of steps.reverse()) {
      lines.push(withNames(label))
      const before = names.slice()
      change.forEach((to, old) => (names[to] = before[old]!))
    }
    if (last !== undefined) lines.push(withNames(last))
    return lines
  }
  const note = (verdict: Verdict, state: number, label?: string): void => {
    if (verdicts.has(verdict)) return
    verdicts.set(verdict, trace(state, label))
    if (enough?.(verdict)) stop = true
  }
  const arrive = (world: World, parent: number, label: string): [number, World | undefined] => {
    const { world: best, names } = tables.symmetry.canonical(world)
    const known = seen.size
    const id = seen.idOf(best)
    if (id < known) return [id, undefined]
    from.push(parent)
    labels.push(label)
    renamed.push(names)
    return [id, best]
  }

  const [, first] = arrive(model.start, -1, '')
  let frontier: [number, World][] = [[0, first!]]
  while (frontier.length > 0 && !stop) {
    const next: [number, World][] = []
    for (const [id, world] of frontier) {
      if (stop) break
      for (const verdict of check(model, world)) note(verdict, id)
      const over = model.isOver(world)
      if (over) for (const verdict of checkEnd(model, world)) note(verdict, id)
      const possible = movesOf(model, world)
      if (!over && !possible.some(({ adverse }) => !adverse)) note('DEADLOCK', id)
      for (const { label, world: after, wrong } of possible) {
        for (const verdict of wrong) note(verdict, id, label)
        moves++
        const [to, fresh] = arrive(after, id, label)
        edges.push(id)
        ends.push(to)
        if (fresh) next.push([to, fresh])
      }
    }
    frontier = next
  }
  if (!stop) {
    const circle = onCircle(seen.size, edges, ends)
    if (circle !== undefined) note('LIVELOCK', circle)
  }
  return { states: seen.size, moves, ms: process.cpuUsage(started).user / 1000, verdicts }
}

/** Returns a state on a cycle, or that a cycle leads to, if there is one: a process that waits there may wait for ever. */
function onCircle(states: number, from: readonly number[], to: readonly number[]): number | undefined {
  const into = new Int32Array(states)
  const firstOf = new Int32Array(states + 1)
  for (let edge = 0; edge < from.length; edge++) {
    into[to[edge]!]!++
    firstOf[from[edge]! + 1]!++
  }
  for (let state = 0; state < states; state++) firstOf[state + 1]! += firstOf[state]!
  // Edges are listed by the state that they leave, in the order of states.
  const open: number[] = []
  for (let state = 0; state < states; state++) if (into[state] === 0) open.push(state)
  let left = states
  while (open.length > 0) {
    const state = open.pop()!
    left--
    for (let edge = firstOf[state]!; edge < firstOf[state + 1]!; edge++)
      if (--into[to[edge]!]! === 0) open.push(to[edge]!)
  }
  if (left === 0) return undefined
  for (let state = 0; state < states; state++) if (into[state]! > 0) return state
  return undefined
}
