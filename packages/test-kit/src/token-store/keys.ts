import { assert, equal, format } from '../assert.ts'
import { HOSTILE_KEYS } from './hostile-keys.ts'
import type { StoreWith, StoreCase } from './store-case.ts'

async function listKeys(store: StoreWith<'keys'>): Promise<string[]> {
  const found: string[] = []
  for await (const key of store.keys()) found.push(key)
  return found
}

/** Cases for keys: any string is a key. */
export const anyKey: readonly StoreCase[] = [
  {
    name: 'every key is absent before its first write, including names that objects inherit',
    async run({ store }) {
      for (const key of HOSTILE_KEYS) equal(await store.read(key), undefined, `a read of ${format(key)}`)
    },
  },
  {
    name: 'every string is a distinct key to write, read and remove',
    async run({ store, write, load }) {
      for (const [n, key] of HOSTILE_KEYS.entries()) await write(key, undefined, { n })
      for (const [n, key] of HOSTILE_KEYS.entries())
        equal((await load(key)).value, { n }, `the value of ${format(key)}`)
      const [removed, kept] = [0, 1].map(rest => HOSTILE_KEYS.filter((_, n) => n % 2 === rest))
      for (const key of removed!) await store.remove(key)
      for (const key of removed!) equal(await store.read(key), undefined, `the removed ${format(key)}`)
      for (const key of kept!) equal((await load(key)).value, { n: HOSTILE_KEYS.indexOf(key) }, format(key))
    },
  },
]

/** Cases for `keys`. */
export const listing: readonly StoreCase<'keys'>[] = [
  {
    name: 'an empty store lists no keys',
    async run({ store }) {
      equal(await listKeys(store), [], 'the keys')
    },
  },
  {
    name: 'every instance lists every key once, exactly as written',
    async run({ store, second, write }) {
      for (const [n, key] of HOSTILE_KEYS.entries())
        await write(key, undefined, { n }, n % 2 ? store : second)
      for (const one of [store, second]) {
        const found = await listKeys(one)
        const missing = HOSTILE_KEYS.filter(key => !found.includes(key))
        const strange = found.filter(key => !HOSTILE_KEYS.includes(key))
        equal({ missing, strange }, { missing: [], strange: [] }, 'the keys')
        equal(found.length, HOSTILE_KEYS.length, 'the number of keys')
      }
    },
  },
  {
    name: 'a key is not listed after its removal, and listed again after the next write',
    async run({ store, write }) {
      await write('a', undefined, 1)
      await write('b', undefined, 2)
      await store.remove('a')
      equal(await listKeys(store), ['b'], 'the keys')
      await write('a', undefined, 3)
      equal((await listKeys(store)).sort(), ['a', 'b'], 'the keys')
    },
  },
  {
    name: 'a listing can stop early, and tolerates writes and removals while it runs',
    async run({ store, write }) {
      const steady = Array.from({ length: 20 }, (_, n) => `steady ${n}`)
      for (const key of steady) await write(key, undefined, 0)
      for (let n = 0; n < 10; n++) await write(`going ${n}`, undefined, 0)
      for await (const key of store.keys()) {
        assert(typeof key === 'string', `listed ${format(key)}`)
        break
      }
      const found: string[] = []
      for await (const key of store.keys()) {
        const n = found.push(key)
        if (n <= 10) await store.remove(`going ${n - 1}`)
        if (n <= 10) await write(`coming ${n - 1}`, undefined, 0)
      }
      const missing = steady.filter(key => !found.includes(key))
      equal(missing, [], 'missing keys that existed during the whole listing')
    },
  },
]
