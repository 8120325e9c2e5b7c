import type { Version } from '@latchkey/core/ports'
import { equal } from '../assert.ts'
import type { Scene, StoreCase } from './scene.ts'

/** Lets the other instance write until `noticed`: a hint may be late or missing. */
async function changeUntil(scene: Scene<'watch'>, noticed: () => boolean, what: string): Promise<void> {
  let version: Version | undefined = (await scene.second.read('key'))?.version
  let n = 0
  await scene.until(async () => {
    if (!noticed() && n++ % 20 === 0) version = await scene.write('key', version, { n }, scene.second)
    return noticed()
  }, what)
}

/** Hints to read again. */
export const watching: readonly StoreCase<'watch'>[] = [
  {
    name: 'a listener is told that another instance changed the value, and nothing more',
    async run(scene) {
      const calls: unknown[][] = []
      const unwatch = scene.store.watch('key', (...args: unknown[]) => calls.push(args))
      await changeUntil(scene, () => calls.length > 0, 'a hint of a change')
      unwatch()
      for (const args of calls) equal(args, [], 'what the listener was given')
    },
  },
  {
    name: 'a listener is told that another instance removed the value',
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
    name: 'a listener that was taken away is not called, and others still are; twice is harmless',
    async run(scene) {
      let gone = 0
      let staying = 0
      const unwatch = scene.store.watch('key', () => (gone += 1))
      const other = scene.store.watch('key', () => (staying += 1))
      unwatch()
      unwatch()
      await changeUntil(scene, () => staying > 0, 'a hint for the listener that stays')
      other()
      equal(gone, 0, 'hints for the listener that was taken away')
    },
  },
  {
    name: 'a listener that throws breaks neither the write nor the other listeners',
    async run(scene) {
      let hints = 0
      const unwatch = [
        scene.store.watch('key', () => {
          throw new Error('a listener of the contract threw this')
        }),
        scene.store.watch('key', () => (hints += 1)),
      ]
      await changeUntil(scene, () => hints > 0, 'a hint after a listener threw')
      for (const one of unwatch) one()
    },
  },
]

/** `close` gives up what `watch` took. */
export const watchingAndClosing: readonly StoreCase<'watch' | 'close'>[] = [
  {
    name: 'no listener is called after close',
    async run(scene) {
      let hints = 0
      scene.store.watch('key', () => (hints += 1))
      await scene.store.close()
      const third = await scene.medium.open()
      let witnessed = 0
      third.watch?.('key', () => (witnessed += 1))
      await changeUntil(scene, () => witnessed > 0, 'a hint for an instance that is open')
      await third.close?.()
      equal(hints, 0, 'hints after close')
    },
  },
]
