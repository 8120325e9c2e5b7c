import type { Endpoint } from '../ledger.ts'
import type { CompleteFault, Fault } from './kinds.ts'
import { completeFault } from './kinds.ts'

/** A fault that applies to later requests. */
export interface ArmedFault {
  /** Unique while the emulator runs. */
  readonly id: number
  /** As it was added, with all defaults. */
  readonly fault: CompleteFault
  /** The number of requests that it still applies to. */
  readonly remaining: number | 'always'
}

/** The scripted faults of an emulator. */
export interface Faults {
  /** The faults that still apply, in the order in which they were added. */
  readonly armed: readonly ArmedFault[]
  /** Adds a fault. @throws {TypeError} when a parameter is invalid. */
  add(fault: Fault): ArmedFault
  /** Removes a fault by its id. Returns `false` if there is none. */
  remove(id: number): boolean
  /** Removes all faults. */
  clear(): void
}

/** The faults with the methods for the server. */
export interface ServerFaults extends Faults {
  /** Returns the faults that apply to a request, and counts each down by one. */
  takeMatching(endpoint: Endpoint, grant_type: string | undefined): CompleteFault[]
}

export function createFaults(): ServerFaults {
  let armed: ArmedFault[] = []
  let count = 0
  return {
    get armed() {
      return armed
    },
    add(fault) {
      const complete = completeFault(fault)
      const added: ArmedFault = { id: ++count, fault: complete, remaining: complete.times }
      armed = [...armed, added]
      return added
    },
    remove(id) {
      const before = armed.length
      armed = armed.filter(candidate => candidate.id !== id)
      return armed.length < before
    },
    clear() {
      armed = []
    },
    takeMatching(endpoint, grant_type) {
      const matching = armed.filter(({ fault }) => matches(fault, endpoint, grant_type))
      armed = armed
        .map(candidate => (matching.includes(candidate) ? countDown(candidate) : candidate))
        .filter(({ remaining }) => remaining !== 0)
      return matching.map(({ fault }) => fault)
    },
  }
}

function matches(fault: CompleteFault, endpoint: Endpoint, grant_type: string | undefined): boolean {
  const isEndpoint = fault.endpoint === '*' || fault.endpoint === endpoint
  return isEndpoint && (fault.grant_type === undefined || fault.grant_type === grant_type)
}

function countDown(armed: ArmedFault): ArmedFault {
  return armed.remaining === 'always' ? armed : { ...armed, remaining: armed.remaining - 1 }
}
