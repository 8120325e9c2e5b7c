// What all models of the same programs share: the numbers of records, processes and responses, and every step and change that
// was computed once.
import { type Mutation, Processes, type Program, Records } from './process.ts'
import { Responses } from './responses.ts'
import { Symmetry } from './symmetry.ts'
import { type Change, changeOf, Values } from './time.ts'

export class Tables {
  readonly records: Records
  readonly processes: Processes
  readonly responses: Responses
  readonly #programs: readonly Program[]
  #symmetry: Symmetry | undefined
  readonly #times = new Map<number, Change>()

  constructor(programs: readonly Program[], mutation: Mutation = {}) {
    const skews = programs.map(({ skewMs = 0 }) => skewMs)
    const values = new Values(Math.max(0, ...skews) - Math.min(0, ...skews))
    this.records = new Records(values)
    this.processes = new Processes(programs, this.records, mutation, values)
    this.responses = new Responses(this.records)
    this.#programs = programs
  }

  /** Only exploring needs it: eight equal processes, as in the playground, have 40,320 renamings. */
  get symmetry(): Symmetry {
    return (this.#symmetry ??= new Symmetry(this.#programs, this.records, this.processes, this.responses))
  }

  /** Returns the change by `ms` of the wall clock; the monotonic clock of a computer that sleeps stands still. */
  time(ms: number, isAsleep = false): Change {
    const key = isAsleep ? -ms : ms
    const known = this.#times.get(key)
    if (known) return known
    const change = changeOf({
      wallMs: ms,
      monotonicMs: isAsleep ? 0 : ms,
      version: version => this.records.change(version, this.time(ms)),
    })
    this.#times.set(key, change)
    return change
  }
}
