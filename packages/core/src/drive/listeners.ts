import type { KeeperEvent } from '../keeper/events.ts'
import type { Logger } from '../ports/logger.ts'

/** One kind of event. */
export type EventOf<Type extends KeeperEvent['type']> = Extract<KeeperEvent, { type: Type }>

type Listener = (event: KeeperEvent) => void

/** Who wants to be told of a keeper's decisions. */
export class Listeners {
  readonly #listeners = new Map<KeeperEvent['type'], Set<Listener>>()

  /** Calls `listener` with every event of a type from now on, until what is returned is called. */
  on<Type extends KeeperEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    const own = (event: KeeperEvent): void => listener(event as EventOf<Type>)
    this.#listeners.set(type, listeners.add(own))
    return () => void listeners.delete(own)
  }

  /** Calls who listens, at once and one after the other; one that throws, or rejects, is logged. */
  emit(event: KeeperEvent, logger: Logger): void {
    const complain = (): void => logger.warn(`Latchkey: a listener of '${event.type}' failed`)
    for (const listener of this.#listeners.get(event.type) ?? [])
      try {
        const returned: unknown = listener(event)
        if (returned instanceof Promise) returned.catch(complain)
      } catch {
        complain()
      }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
