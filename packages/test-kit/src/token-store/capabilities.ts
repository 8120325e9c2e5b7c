import { ensure, equal, show } from '../assert.ts'
import type { Capability } from './medium.ts'
import type { StoreCase } from './scene.ts'

const CAPABILITIES: readonly Capability[] = ['locks', 'confirm', 'watch', 'keys', 'close']
const ATOMICITIES: readonly string[] = ['process', 'origin', 'host', 'cluster']

/** A capability is told by its presence: it is there whole, or not at all. */
export const capabilities: readonly StoreCase[] = [
  {
    name: 'atomicity is one of the four, the same in every instance',
    async run({ store, second }) {
      ensure(ATOMICITIES.includes(store.atomicity), `atomicity is ${show(store.atomicity)}`)
      equal(second.atomicity, store.atomicity, "the second's atomicity")
    },
  },
  ...CAPABILITIES.map(name => ({
    name: `${name} is there whole or is undefined, the same in every instance`,
    async run({ store, second }: Parameters<StoreCase['run']>[0]) {
      const [one, other] = [store, second].map(each => {
        const capability = each[name as keyof typeof each] as unknown
        if (capability === undefined) return 'absent'
        const method = name === 'locks' ? (capability as { acquire?: unknown } | null)?.acquire : capability
        ensure(typeof method === 'function', `${name} is ${show(capability)}`)
        return 'there'
      })
      equal(other, one, `${name} of the second instance`)
    },
  })),
]

export const closing: readonly StoreCase<'close'>[] = [
  {
    name: 'close can be called twice, also at once and on an instance that was never used',
    async run({ store, second, write }) {
      await write('key', undefined, 1)
      await Promise.all([store.close(), store.close()])
      await store.close()
      await second.close()
      await second.close()
    },
  },
  {
    name: 'what was written is there after close, for another instance',
    async run({ store, medium, write, stored }) {
      await write('key', undefined, 1)
      await store.close()
      const third = await medium.open()
      equal((await stored('key', third)).value, 1, 'the value')
      await third.close?.()
    },
  },
]
