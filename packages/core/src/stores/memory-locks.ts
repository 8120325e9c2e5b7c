import { platform } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { LockHold, Locks } from '../ports/token-store.ts'

type Waiter = (hold: LockHold | undefined) => void

/** Returns locks within this process. Waiters acquire a lock in the order of their calls. */
export function memoryLocks(clock: Clock): Locks {
  /** The waiters for every lock that is held. A key without an entry is free. */
  const queues = new Map<string, Waiter[]>()

  const hold = (key: string, queue: Waiter[]): LockHold => {
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
        const emptyQueue: Waiter[] = []
        queues.set(key, emptyQueue)
        return hold(key, emptyQueue)
      }
      const wait = new platform.AbortController()
      const endWait = (): void => wait.abort('served')
      signal?.addEventListener('abort', endWait, { once: true })
      return new Promise<LockHold | undefined>(resolve => {
        const waiter: Waiter = acquired => {
          resolve(acquired)
          endWait()
        }
        queue.push(waiter)
        void clock.sleep(waitMs, { signal: wait.signal }).then(() => {
          signal?.removeEventListener('abort', endWait)
          const index = queue.indexOf(waiter)
          if (index >= 0) queue.splice(index, 1)
          resolve(undefined)
        })
      })
    },
  }
}
