import type { AbortSignalLike, LockHold } from '@latchkey/core/ports'
import { ensure, equal, show } from '../assert.ts'
import { platform, turn } from '../platform.ts'
import { HOSTILE_KEYS } from './hostile-keys.ts'
import { type Having, type Scene, stopwatch, type StoreCase } from './scene.ts'

type Locking = Having<'locks'>

/** The lock, which must be free. */
async function take({ locks }: Locking, key = 'key'): Promise<LockHold> {
  const hold = await locks.acquire(key, { waitMs: 0 })
  ensure(hold, `the lock of ${show(key)} is free and was not given out`)
  return hold
}

/** Fails unless the lock is held by somebody else. */
async function refused({ locks }: Locking, why: string, key = 'key'): Promise<void> {
  const hold = await locks.acquire(key, { waitMs: 0 })
  ensure(hold === undefined, `the lock was given out twice: ${why}`)
}

/** Waits for the lock until `signal` aborts, practically. */
function wait({ locks }: Locking, signal?: AbortSignalLike): Promise<LockHold | undefined> {
  return locks.acquire('key', { waitMs: 3_600_000, ...(signal && { signal }) })
}

/** Takes the lock when it comes free, which may be a moment after its release. */
async function soon({ until }: Scene<'locks'>, { locks }: Locking): Promise<LockHold> {
  let hold: LockHold | undefined
  await until(async () => (hold = await locks.acquire('key', { waitMs: 0 })) !== undefined, 'the lock')
  return hold!
}

/** Locks that exclude, and are given up by their holder's release or death alone. */
export const locking: readonly StoreCase<'locks'>[] = [
  {
    name: 'a lock names its scope, the same in every instance of the circle',
    async run({ store, second }) {
      const { scope } = store.locks
      ensure(typeof scope === 'string' && scope !== '', `the scope is ${show(scope)}`)
      equal(second.locks.scope, scope, "the second's scope")
    },
  },
  {
    name: 'a lock that is held is not given out, by no instance; waitMs 0 tries once',
    async run({ store, second }) {
      const hold = await take(store)
      await refused(second, 'by the other instance')
      await refused(store, 'by the same instance: locks are not re-entrant')
      await hold.release()
    },
  },
  {
    name: 'a lock that was released can be had again, by every instance',
    async run(scene) {
      for (const [holder, next] of [
        [scene.store, scene.second],
        [scene.second, scene.store],
        [scene.store, scene.store],
      ] as const) {
        await (await soon(scene, holder)).release()
        await (await soon(scene, next)).release()
      }
    },
  },
  {
    name: 'of 20 who work under one lock, by two instances, no two are in it at once, and all get in',
    async run({ store, second }) {
      let inside = 0
      let done = 0
      const work = async (one: Locking): Promise<void> => {
        const hold = await wait(one)
        ensure(hold, 'the lock was not had')
        inside += 1
        await turn()
        equal(inside, 1, 'those inside')
        inside -= 1
        done += 1
        await hold.release()
      }
      await Promise.all(Array.from({ length: 20 }, (_, n) => work(n % 2 ? store : second)))
      equal(done, 20, 'those who got in')
    },
  },
  {
    name: 'who waits gets the lock when it is released',
    async run({ store, second }) {
      const hold = await take(store)
      const waiting = wait(second)
      await turn()
      await hold.release()
      const next = await waiting
      ensure(next, 'the lock was released and was not given to who waits')
      await refused(store, 'the one who waited has it')
      await next.release()
    },
  },
  {
    name: 'who waits gives up after waitMs and not before, and takes no place any more',
    async run(scene) {
      const { store, second, until } = scene
      const hold = await take(store)
      const elapsed = stopwatch(scene)
      let outcome: { hold: LockHold | undefined; afterMs: number } | undefined
      void second.locks
        .acquire('key', { waitMs: 200 })
        .then(had => (outcome = { hold: had, afterMs: elapsed() }))
      await until(() => outcome !== undefined, 'the wait of 200 ms to end')
      equal(outcome?.hold, undefined, 'the lock')
      ensure(outcome!.afterMs >= 190, `gave up after ${outcome!.afterMs} ms of 200`)
      await hold.release()
      await (await soon(scene, store)).release()
    },
  },
  {
    name: 'an abort ends the wait, and who waited takes no place any more',
    async run(scene) {
      const { store, second } = scene
      const hold = await take(store)
      const controller = new platform.AbortController()
      const waiting = wait(second, controller.signal)
      await turn()
      controller.abort()
      equal(await waiting, undefined, 'the lock')
      await hold.release()
      await (await soon(scene, second)).release()
    },
  },
  {
    name: 'a signal that has aborted gets no lock, free or held, and leaves none held',
    async run(scene) {
      const { store } = scene
      const controller = new platform.AbortController()
      controller.abort()
      const { signal } = controller
      equal(await wait(store, signal), undefined, 'the free lock')
      const hold = await soon(scene, store)
      equal(await wait(store, signal), undefined, 'the held lock')
      await hold.release()
    },
  },
  {
    name: 'an abort after the lock was had takes nothing away',
    async run({ store, second }) {
      const controller = new platform.AbortController()
      const hold = await wait(store, controller.signal)
      controller.abort()
      await turn()
      await refused(second, 'after an abort that came too late')
      await hold!.release()
    },
  },
  {
    name: 'a release gives up this hold and no other, also the second time',
    async run(scene) {
      const { store, second } = scene
      const first = await take(store)
      await first.release()
      await first.release()
      const next = await soon(scene, second)
      await first.release()
      await refused(store, 'after a former holder released again')
      await next.release()
    },
  },
  {
    name: 'a lock is kept however much time passes',
    needs: ['clock'],
    async run({ store, second, pass }) {
      const hold = await take(store)
      await pass(86_400_000)
      await refused(second, 'after a day')
      await hold.release()
    },
  },
  {
    name: 'every key has a lock of its own, which is no value and is not listed',
    async run({ store, second }) {
      const holds: LockHold[] = []
      for (const key of HOSTILE_KEYS) holds.push(await take(store, key))
      for (const key of HOSTILE_KEYS) {
        await refused(second, show(key), key)
        equal(await store.read(key), undefined, `a read of ${show(key)}`)
      }
      for await (const key of store.keys?.() ?? []) throw new Error(`${show(key)} is listed`)
      await Promise.all(holds.map(hold => hold.release()))
    },
  },
  {
    name: 'reads, swaps and removals go on while the lock of their key is held',
    async run({ store, second, write, stored }) {
      const hold = await take(store)
      const version = await write('key', undefined, 1, store)
      await write('key', version, 2, second)
      equal((await stored('key')).value, 2, 'the value')
      await second.remove('key')
      equal(await store.read('key'), undefined, 'a read')
      await hold.release()
    },
  },
]
