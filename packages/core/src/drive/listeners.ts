import type { KeeperEvent } from '../keeper/events.ts'
import type { Logger } from '../ports/logger.ts'

/** The event of one type. */
export type EventOf<Type extends KeeperEvent['type']> = Extract<KeeperEvent, { type: Type }>

type Listener = (event: KeeperEvent) => void

/** The listeners of a keeper's events. */
export class Listeners {
  readonly #listeners = new Map<KeeperEvent['type'], Set<Listener>>()

  /** Adds a listener for events of one type; returns a function that removes it. */
  on<Type extends KeeperEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    const added = (event: KeeperEvent): void => listener(event as EventOf<Type>)
    this.#listeners.set(type, listeners.add(added))
    return () => void listeners.delete(added)
  }

  /** Calls the listeners at once, one after the other. One that throws or rejects is logged. */
  emit(event: KeeperEvent, logger: Logger): void {
    const warn = (): void => logger.warn(`Latchkey: a listener of '${event.type}' failed`)
    for (const listener of this.#listeners.get(event.type) ?? [])
      try {
        const returned: unknown = listener(event)
        if (returned instanceof Promise) returned.catch(warn)
      } catch {
        warn()
      }
  }

  get isEmpty(): boolean {
    return [...this.#listeners.values()].every(({ size }) => size === 0)
  }

  clear(): void {
    this.#listeners.clear()
  }
}
