import type { LockHold, Locks } from '@latchkey/core'
import { StoreError } from '@latchkey/core'

/** A longer delay overflows a timer and fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647

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
export function webLocks(manager: LockManager, name: string): Locks {
  return {
    scope: `${globalThis.location.origin} ${name}`,
    acquire(key, { waitMs, signal }) {
      if (signal?.aborted) return Promise.resolve(undefined)
      // JSON escapes half a surrogate pair, which a lock's name cannot hold.
      const lockName = `latchkey:1:lock:${JSON.stringify([name, key])}`
      const patience = new AbortController()
      const giveUp = (): void => patience.abort()
      // Behind the one that waits, and taken back before that ends.
      let another = new AbortController()
      const askAgain = (): void => {
        another.abort()
        another = new AbortController()
        manager.request(lockName, { signal: another.signal }, () => {}).catch(() => {})
      }
      // The two exclude one another.
      const options: LockOptions = waitMs > 0 ? { signal: patience.signal } : { ifAvailable: true }

      return new Promise<LockHold | undefined>((resolve, reject) => {
        const ends = waitMs > 0 ? setTimeout(giveUp, Math.min(waitMs, LONGEST_TIMER_MS)) : undefined
        const asks = waitMs > 0 ? setInterval(askAgain, ASK_AGAIN_MS) : undefined
        signal?.addEventListener('abort', giveUp, { once: true })
        const waited = (): void => {
          clearTimeout(ends)
          clearInterval(asks)
          another.abort()
          signal?.removeEventListener('abort', giveUp)
        }
        const given = manager.request(lockName, options, lock => {
          waited()
          if (!lock) return resolve(undefined)
          return new Promise<void>(letGo => {
            const released = (): Promise<void> => given.then(undefined, () => {})
            resolve({
              release() {
                letGo()
                return released()
              },
            })
          })
        })
        given.catch((error: unknown) => {
          waited()
          if (patience.signal.aborted && (error as Error).name === 'AbortError') resolve(undefined)
          else reject(new StoreError(`the lock of the token store '${name}' could not be asked for`, error))
        })
      })
    },
  }
}
