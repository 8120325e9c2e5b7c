import { ensure, equal, show } from '../assert.ts'
import { HOSTILE_KEYS } from './hostile-keys.ts'
import type { Having, StoreCase } from './scene.ts'

async function listed(store: Having<'keys'>): Promise<string[]> {
  const found: string[] = []
  for await (const key of store.keys()) found.push(key)
  return found
}

/** Any string is a key. */
export const anyKey: readonly StoreCase[] = [
  {
    name: 'nothing is stored under any key before it is written, whatever objects inherit',
    async run({ store }) {
      for (const key of HOSTILE_KEYS) equal(await store.read(key), undefined, `a read of ${show(key)}`)
    },
  },
  {
    name: 'every string is a key of its own, to write, read and remove',
    async run({ store, write, stored }) {
      for (const [n, key] of HOSTILE_KEYS.entries()) await write(key, undefined, { n })
      for (const [n, key] of HOSTILE_KEYS.entries())
        equal((await stored(key)).value, { n }, `the value of ${show(key)}`)
      const [removed, kept] = [0, 1].map(rest => HOSTILE_KEYS.filter((_, n) => n % 2 === rest))
      for (const key of removed!) await store.remove(key)
      for (const key of removed!) equal(await store.read(key), undefined, `the removed ${show(key)}`)
      for (const key of kept!) equal((await stored(key)).value, { n: HOSTILE_KEYS.indexOf(key) }, show(key))
    },
  },
]

/** What `keys` lists. */
export const listing: readonly StoreCase<'keys'>[] = [
  {
    name: 'an empty store lists no key',
    async run({ store }) {
      equal(await listed(store), [], 'the keys')
    },
  },
  {
    name: 'every key is listed as it was written, once, by every instance',
    async run({ store, second, write }) {
      for (const [n, key] of HOSTILE_KEYS.entries())
        await write(key, undefined, { n }, n % 2 ? store : second)
      for (const one of [store, second]) {
        const found = await listed(one)
        const missing = HOSTILE_KEYS.filter(key => !found.includes(key))
        const strange = found.filter(key => !HOSTILE_KEYS.includes(key))
        equal({ missing, strange }, { missing: [], strange: [] }, 'the keys')
        equal(found.length, HOSTILE_KEYS.length, 'the number of keys')
      }
    },
  },
  {
    name: 'a key is no longer listed when its value was removed, and again when there is another',
    async run({ store, write }) {
      await write('a', undefined, 1)
      await write('b', undefined, 2)
      await store.remove('a')
      equal(await listed(store), ['b'], 'the keys')
      await write('a', undefined, 3)
      equal((await listed(store)).sort(), ['a', 'b'], 'the keys')
    },
  },
  {
    name: 'a listing can be left early, and the store be written and removed from while one goes on',
    async run({ store, write }) {
      const steady = Array.from({ length: 20 }, (_, n) => `steady ${n}`)
      for (const key of steady) await write(key, undefined, 0)
      for (let n = 0; n < 10; n++) await write(`going ${n}`, undefined, 0)
      for await (const key of store.keys()) {
        ensure(typeof key === 'string', `listed ${show(key)}`)
        break
      }
      const found: string[] = []
      for await (const key of store.keys()) {
        const n = found.push(key)
        if (n <= 10) await store.remove(`going ${n - 1}`)
        if (n <= 10) await write(`coming ${n - 1}`, undefined, 0)
      }
      const missing = steady.filter(key => !found.includes(key))
      equal(missing, [], 'of the keys that were there all along, the missing ones')
    },
  },
]
