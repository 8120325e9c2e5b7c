import { ensure, rejection, show } from '../assert.ts'
import type { StoreCase } from './scene.ts'

/** An error never looks like an absent value, nor like a write that was done. */
export const failing: readonly StoreCase[] = [
  {
    name: 'when the medium fails read, compareAndSwap and remove reject',
    needs: ['breakDown'],
    async run({ store, write, breakDown }) {
      const version = await write('key', undefined, 1)
      await breakDown()
      await rejection(store.read('key'), 'a read')
      await rejection(store.read('other'), 'a read of what was never written')
      await rejection(store.compareAndSwap('key', version, 2), 'a swap')
      await rejection(store.compareAndSwap('other', undefined, 2), 'a swap from nothing')
      await rejection(store.remove('key'), 'a removal')
    },
  },
]

export const failingKeys: readonly StoreCase<'keys'>[] = [
  {
    name: 'when the medium fails keys rejects',
    needs: ['breakDown'],
    async run({ store, write, breakDown }) {
      await write('key', undefined, 1)
      await breakDown()
      const list = async (): Promise<string[]> => {
        const found: string[] = []
        for await (const key of store.keys()) found.push(key)
        return found
      }
      await rejection(list(), 'the listing')
    },
  },
]

export const confirming: readonly StoreCase<'confirm'>[] = [
  {
    name: 'confirm says true after a write, and does not fail after a removal',
    async run({ store, second, write }) {
      await write('key', undefined, 1)
      for (const one of [store, second])
        ensure((await one.confirm('key')) === true, 'confirm is not true after a write')
      await store.remove('key')
      const after = await store.confirm('key')
      ensure(typeof after === 'boolean', `after a removal confirm is ${show(after)}`)
    },
  },
  {
    name: 'when the medium fails confirm rejects or says false',
    needs: ['breakDown'],
    async run({ store, write, breakDown }) {
      await write('key', undefined, 1)
      await breakDown()
      const outcome = await store.confirm('key').catch(() => false)
      ensure(outcome === false, `confirm says ${show(outcome)}`)
    },
  },
]
