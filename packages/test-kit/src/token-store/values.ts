import type { Json } from '@latchkey/core/ports'
import { ensure, equal } from '../assert.ts'
import type { StoreCase } from './scene.ts'

const deep = (levels: number): Json => (levels === 0 ? 'bottom' : { down: [deep(levels - 1)] })

const VALUES: Readonly<Record<string, Json>> = {
  'an object with nothing in it': {},
  'an array with nothing in it': [],
  'an empty string': '',
  null: null,
  false: false,
  zero: 0,
  'a string that looks like JSON': '{"a":1}',
  'a string that looks like a number': '1',
  'what is absent and what is null': { present: null },
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
  'a string with a colon first': [':base64:AAAA', '::', 'base64:'],
  'text of 256 KiB': 'é'.repeat(128 * 1024),
}

type Loose = { list: number[]; more?: true }

/** What is stored comes back. */
export const values: readonly StoreCase[] = [
  ...Object.entries(VALUES).map(([name, value]) => ({
    name: `a value comes back equal: ${name}`,
    async run({ store, second, write, stored }: Parameters<StoreCase['run']>[0]) {
      const version = await write('key', undefined, value)
      equal(await stored('key'), { value, version }, 'a read')
      equal(await stored('key', second), { value, version }, 'a read by the second')
      const refused = await store.compareAndSwap('key', undefined, 'other')
      equal(refused, { swapped: false, current: { value, version } }, 'what a refused swap tells')
      ensure(!('polluted' in {}), 'the prototype of every object was changed')
    },
  })),
  {
    name: 'changing an object after it was stored, read or told changes nothing stored',
    async run({ store, write, stored }) {
      const given: Loose = { list: [1] }
      await write('key', undefined, given)
      const spoil = (value: unknown): void => {
        ;(value as Loose).list.push(2)
        ;(value as Loose).more = true
      }
      spoil(given)
      equal((await stored('key')).value, { list: [1] }, 'after changing what was given')
      spoil((await stored('key')).value)
      equal((await stored('key')).value, { list: [1] }, 'after changing what was read')
      const refused = await store.compareAndSwap('key', undefined, {})
      spoil(!refused.swapped && refused.current?.value)
      equal((await stored('key')).value, { list: [1] }, 'after changing what a refused swap told')
    },
  },
  {
    name: 'a value is taken as it is at the time of the call',
    async run({ store, stored }) {
      const given: Loose = { list: [1] }
      const swap = store.compareAndSwap('key', undefined, given)
      given.list.push(2)
      await swap
      equal((await stored('key')).value, { list: [1] }, 'the value')
    },
  },
]
