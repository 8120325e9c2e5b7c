import type { Endpoint } from '../ledger.ts'
import type { CompleteFault, Fault } from './kinds.ts'
import { completeFault } from './kinds.ts'

/** A fault that waits for requests to strike. */
export interface ArmedFault {
  readonly id: number
  readonly fault: CompleteFault
  /** How many requests it will still strike. */
  readonly remaining: number | 'always'
}

/** The scripted faults of an emulator. */
export interface Faults {
  /** Those still waiting, in the order in which they were added. */
  readonly armed: readonly ArmedFault[]
  /** Arms a fault. @throws {TypeError} naming the parameter that is wrong. */
  add(fault: Fault): ArmedFault
  /** Disarms a fault by its id; false when there is none. */
  remove(id: number): boolean
  /** Disarms all faults. */
  clear(): void
}

/** The faults as the server itself uses them. */
export interface ServerFaults extends Faults {
  /** The faults that strike a request, each counted down by one. */
  take(endpoint: Endpoint, grant_type: string | undefined): CompleteFault[]
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
    take(endpoint, grant_type) {
      const struck = armed.filter(({ fault }) => fits(fault, endpoint, grant_type))
      armed = armed
        .map(candidate => (struck.includes(candidate) ? countDown(candidate) : candidate))
        .filter(({ remaining }) => remaining !== 0)
      return struck.map(({ fault }) => fault)
    },
  }
}

function fits(fault: CompleteFault, endpoint: Endpoint, grant_type: string | undefined): boolean {
  const isPlace = fault.endpoint === '*' || fault.endpoint === endpoint
  return isPlace && (fault.grant_type === undefined || fault.grant_type === grant_type)
}

function countDown(armed: ArmedFault): ArmedFault {
  return armed.remaining === 'always' ? armed : { ...armed, remaining: armed.remaining - 1 }
}
