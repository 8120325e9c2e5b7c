import type { LockHold, Locks } from '@latchkey/core/ports'
import { brokenStore, type BrokenStore } from './broken-store.ts'

/** A store whose locks have another `acquire`. */
const storeWithLock = (
  mistake: string,
  caughtBy: string,
  acquire: (sound: Locks) => Locks['acquire'],
): BrokenStore =>
  brokenStore(mistake, caughtBy, ({ locks }) => {
    const changed: Locks = { scope: locks.scope, acquire: acquire(locks) }
    return () => ({ locks: changed })
  })

/** Mistakes with locks. */
export const brokenLocks: readonly BrokenStore[] = [
  storeWithLock(
    'two callers can hold a lock',
    '20 concurrent callers of two instances hold one lock in turn',
    () => async () => ({ release: async () => {} }),
  ),
  storeWithLock(
    'release frees the lock of any holder',
    'release releases its own hold only, also when called twice',
    locks => {
      const holds = new Map<string, LockHold>()
      return async (key, options) => {
        const hold = await locks.acquire(key, options)
        if (hold) holds.set(key, hold)
        return hold && { release: async () => holds.get(key)?.release() }
      }
    },
  ),
  brokenStore(
    'a lock is released by a timer',
    'a lock is not released because time passes',
    ({ locks }, clock) =>
      () => ({
        locks: {
          scope: locks.scope,
          async acquire(key, options) {
            const hold = await locks.acquire(key, options)
            if (hold) void clock.sleep(30_000).then(() => hold.release())
            return hold
          },
        },
      }),
  ),
  brokenStore(
    'a lock excludes its own instance only',
    'no instance acquires a held lock; waitMs 0 tries once',
    ({ locks }) => {
      let instances = 0
      return () => {
        const name = instances++
        return {
          locks: { scope: locks.scope, acquire: (key, options) => locks.acquire(`${name} ${key}`, options) },
        }
      }
    },
  ),
  brokenStore(
    'a lock is reentrant',
    'no instance acquires a held lock; waitMs 0 tries once',
    ({ locks }) =>
      () => {
        const held = new Set<string>()
        return {
          locks: {
            scope: locks.scope,
            async acquire(key, options) {
              if (held.has(key)) return { release: async () => {} }
              const hold = await locks.acquire(key, options)
              if (hold) held.add(key)
              return (
                hold && {
                  release() {
                    held.delete(key)
                    return hold.release()
                  },
                }
              )
            },
          },
        }
      },
  ),
  storeWithLock(
    'a waiting caller never acquires the lock',
    'a waiting caller acquires the lock when it is released',
    locks => key => locks.acquire(key, { waitMs: 0 }),
  ),
  storeWithLock(
    'waitMs is ignored',
    'a wait ends after waitMs, not before, and leaves the queue',
    locks =>
      (key, { signal }) =>
        locks.acquire(key, { waitMs: Infinity, ...(signal && { signal }) }),
  ),
  storeWithLock(
    'an abort is ignored',
    'an abort ends the wait, which leaves the queue',
    locks =>
      (key, { waitMs }) =>
        locks.acquire(key, { waitMs }),
  ),
  storeWithLock(
    'a lock is acquired after its wait was aborted, and never released',
    'an abort ends the wait, which leaves the queue',
    locks =>
      (key, { waitMs, signal }) =>
        new Promise(resolve => {
          signal?.addEventListener('abort', () => resolve(undefined))
          void locks.acquire(key, { waitMs }).then(resolve)
        }),
  ),
  storeWithLock(
    'an aborted signal still acquires a free lock',
    'an aborted signal acquires no lock, free or held',
    locks => async (key, options) => (await locks.acquire(key, { waitMs: 0 })) ?? locks.acquire(key, options),
  ),
  storeWithLock(
    'all keys share one lock',
    'every key has its own lock, which is not a value and is not listed',
    locks => (_, options) => locks.acquire('', options),
  ),
  brokenStore(
    'a lock is stored as a value',
    'every key has its own lock, which is not a value and is not listed',
    ({ locks, keys, compareAndSwap, remove }) =>
      () => ({
        locks: {
          scope: locks.scope,
          async acquire(key, options) {
            const hold = await locks.acquire(key, options)
            if (hold) await compareAndSwap(`${key}.lock`, undefined, true)
            return (
              hold && {
                async release() {
                  await remove(`${key}.lock`)
                  await hold.release()
                },
              }
            )
          },
        },
        keys,
      }),
  ),
  brokenStore(
    'a swap takes the lock that its caller holds',
    'reads, swaps and removals do not wait for the lock of their key',
    ({ locks, compareAndSwap }) =>
      () => ({
        async compareAndSwap(key, ...rest) {
          const hold = await locks.acquire(key, { waitMs: Infinity })
          return compareAndSwap(key, ...rest).finally(() => hold?.release())
        },
      }),
  ),
  brokenStore(
    'every instance has its own scope',
    'locks have a scope, the same in every instance',
    ({ locks }) => {
      let instances = 0
      return () => {
        const scope = `scope ${instances++}`
        return { locks: { scope, acquire: (key, options) => locks.acquire(key, options) } }
      }
    },
  ),
]
