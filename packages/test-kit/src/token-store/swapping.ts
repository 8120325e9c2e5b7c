import { assert, equal, format } from '../assert.ts'
import type { StoreCase } from './store-case.ts'

/** Cases for `read`, `compareAndSwap` and `remove`, one call at a time. */
export const swapping: readonly StoreCase[] = [
  {
    name: 'a key that was never written is absent',
    async run({ store }) {
      equal(await store.read('key'), undefined, 'a read')
    },
  },
  {
    name: 'a swap from undefined writes, and returns the version that read returns',
    async run({ write, load }) {
      const version = await write('key', undefined, { n: 1 })
      equal(await load('key'), { value: { n: 1 }, version }, 'a read')
    },
  },
  {
    name: 'a swap from the current version writes',
    async run({ store, write, load }) {
      const first = await write('key', undefined, { n: 1 })
      const second = await write('key', first, { n: 2 })
      await write('key', (await load('key')).version, { n: 3 })
      equal((await load('key')).value, { n: 3 }, 'the value')
      assert(first !== second, `different values have one version: ${format(first)}`)
      equal((await store.compareAndSwap('key', second, { n: 4 })).swapped, false, 'a stale swap')
    },
  },
  {
    name: 'a swap from undefined fails if a value exists, returns it, and changes nothing',
    async run({ store, write, load }) {
      const version = await write('key', undefined, { n: 1 })
      const current = { value: { n: 1 }, version }
      const result = await store.compareAndSwap('key', undefined, { n: 2 })
      equal(result, { swapped: false, current }, 'the result')
      equal(await load('key'), current, 'a read')
    },
  },
  {
    name: 'a swap from a stale version fails, returns the current value, and changes nothing',
    async run({ store, write, load }) {
      const stale = await write('key', undefined, { n: 1 })
      const version = await write('key', stale, { n: 2 })
      const current = { value: { n: 2 }, version }
      equal(await store.compareAndSwap('key', stale, { n: 3 }), { swapped: false, current }, 'the result')
      equal(await load('key'), current, 'a read')
    },
  },
  {
    name: 'a swap from a version fails if no value exists',
    async run({ store, write }) {
      const version = await write('other', undefined, { n: 1 })
      const result = await store.compareAndSwap('key', version, { n: 2 })
      equal(result.swapped, false, 'swapped')
      equal('current' in result && result.current, undefined, 'current')
      equal(await store.read('key'), undefined, 'a read')
    },
  },
  {
    name: 'the version that a failed swap returns works for the next swap',
    async run({ store, write }) {
      await write('key', undefined, { n: 1 })
      const failed = await store.compareAndSwap('key', undefined, { n: 2 })
      assert(!failed.swapped && failed.current, `expected a failed swap with current, got ${format(failed)}`)
      await write('key', failed.current.version, { n: 2 })
    },
  },
  {
    name: 'a value written again (A, B, A) may get its old version again, and swapped is true only for a write',
    async run({ store, write, load }) {
      const first = await write('key', undefined, { n: 'A' })
      const second = await write('key', first, { n: 'B' })
      await write('key', second, { n: 'A' })
      const { swapped } = await store.compareAndSwap('key', first, { n: 'C' })
      equal((await load('key')).value, { n: swapped ? 'C' : 'A' }, `the value after swapped: ${swapped}`)
    },
  },
  {
    name: 'an instance immediately reads and swaps what another instance wrote',
    async run({ store, second, write, load }) {
      let version = await write('key', undefined, { n: 0 })
      for (let n = 1; n <= 20; n += 2) {
        version = await write('key', version, { n }, second)
        equal(await load('key', store), { value: { n }, version }, 'the first reads')
        version = await write('key', version, { n: n + 1 }, store)
        equal(await load('key', second), { value: { n: n + 1 }, version }, 'the second reads')
      }
    },
  },
  {
    name: 'remove deletes the value for every instance, and no other value',
    async run({ store, second, write, load }) {
      await write('key', undefined, { n: 1 })
      await write('other', undefined, { n: 2 })
      await store.remove('key')
      equal(await store.read('key'), undefined, 'a read')
      equal(await second.read('key'), undefined, 'a read by the second')
      equal((await load('other')).value, { n: 2 }, 'the other value')
    },
  },
  {
    name: 'remove of an absent key does nothing',
    async run({ store, write }) {
      await store.remove('key')
      await write('key', undefined, { n: 1 })
      await store.remove('key')
      await store.remove('key')
      equal(await store.read('key'), undefined, 'a read')
    },
  },
  {
    name: 'after remove, a swap from undefined writes, and a swap from an old version always fails',
    async run({ store, second, write, load }) {
      const old = await write('key', undefined, { n: 1 })
      await store.remove('key')
      equal(
        (await store.compareAndSwap('key', old, { n: 2 })).swapped,
        false,
        'a swap from the removed version',
      )
      equal(await store.read('key'), undefined, 'a read')
      await write('key', undefined, { n: 3 }, second)
      equal((await store.compareAndSwap('key', old, { n: 4 })).swapped, false, 'a swap after another write')
      equal((await load('key')).value, { n: 3 }, 'the value')
    },
  },
]
