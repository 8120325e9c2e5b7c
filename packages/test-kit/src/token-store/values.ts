import type { Json } from '@latchkey/core/ports'
import { assert, equal } from '../assert.ts'
import type { StoreCase } from './store-case.ts'

const deep = (levels: number): Json => (levels === 0 ? 'bottom' : { down: [deep(levels - 1)] })

const VALUES: Readonly<Record<string, Json>> = {
  'an empty object': {},
  'an empty array': [],
  'an empty string': '',
  null: null,
  false: false,
  zero: 0,
  'a string that looks like JSON': '{"a":1}',
  'a string that looks like a number': '1',
  'absent and null members': { present: null },
  'nested objects and arrays': { a: [1, [2, { b: null }], { c: { d: [[]] } }], e: { f: {} } },
  'a hundred levels': deep(100),
  numbers: [
    1e308,
    5e-324,
    0.1,
    -1.5,
    2 ** 53,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    1767323045678,
  ],
  'Unicode, control characters and half a surrogate pair':
    'é e\u0301 € 😀 \u0000\u0001\n\r\t"\\/ \u2028\u2029 \ud800 \ufeff',
  'member names of every kind': JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":1,"toString":2,"":3,"a.b":4,"$c":5,"0":6,"length":7}',
  ) as Json,
  'members that stores use themselves': {
    value: 1,
    expires: 1,
    version: 2,
    v: 3,
    ttl: 4,
    data: 5,
    type: 'Buffer',
  },
  'strings that start with a colon': [':base64:AAAA', '::', 'base64:'],
  'text of 256 KiB': 'é'.repeat(128 * 1024),
}

type Loose = { list: number[]; more?: true }

/** Cases for values: a read returns what was written. */
export const values: readonly StoreCase[] = [
  ...Object.entries(VALUES).map(([name, value]) => ({
    name: `a value comes back equal: ${name}`,
    async run({ store, second, write, load }: Parameters<StoreCase['run']>[0]) {
      const version = await write('key', undefined, value)
      equal(await load('key'), { value, version }, 'a read')
      equal(await load('key', second), { value, version }, 'a read by the second')
      const failed = await store.compareAndSwap('key', undefined, 'other')
      equal(failed, { swapped: false, current: { value, version } }, 'the result of a failed swap')
      assert(!('polluted' in {}), 'the prototype of every object was changed')
    },
  })),
  {
    name: 'changing an object that was written or returned does not change the stored value',
    async run({ store, write, load }) {
      const given: Loose = { list: [1] }
      await write('key', undefined, given)
      const mutate = (value: unknown): void => {
        ;(value as Loose).list.push(2)
        ;(value as Loose).more = true
      }
      mutate(given)
      equal((await load('key')).value, { list: [1] }, 'after changing the written object')
      mutate((await load('key')).value)
      equal((await load('key')).value, { list: [1] }, 'after changing the object that read returned')
      const failed = await store.compareAndSwap('key', undefined, {})
      mutate(!failed.swapped && failed.current?.value)
      equal((await load('key')).value, { list: [1] }, 'after changing the object that a failed swap returned')
    },
  },
  {
    name: 'a write stores the value as it is when compareAndSwap is called',
    async run({ store, load }) {
      const given: Loose = { list: [1] }
      const swap = store.compareAndSwap('key', undefined, given)
      given.list.push(2)
      await swap
      equal((await load('key')).value, { list: [1] }, 'the value')
    },
  },
]
