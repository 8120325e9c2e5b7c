import { sharedByCopies } from '../platform.ts'
import type { TokenStore } from '../ports/token-store.ts'
import { checkOptionNames } from '../util/check-type.ts'
import { Queue } from './queue.ts'

/** How much of a process's work runs at once. */
export interface Limits {
  /** Refreshes, sign-ins and sign-outs per store object, without those that wait for another process. Default 64. */
  readonly flights?: number
  /** Refresh requests per authorization server; fewer while it is overloaded. Default 32. */
  readonly sends?: number
}

export const limits: { flights: number; sends: number } = sharedByCopies('limits', () => ({
  flights: 64,
  sends: 32,
}))

/** @throws {TypeError} when a limit is unknown or not a whole number above 0. */
export function setLimits(changed: Limits): void {
  checkOptionNames('limits', changed, Object.keys(limits))
  for (const [name, value] of Object.entries(changed))
    if (!(Number.isInteger(value) && (value as number) > 0))
      throw new TypeError(`limits.${name} must be a whole number above 0`)
  Object.assign(limits, changed)
}

const flights = new WeakMap<TokenStore, Queue>()

/** Returns the queue of a store's flights. */
export function flightsOf(store: TokenStore): Queue {
  const queue = flights.get(store) ?? new Queue(() => limits.flights)
  flights.set(store, queue)
  return queue
}
