import type { Version } from '@latchkey/core/ports'
import { equal } from '../assert.ts'
import type { CaseContext, StoreCase } from './store-case.ts'

/** Writes with the other instance until `noticed`, since a hint may be late or lost. */
async function writeUntil(
  context: CaseContext<'watch'>,
  noticed: () => boolean,
  what: string,
): Promise<void> {
  let version: Version | undefined = (await context.second.read('key'))?.version
  let n = 0
  await context.until(async () => {
    if (!noticed() && n++ % 20 === 0) version = await context.write('key', version, { n }, context.second)
    return noticed()
  }, what)
}

/** Cases for `watch`. */
export const watching: readonly StoreCase<'watch'>[] = [
  {
    name: 'a listener is called without arguments when another instance changes the value',
    async run(context) {
      const calls: unknown[][] = []
      const unwatch = context.store.watch('key', (...args: unknown[]) => calls.push(args))
      await writeUntil(context, () => calls.length > 0, 'a hint of a change')
      unwatch()
      for (const args of calls) equal(args, [], 'the arguments of the listener')
    },
  },
  {
    name: 'a listener is called when another instance removes the value',
    async run({ store, second, until, write }) {
      const unwatch: (() => void)[] = []
      let hints = 0
      let n = 0
      await until(async () => {
        if (n++ % 20 === 0) {
          await write(`key ${n}`, undefined, n, second)
          unwatch.push(store.watch(`key ${n}`, () => (hints += 1)))
          await second.remove(`key ${n}`)
        }
        return hints > 0
      }, 'a hint of a removal')
      for (const one of unwatch) one()
    },
  },
  {
    name: 'a listener is not called after unwatch, others still are, and unwatch can be called twice',
    async run(context) {
      let removedCalls = 0
      let otherCalls = 0
      const unwatch = context.store.watch('key', () => (removedCalls += 1))
      const other = context.store.watch('key', () => (otherCalls += 1))
      unwatch()
      unwatch()
      await writeUntil(context, () => otherCalls > 0, 'a hint for the remaining listener')
      other()
      equal(removedCalls, 0, 'hints for the removed listener')
    },
  },
  {
    name: 'a listener that throws affects no write and no other listener',
    async run(context) {
      let hints = 0
      const unwatch = [
        context.store.watch('key', () => {
          throw new Error('a listener of the contract threw this')
        }),
        context.store.watch('key', () => (hints += 1)),
      ]
      await writeUntil(context, () => hints > 0, 'a hint after a listener threw')
      for (const one of unwatch) one()
    },
  },
]

/** Cases for `watch` after `close`. */
export const watchingAndClosing: readonly StoreCase<'watch' | 'close'>[] = [
  {
    name: 'no listener is called after close',
    async run(context) {
      let hints = 0
      context.store.watch('key', () => (hints += 1))
      await context.store.close()
      const third = await context.medium.open()
      let openCalls = 0
      third.watch?.('key', () => (openCalls += 1))
      await writeUntil(context, () => openCalls > 0, 'a hint for an open instance')
      await third.close?.()
      equal(hints, 0, 'hints after close')
    },
  },
]
