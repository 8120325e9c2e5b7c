import type { Clock, LockHold, Locks } from '@latchkey/core/ports'
import { typed } from './errors.ts'

/**
 * How often who waits asks once more, in ms. Chromium drops a page that holds a lock from its back/forward cache when
 * somebody asks for the lock, but forgets who has been waiting since before, until somebody takes a request back.
 */
const ASK_AGAIN_MS = 500

/**
 * Web Locks as locks of the store `name`: the browser gives one up when its holder releases it, or is closed or
 * crashes, and takes none from a holder that is merely slow. (Safari takes it from a page that it puts into its
 * back/forward cache; what that page does later is refused by the swap.) They are never stolen.
 */
export function webLocks(manager: LockManager, name: string, clock: Clock): Locks {
  return {
    scope: `${globalThis.location.origin} ${name}`,
    async acquire(key, { waitMs, signal }) {
      if (signal?.aborted) return undefined
      // JSON escapes half a surrogate pair, which a lock's name cannot hold.
      const lockName = `latchkey:1:lock:${JSON.stringify([name, key])}`
      const patience = new AbortController()
      const giveUp = (): void => patience.abort()
      try {
        // A request cannot be both tried once and taken back.
        if (!(waitMs > 0)) return await request(manager, lockName, { ifAvailable: true })
        signal?.addEventListener('abort', giveUp, { once: true })
        void clock.sleep(waitMs, { signal: patience.signal }).then(giveUp)
        keepAsking(manager, lockName, patience.signal)
        return await request(manager, lockName, { signal: patience.signal })
      } catch (error) {
        if (patience.signal.aborted && (error as Error).name === 'AbortError') return undefined
        throw typed(`the lock of the token store '${name}' could not be asked for`, error)
      } finally {
        signal?.removeEventListener('abort', giveUp)
        giveUp() // An abort takes nothing away from a request that was granted.
      }
    },
  }
}

/** Resolves when the lock was given, or to undefined where it was tried once and is somebody else's. */
function request(manager: LockManager, name: string, options: LockOptions): Promise<LockHold | undefined> {
  return new Promise((resolve, reject) => {
    const given: Promise<void> = manager.request(name, options, lock => {
      if (!lock) return resolve(undefined)
      return new Promise<void>(letGo =>
        resolve({
          async release() {
            letGo()
            await given.catch(() => {}) // Safari has taken it back before; it is given up in any case.
          },
        }),
      )
    })
    given.catch(reject)
  })
}

/** Until `end`, stands in the queue once more, behind whoever waits there already, and steps out again. */
function keepAsking(manager: LockManager, name: string, end: AbortSignal): void {
  let place = new AbortController()
  const asking = setInterval(() => {
    place.abort()
    place = new AbortController()
    manager.request(name, { signal: place.signal }, () => {}).catch(() => {})
  }, ASK_AGAIN_MS)
  const stop = (): void => {
    clearInterval(asking)
    place.abort()
  }
  end.addEventListener('abort', stop, { once: true })
}
