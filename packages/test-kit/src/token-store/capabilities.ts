import { assert, equal, format } from '../assert.ts'
import type { Capability } from './medium.ts'
import type { StoreCase } from './store-case.ts'

const CAPABILITIES: readonly Capability[] = ['locks', 'confirm', 'watch', 'keys', 'close']
const ATOMICITIES: readonly string[] = ['process', 'origin', 'host', 'cluster']

/** A capability is either complete or absent. */
export const capabilities: readonly StoreCase[] = [
  {
    name: 'atomicity is one of the four values, the same in every instance',
    async run({ store, second }) {
      assert(ATOMICITIES.includes(store.atomicity), `atomicity is ${format(store.atomicity)}`)
      equal(second.atomicity, store.atomicity, "the second's atomicity")
    },
  },
  ...CAPABILITIES.map(name => ({
    name: `${name} is complete or undefined, the same in every instance`,
    async run({ store, second }: Parameters<StoreCase['run']>[0]) {
      const [one, other] = [store, second].map(each => {
        const capability = each[name as keyof typeof each] as unknown
        if (capability === undefined) return 'absent'
        const method = name === 'locks' ? (capability as { acquire?: unknown } | null)?.acquire : capability
        assert(typeof method === 'function', `${name} is ${format(capability)}`)
        return 'present'
      })
      equal(other, one, `${name} of the second instance`)
    },
  })),
]

export const closing: readonly StoreCase<'close'>[] = [
  {
    name: 'close can be called twice, concurrently, and on an instance that was never used',
    async run({ store, second, write }) {
      await write('key', undefined, 1)
      await Promise.all([store.close(), store.close()])
      await store.close()
      await second.close()
      await second.close()
    },
  },
  {
    name: 'another instance reads a value written before close',
    async run({ store, medium, write, load }) {
      await write('key', undefined, 1)
      await store.close()
      const third = await medium.open()
      equal((await load('key', third)).value, 1, 'the value')
      await third.close?.()
    },
  },
]
