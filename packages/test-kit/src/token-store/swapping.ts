import { ensure, equal, show } from '../assert.ts'
import type { StoreCase } from './scene.ts'

/** Reading, swapping and removing, one at a time. */
export const swapping: readonly StoreCase[] = [
  {
    name: 'what was never written is absent',
    async run({ store }) {
      equal(await store.read('key'), undefined, 'a read')
    },
  },
  {
    name: 'a swap from nothing writes, and returns the version that a read tells',
    async run({ write, stored }) {
      const version = await write('key', undefined, { n: 1 })
      equal(await stored('key'), { value: { n: 1 }, version }, 'a read')
    },
  },
  {
    name: 'a swap from the version that was read or returned writes',
    async run({ store, write, stored }) {
      const first = await write('key', undefined, { n: 1 })
      const second = await write('key', first, { n: 2 })
      await write('key', (await stored('key')).version, { n: 3 })
      equal((await stored('key')).value, { n: 3 }, 'the value')
      ensure(first !== second, `different values have one version: ${show(first)}`)
      equal((await store.compareAndSwap('key', second, { n: 4 })).swapped, false, 'a stale swap')
    },
  },
  {
    name: 'a swap from nothing is refused where there is something, tells what, and changes nothing',
    async run({ store, write, stored }) {
      const version = await write('key', undefined, { n: 1 })
      const current = { value: { n: 1 }, version }
      const result = await store.compareAndSwap('key', undefined, { n: 2 })
      equal(result, { swapped: false, current }, 'the result')
      equal(await stored('key'), current, 'a read')
    },
  },
  {
    name: 'a swap from a stale version is refused, tells what is stored, and changes nothing',
    async run({ store, write, stored }) {
      const stale = await write('key', undefined, { n: 1 })
      const version = await write('key', stale, { n: 2 })
      const current = { value: { n: 2 }, version }
      equal(await store.compareAndSwap('key', stale, { n: 3 }), { swapped: false, current }, 'the result')
      equal(await stored('key'), current, 'a read')
    },
  },
  {
    name: 'a swap from a version is refused where nothing is stored',
    async run({ store, write }) {
      const version = await write('other', undefined, { n: 1 })
      const result = await store.compareAndSwap('key', version, { n: 2 })
      equal(result.swapped, false, 'swapped')
      equal('current' in result && result.current, undefined, 'current')
      equal(await store.read('key'), undefined, 'a read')
    },
  },
  {
    name: 'what a refused swap tells is good for the next one',
    async run({ store, write }) {
      await write('key', undefined, { n: 1 })
      const refused = await store.compareAndSwap('key', undefined, { n: 2 })
      ensure(!refused.swapped && refused.current, `expected a refusal with current, got ${show(refused)}`)
      await write('key', refused.current.version, { n: 2 })
    },
  },
  {
    name: 'a value that comes back (A, B, A) may have its old version back, but a swap does what it says',
    async run({ store, write, stored }) {
      const first = await write('key', undefined, { n: 'A' })
      const second = await write('key', first, { n: 'B' })
      await write('key', second, { n: 'A' })
      const { swapped } = await store.compareAndSwap('key', first, { n: 'C' })
      equal((await stored('key')).value, { n: swapped ? 'C' : 'A' }, `the value after swapped: ${swapped}`)
    },
  },
  {
    name: 'what one instance wrote another reads at once, and swaps',
    async run({ store, second, write, stored }) {
      let version = await write('key', undefined, { n: 0 })
      for (let n = 1; n <= 20; n += 2) {
        version = await write('key', version, { n }, second)
        equal(await stored('key', store), { value: { n }, version }, 'the first reads')
        version = await write('key', version, { n: n + 1 }, store)
        equal(await stored('key', second), { value: { n: n + 1 }, version }, 'the second reads')
      }
    },
  },
  {
    name: 'remove takes the value away, for every instance, and no other value',
    async run({ store, second, write, stored }) {
      await write('key', undefined, { n: 1 })
      await write('other', undefined, { n: 2 })
      await store.remove('key')
      equal(await store.read('key'), undefined, 'a read')
      equal(await second.read('key'), undefined, 'a read by the second')
      equal((await stored('other')).value, { n: 2 }, 'the other value')
    },
  },
  {
    name: 'remove of nothing does nothing, once or twice',
    async run({ store, write }) {
      await store.remove('key')
      await write('key', undefined, { n: 1 })
      await store.remove('key')
      await store.remove('key')
      equal(await store.read('key'), undefined, 'a read')
    },
  },
  {
    name: 'after remove a swap from nothing writes, and one from an old version does not, then or later',
    async run({ store, second, write, stored }) {
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
      equal((await stored('key')).value, { n: 3 }, 'the value')
    },
  },
]
