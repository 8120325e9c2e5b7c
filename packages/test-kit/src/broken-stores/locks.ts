import type { LockHold, Locks } from '@latchkey/core/ports'
import { broken, type BrokenStore } from './broken-store.ts'

/** The locks of `sound`, with another `acquire`. */
const acquiring = (
  mistake: string,
  caughtBy: string,
  acquire: (sound: Locks) => Locks['acquire'],
): BrokenStore =>
  broken(mistake, caughtBy, ({ locks }) => {
    const changed: Locks = { scope: locks.scope, acquire: acquire(locks) }
    return () => ({ locks: changed })
  })

/** Mistakes with locks. */
export const brokenLocks: readonly BrokenStore[] = [
  acquiring(
    'two can hold a lock',
    'of 20 who work under one lock, by two instances, no two are in it at once, and all get in',
    () => async () => ({ release: async () => {} }),
  ),
  acquiring(
    'a release frees the lock whoever holds it',
    'a release gives up this hold and no other, also the second time',
    locks => {
      const holds = new Map<string, LockHold>()
      return async (key, options) => {
        const hold = await locks.acquire(key, options)
        if (hold) holds.set(key, hold)
        return hold && { release: async () => holds.get(key)?.release() }
      }
    },
  ),
  broken(
    'a lock is given up by a clock',
    'a lock is kept however much time passes',
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
  broken(
    'a lock is of its instance only',
    'a lock that is held is not given out, by no instance; waitMs 0 tries once',
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
  broken(
    'a lock can be had again by the instance that has it',
    'a lock that is held is not given out, by no instance; waitMs 0 tries once',
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
  acquiring(
    'who waits is never served',
    'who waits gets the lock when it is released',
    locks => key => locks.acquire(key, { waitMs: 0 }),
  ),
  acquiring(
    'waitMs is ignored',
    'who waits gives up after waitMs and not before, and takes no place any more',
    locks =>
      (key, { signal }) =>
        locks.acquire(key, { waitMs: Infinity, ...(signal && { signal }) }),
  ),
  acquiring(
    'an abort is ignored',
    'an abort ends the wait, and who waited takes no place any more',
    locks =>
      (key, { waitMs }) =>
        locks.acquire(key, { waitMs }),
  ),
  acquiring(
    'who gave up waiting gets the lock after all, and keeps it',
    'an abort ends the wait, and who waited takes no place any more',
    locks =>
      (key, { waitMs, signal }) =>
        new Promise(resolve => {
          signal?.addEventListener('abort', () => resolve(undefined))
          void locks.acquire(key, { waitMs }).then(resolve)
        }),
  ),
  acquiring(
    'a signal that has aborted is not looked at where the lock is free',
    'a signal that has aborted gets no lock, free or held, and leaves none held',
    locks => async (key, options) => (await locks.acquire(key, { waitMs: 0 })) ?? locks.acquire(key, options),
  ),
  acquiring(
    'one lock is for all keys',
    'every key has a lock of its own, which is no value and is not listed',
    locks => (_, options) => locks.acquire('', options),
  ),
  broken(
    'a lock is a value beside the others',
    'every key has a lock of its own, which is no value and is not listed',
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
  broken(
    'a swap takes the lock that its caller holds',
    'reads, swaps and removals go on while the lock of their key is held',
    ({ locks, compareAndSwap }) =>
      () => ({
        async compareAndSwap(key, ...rest) {
          const hold = await locks.acquire(key, { waitMs: Infinity })
          return compareAndSwap(key, ...rest).finally(() => hold?.release())
        },
      }),
  ),
  broken(
    'every instance has a scope of its own',
    'a lock names its scope, the same in every instance of the circle',
    ({ locks }) => {
      let instances = 0
      return () => {
        const scope = `scope ${instances++}`
        return { locks: { scope, acquire: (key, options) => locks.acquire(key, options) } }
      }
    },
  ),
]
