import type { KeeperEvent } from '../keeper/events.ts'
import type { Logger } from '../ports/logger.ts'

/** The account that an event belongs to. */
export interface Observed {
  readonly provider: string
  readonly account: string
}

type Observer = (event: KeeperEvent, observed: Observed) => void

/** Shared by all copies of this package in a program. */
const KEY = Symbol.for('@latchkey/observers@1')
const shared = globalThis as { [KEY]?: Set<Observer> }

/**
 * Calls `listener` at every event of every account in this process, for metrics and logs. Events have no secrets. Returns a
 * function that removes it.
 */
export function observe(listener: Observer): () => void {
  const observers = (shared[KEY] ??= new Set())
  const added: Observer = (event, observed) => listener(event, observed)
  observers.add(added)
  return () => void observers.delete(added)
}

/** Reports an event to the observers; logs what one throws. */
export function notifyObservers(event: KeeperEvent, observed: Observed, logger: Logger): void {
  for (const observer of shared[KEY] ?? [])
    try {
      observer(event, observed)
    } catch {
      logger.warn(`Latchkey: an observer of '${event.type}' failed`)
    }
}
