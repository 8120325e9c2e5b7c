import type { Clock, LockHold, Locks } from '@latchkey/core/ports'
import { toLatchkeyError } from './errors.ts'

/**
 * How often a waiting tab requests the lock again, in ms. Chromium evicts a page that holds a lock from the back/forward
 * cache when the lock is requested. It ignores requests from before, until a request is aborted.
 */
const REQUEST_INTERVAL_MS = 500

/**
 * Returns locks of the store `name` over Web Locks. The browser releases a lock when its holder releases it, is closed or
 * crashes, but not when it is slow. Locks are never stolen. Safari releases the lock of a page that it puts into its
 * back/forward cache; the swap then rejects later writes of that page.
 */
export function webLocks(manager: LockManager, name: string, clock: Clock): Locks {
  return {
    scope: `${globalThis.location.origin} ${name}`,
    async acquire(key, { waitMs, signal }) {
      const lockName = await lockNameOf(name, key)
      if (signal?.aborted) return undefined
      const timeout = new AbortController()
      const abort = (): void => timeout.abort()
      try {
        // `ifAvailable` and `signal` cannot be combined.
        if (!(waitMs > 0)) return await requestLock(manager, lockName, { ifAvailable: true })
        signal?.addEventListener('abort', abort, { once: true })
        void clock.sleep(waitMs, { signal: timeout.signal }).then(abort)
        requestRepeatedly(manager, lockName, timeout.signal)
        return await requestLock(manager, lockName, { signal: timeout.signal })
      } catch (error) {
        if (timeout.signal.aborted && (error as Error).name === 'AbortError') return undefined
        throw toLatchkeyError(`the lock of the token store '${name}' could not be requested`, error)
      } finally {
        signal?.removeEventListener('abort', abort)
        abort() // Has no effect on a lock that was granted.
      }
    },
  }
}

/** WebKit rejects a longer lock name with NotSupportedError. */
const MAX_NAME_LENGTH = 1024

/** Returns the name of a lock, with a hash instead of a long key. */
async function lockNameOf(name: string, key: string): Promise<string> {
  // JSON escapes lone surrogates, which are not allowed in a lock's name.
  const names = JSON.stringify([name, key])
  const lockName = `latchkey:1:lock:${names}`
  if (lockName.length <= MAX_NAME_LENGTH) return lockName
  // Browsers that have Web Locks in a context have this there too.
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(names))
  return `latchkey:1:lock:sha256:${Array.from(new Uint8Array(hash), byte => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Resolves when the lock is granted, or to `undefined` if `ifAvailable` is set and it is held. */
function requestLock(
  manager: LockManager,
  name: string,
  options: LockOptions,
): Promise<LockHold | undefined> {
  return new Promise((resolve, reject) => {
    const granted: Promise<void> = manager.request(name, options, lock => {
      if (!lock) return resolve(undefined)
      return new Promise<void>(release =>
        resolve({
          async release() {
            release()
            await granted.catch(() => {}) // rejects if Safari has already released it
          },
        }),
      )
    })
    granted.catch(reject)
  })
}

/** Until `end`, repeatedly adds a second request at the end of the queue, and aborts it again. */
function requestRepeatedly(manager: LockManager, name: string, end: AbortSignal): void {
  let current = new AbortController()
  const interval = setInterval(() => {
    current.abort()
    current = new AbortController()
    manager.request(name, { signal: current.signal }, () => {}).catch(() => {})
  }, REQUEST_INTERVAL_MS)
  const stop = (): void => {
    clearInterval(interval)
    current.abort()
  }
  end.addEventListener('abort', stop, { once: true })
}
