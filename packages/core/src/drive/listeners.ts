import type { KeeperEvent } from '../keeper/events.ts'
import type { Logger } from '../ports/logger.ts'

/** The event of one type. */
export type EventOf<Type extends KeeperEvent['type']> = Extract<KeeperEvent, { type: Type }>

/** Adds a listener. One that is added twice is called twice. Returns a function that removes this one. */
export function addListener<T extends unknown[]>(
  listeners: Set<(...given: T) => unknown>,
  listener: (...given: T) => unknown,
): () => void {
  const added = (...given: T): unknown => listener(...given)
  listeners.add(added)
  return () => void listeners.delete(added)
}

/** Calls the listeners, one after the other. `warn` is called for each that throws or rejects: it disturbs nobody. */
export function callListeners<T extends unknown[]>(
  listeners: Iterable<(...given: T) => unknown>,
  warn: () => void,
  ...given: T
): void {
  // A copy: a listener that adds another is not called for ever.
  for (const listener of [...listeners])
    try {
      const returned = listener(...given)
      if (returned instanceof Promise) returned.catch(warn)
    } catch {
      warn()
    }
}

/** The listeners of a keeper's events. */
export class Listeners {
  readonly #listeners = new Map<KeeperEvent['type'], Set<(event: never) => unknown>>()

  /** Adds a listener for events of one type; returns a function that removes it. */
  on<Type extends KeeperEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    return addListener(listeners as Set<(event: EventOf<Type>) => unknown>, listener)
  }

  /** Calls the listeners at once; logs that one failed. */
  emit(event: KeeperEvent, logger: Logger): void {
    const warn = (): void => logger.warn(`Latchkey: a listener of '${event.type}' failed`)
    callListeners(this.#listeners.get(event.type) ?? [], warn, event as never)
  }

  get isEmpty(): boolean {
    return [...this.#listeners.values()].every(({ size }) => size === 0)
  }

  clear(): void {
    this.#listeners.clear()
  }
}
