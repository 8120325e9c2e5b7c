// Processes that run the same program differ only in their names, so one of all worlds that differ only in names is explored.
import type { Responses } from './responses.ts'
import { LOCKS, placeOf, PROCESS, RECORDS, REQUEST_RESPONSE, RESPONSE, WIDTH, type World } from './layout.ts'
import type { Processes, Program, Records } from './process.ts'
import { type Change, changeOf } from './time.ts'

interface Renaming {
  /** The new name of each process. */
  readonly names: readonly number[]
  readonly change: Change
}

export class Symmetry {
  readonly #records: Records
  readonly #processes: Processes
  readonly #responses: Responses
  /** The first changes nothing. */
  readonly #renamings: readonly Renaming[]

  constructor(programs: readonly Program[], records: Records, processes: Processes, responses: Responses) {
    this.#records = records
    this.#processes = processes
    this.#responses = responses
    const texts = programs.map(program => JSON.stringify(program))
    this.#renamings = permutations(programs.length)
      .filter(names => names.every((name, index) => texts[name] === texts[index]))
      .map(names => {
        const change: Change = changeOf({
          wallMs: 0,
          monotonicMs: 0,
          names,
          version: version => records.change(version, change),
        })
        return { names, change }
      })
  }

  /** Returns one of all worlds that differ from `world` only in names, and the names of the processes in it. */
  canonical(world: World): { world: World; names: readonly number[] } {
    let best = { world, names: this.#renamings[0]!.names }
    for (let at = 1; at < this.#renamings.length; at++) {
      const { names, change } = this.#renamings[at]!
      const renamed = this.#renamed(world, names, change)
      if (isBefore(renamed, best.world)) best = { world: renamed, names }
    }
    return best
  }

  #renamed(world: World, names: readonly number[], change: Change): World {
    const after = world.slice()
    for (const at of RECORDS) after[at] = this.#records.change(world[at]!, change)
    for (let at = LOCKS; at < LOCKS + 2; at++) if (world[at]! > 0) after[at] = names[world[at]! - 1]! + 1
    for (let index = 0; index < names.length; index++) {
      const [from, to] = [placeOf(index), placeOf(names[index]!)]
      for (let at = 0; at < WIDTH; at++) after[to + at] = world[from + at]!
      if (world[from + PROCESS]! > 0)
        after[to + PROCESS] = this.#processes.change(world[from + PROCESS]!, change)
      for (const at of [RESPONSE, REQUEST_RESPONSE])
        if (world[from + at]! > 0) after[to + at] = this.#responses.change(world[from + at]!, change)
    }
    return after
  }
}

function isBefore(a: World, b: World): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return a[at]! < b[at]!
  return false
}

/** Every order of `count` numbers; the first is that of counting. */
function permutations(count: number): number[][] {
  if (count === 0) return [[]]
  const last = count - 1
  return permutations(last).flatMap(rest =>
    Array.from({ length: count }, (_, at) => [...rest.slice(0, last - at), last, ...rest.slice(last - at)]),
  )
}
