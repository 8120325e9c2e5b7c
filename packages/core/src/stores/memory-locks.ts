import { platform } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { LockHold, Locks } from '../ports/token-store.ts'

type Turn = (hold: LockHold | undefined) => void

/** Locks within this process, given out in the order in which they were asked for. */
export function memoryLocks(clock: Clock): Locks {
  /** Who waits for a key that is held; a key without an entry is free. */
  const queues = new Map<string, Turn[]>()

  const hold = (key: string, queue: Turn[]): LockHold => {
    let held = true
    return {
      async release() {
        if (!held) return
        held = false
        const next = queue.shift()
        if (next) next(hold(key, queue))
        else queues.delete(key)
      },
    }
  }

  return {
    scope: 'process',
    async acquire(key, { waitMs, signal }) {
      if (signal?.aborted) return undefined
      const queue = queues.get(key)
      if (!queue) {
        const free: Turn[] = []
        queues.set(key, free)
        return hold(key, free)
      }
      const patience = new platform.AbortController()
      const giveUp = (): void => patience.abort('served')
      signal?.addEventListener('abort', giveUp, { once: true })
      return new Promise<LockHold | undefined>(resolve => {
        const turn: Turn = had => {
          resolve(had)
          giveUp()
        }
        queue.push(turn)
        void clock.sleep(waitMs, { signal: patience.signal }).then(() => {
          signal?.removeEventListener('abort', giveUp)
          const place = queue.indexOf(turn)
          if (place >= 0) queue.splice(place, 1)
          resolve(undefined)
        })
      })
    },
  }
}
