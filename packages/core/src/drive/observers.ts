import { sharedByCopies } from '../platform.ts'
import type { KeeperEvent } from '../keeper/events.ts'
import type { Owner } from '../keeper/record.ts'
import type { Logger } from '../ports/logger.ts'
import { addListener, callListeners } from './listeners.ts'

type Observer = (event: KeeperEvent, owner: Owner) => void

const observers = sharedByCopies('observers', () => new Set<Observer>())

/**
 * Calls `listener` at every event of every account in this process, for metrics and logs. Events have no secrets. Returns a
 * function that removes it.
 */
export function observe(listener: Observer): () => void {
  return addListener(observers, listener)
}

/** Reports an event to the observers; logs that one failed. */
export function notifyObservers(event: KeeperEvent, owner: Owner, logger: Logger): void {
  const warn = (): void => logger.warn(`Latchkey: an observer of '${event.type}' failed`)
  callListeners(observers, warn, event, owner)
}
