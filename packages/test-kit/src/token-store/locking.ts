import type { AbortSignalLike, LockHold } from '@latchkey/core/ports'
import { assert, equal, format } from '../assert.ts'
import { platform, yieldToEventLoop } from '../platform.ts'
import { HOSTILE_KEYS } from './hostile-keys.ts'
import { type StoreWith, type CaseContext, stopwatch, type StoreCase } from './store-case.ts'

type LockingStore = StoreWith<'locks'>

/** Acquires a lock that must be free. */
async function acquireFree({ locks }: LockingStore, key = 'key'): Promise<LockHold> {
  const hold = await locks.acquire(key, { waitMs: 0 })
  assert(hold, `the lock of ${format(key)} is free but was not acquired`)
  return hold
}

/** Throws if the lock can be acquired. */
async function assertLocked({ locks }: LockingStore, why: string, key = 'key'): Promise<void> {
  const hold = await locks.acquire(key, { waitMs: 0 })
  assert(hold === undefined, `the lock was acquired twice: ${why}`)
}

/** Waits for the lock for an hour, or until `signal` aborts. */
function acquireWaiting({ locks }: LockingStore, signal?: AbortSignalLike): Promise<LockHold | undefined> {
  return locks.acquire('key', { waitMs: 3_600_000, ...(signal && { signal }) })
}

/** Acquires a released lock. Some stores need a moment before it is free. */
async function acquireReleased({ until }: CaseContext<'locks'>, { locks }: LockingStore): Promise<LockHold> {
  let hold: LockHold | undefined
  await until(async () => (hold = await locks.acquire('key', { waitMs: 0 })) !== undefined, 'the lock')
  return hold!
}

/** Cases for locks: they exclude, and end only when the holder releases them or exits. */
export const locking: readonly StoreCase<'locks'>[] = [
  {
    name: 'locks have a scope, the same in every instance',
    async run({ store, second }) {
      const { scope } = store.locks
      assert(typeof scope === 'string' && scope !== '', `the scope is ${format(scope)}`)
      equal(second.locks.scope, scope, "the second's scope")
    },
  },
  {
    name: 'no instance acquires a held lock; waitMs 0 tries once',
    async run({ store, second }) {
      const hold = await acquireFree(store)
      await assertLocked(second, 'by the other instance')
      await assertLocked(store, 'by the same instance: locks are not re-entrant')
      await hold.release()
    },
  },
  {
    name: 'every instance can acquire a released lock',
    async run(context) {
      for (const [holder, next] of [
        [context.store, context.second],
        [context.second, context.store],
        [context.store, context.store],
      ] as const) {
        await (await acquireReleased(context, holder)).release()
        await (await acquireReleased(context, next)).release()
      }
    },
  },
  {
    name: '20 concurrent callers of two instances hold one lock in turn',
    async run({ store, second }) {
      let holders = 0
      let done = 0
      const work = async (one: LockingStore): Promise<void> => {
        const hold = await acquireWaiting(one)
        assert(hold, 'the lock was not acquired')
        holders += 1
        await yieldToEventLoop()
        equal(holders, 1, 'holders at the same time')
        holders -= 1
        done += 1
        await hold.release()
      }
      await Promise.all(Array.from({ length: 20 }, (_, n) => work(n % 2 ? store : second)))
      equal(done, 20, 'callers that acquired the lock')
    },
  },
  {
    name: 'a waiting caller acquires the lock when it is released',
    async run({ store, second }) {
      const hold = await acquireFree(store)
      const waiting = acquireWaiting(second)
      await yieldToEventLoop()
      await hold.release()
      const next = await waiting
      assert(next, 'the lock was released, but the waiting caller did not acquire it')
      await assertLocked(store, 'the caller that waited holds it')
      await next.release()
    },
  },
  {
    name: 'a wait ends after waitMs, not before, and leaves the queue',
    async run(context) {
      const { store, second, until } = context
      const hold = await acquireFree(store)
      const elapsed = stopwatch(context)
      let outcome: { hold: LockHold | undefined; afterMs: number } | undefined
      void second.locks
        .acquire('key', { waitMs: 200 })
        .then(acquired => (outcome = { hold: acquired, afterMs: elapsed() }))
      await until(() => outcome !== undefined, 'the end of a wait of 200 ms')
      equal(outcome?.hold, undefined, 'the lock')
      assert(outcome!.afterMs >= 190, `the wait ended after ${outcome!.afterMs} ms instead of 200`)
      await hold.release()
      await (await acquireReleased(context, store)).release()
    },
  },
  {
    name: 'an abort ends the wait, which leaves the queue',
    async run(context) {
      const { store, second } = context
      const hold = await acquireFree(store)
      const controller = new platform.AbortController()
      const waiting = acquireWaiting(second, controller.signal)
      await yieldToEventLoop()
      controller.abort()
      equal(await waiting, undefined, 'the lock')
      await hold.release()
      await (await acquireReleased(context, second)).release()
    },
  },
  {
    name: 'an aborted signal acquires no lock, free or held',
    async run(context) {
      const { store } = context
      const controller = new platform.AbortController()
      controller.abort()
      const { signal } = controller
      equal(await acquireWaiting(store, signal), undefined, 'the free lock')
      const hold = await acquireReleased(context, store)
      equal(await acquireWaiting(store, signal), undefined, 'the held lock')
      await hold.release()
    },
  },
  {
    name: 'an abort after the lock was acquired does not release it',
    async run({ store, second }) {
      const controller = new platform.AbortController()
      const hold = await acquireWaiting(store, controller.signal)
      controller.abort()
      await yieldToEventLoop()
      await assertLocked(second, 'after an abort that came too late')
      await hold!.release()
    },
  },
  {
    name: 'release releases its own hold only, also when called twice',
    async run(context) {
      const { store, second } = context
      const first = await acquireFree(store)
      await first.release()
      await first.release()
      const next = await acquireReleased(context, second)
      await first.release()
      await assertLocked(store, 'after a former holder released again')
      await next.release()
    },
  },
  {
    name: 'a lock is not released because time passes',
    needs: ['clock'],
    async run({ store, second, advance }) {
      const hold = await acquireFree(store)
      await advance(86_400_000)
      await assertLocked(second, 'after a day')
      await hold.release()
    },
  },
  {
    name: 'every key has its own lock, which is not a value and is not listed',
    async run({ store, second }) {
      const holds: LockHold[] = []
      for (const key of HOSTILE_KEYS) holds.push(await acquireFree(store, key))
      for (const key of HOSTILE_KEYS) {
        await assertLocked(second, format(key), key)
        equal(await store.read(key), undefined, `a read of ${format(key)}`)
      }
      for await (const key of store.keys?.() ?? []) throw new Error(`${format(key)} is listed`)
      await Promise.all(holds.map(hold => hold.release()))
    },
  },
  {
    name: 'reads, swaps and removals do not wait for the lock of their key',
    async run({ store, second, write, load }) {
      const hold = await acquireFree(store)
      const version = await write('key', undefined, 1, store)
      await write('key', version, 2, second)
      equal((await load('key')).value, 2, 'the value')
      await second.remove('key')
      equal(await store.read('key'), undefined, 'a read')
      await hold.release()
    },
  },
]
