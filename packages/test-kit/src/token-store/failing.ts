import { assert, assertRejects, format } from '../assert.ts'
import type { StoreCase } from './store-case.ts'

/** A failure is not reported as an absent value or as a successful write. */
export const failing: readonly StoreCase[] = [
  {
    name: 'read, compareAndSwap and remove reject when the medium fails',
    needs: ['breakDown'],
    async run({ store, write, breakDown }) {
      const version = await write('key', undefined, 1)
      await breakDown()
      await assertRejects(store.read('key'), 'a read')
      await assertRejects(store.read('other'), 'a read of what was never written')
      await assertRejects(store.compareAndSwap('key', version, 2), 'a swap')
      await assertRejects(store.compareAndSwap('other', undefined, 2), 'a swap from nothing')
      await assertRejects(store.remove('key'), 'a removal')
    },
  },
]

export const failingKeys: readonly StoreCase<'keys'>[] = [
  {
    name: 'keys rejects when the medium fails',
    needs: ['breakDown'],
    async run({ store, write, breakDown }) {
      await write('key', undefined, 1)
      await breakDown()
      const list = async (): Promise<string[]> => {
        const found: string[] = []
        for await (const key of store.keys()) found.push(key)
        return found
      }
      await assertRejects(list(), 'the listing')
    },
  },
]

export const confirming: readonly StoreCase<'confirm'>[] = [
  {
    name: 'confirm returns true after a write, and does not reject after a removal',
    async run({ store, second, write }) {
      await write('key', undefined, 1)
      for (const one of [store, second])
        assert((await one.confirm('key')) === true, 'confirm is not true after a write')
      await store.remove('key')
      const after = await store.confirm('key')
      assert(typeof after === 'boolean', `after a removal confirm is ${format(after)}`)
    },
  },
  {
    name: 'confirm rejects or returns false when the medium fails',
    needs: ['breakDown'],
    async run({ store, write, breakDown }) {
      await write('key', undefined, 1)
      await breakDown()
      const outcome = await store.confirm('key').catch(() => false)
      assert(outcome === false, `confirm returned ${format(outcome)}`)
    },
  },
]
