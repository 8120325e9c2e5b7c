import type { TokenStore } from '@latchkey/core'
import type { Json, Stored } from '@latchkey/core/ports'
import { turn } from '../platform.ts'
import { increments } from '../token-store/racing.ts'
import { broken, type BrokenStore, type Change, mediumWith, overwrite } from './broken-store.ts'

/** A swap made of a read, a comparison and a write, with `between` in between. */
const readThenWrite =
  (between: () => Promise<unknown>): ((sound: TokenStore) => TokenStore['compareAndSwap']) =>
  sound =>
  async (key, expected, value, options) => {
    const current = await sound.read(key)
    if (current?.version !== expected) return { swapped: false, current }
    await between()
    return overwrite(sound, key, expected, value, options)
  }

/** Atomic among those who share `queue`, and nobody else. */
const queued =
  (queue: { last: Promise<unknown> }, sound: TokenStore): TokenStore['compareAndSwap'] =>
  (...args) => {
    const result = queue.last.then(() => readThenWrite(turn)(sound)(...args))
    queue.last = result.catch(() => {})
    return result
  }

/** Numbers of its own for versions, in the place of those of `sound`. */
const versioned =
  (versionOf: (stored: Stored) => string | number): Change =>
  sound =>
  () => ({
    async read(key) {
      const stored = await sound.read(key)
      return stored && { value: stored.value, version: versionOf(stored) }
    },
    async compareAndSwap(key, expected, value, options) {
      const stored = await sound.read(key)
      const current = stored && { value: stored.value, version: versionOf(stored) }
      if (current?.version !== expected) return { swapped: false, current }
      const result = await sound.compareAndSwap(key, stored?.version, value, options)
      return result.swapped
        ? { swapped: true, version: versionOf({ value, version: result.version }) }
        : { swapped: false, current }
    },
  })

/** Mistakes in reading, swapping and removing. */
export const brokenSwaps: readonly BrokenStore[] = [
  broken(
    'the last write wins, whatever version it started from',
    'a swap from a stale version is refused, tells what is stored, and changes nothing',
    sound => () => ({ compareAndSwap: (...args) => overwrite(sound, ...args) }),
  ),
  broken(
    'a swap is a read, a comparison and a write, with time in between',
    'of 50 swaps from one version one wins',
    sound => () => ({ compareAndSwap: readThenWrite(turn)(sound) }),
  ),
  broken(
    'swaps queue up in their instance only',
    'of 50 swaps from one version by two instances one wins',
    sound => () => ({ compareAndSwap: queued({ last: Promise.resolve() }, sound) }),
  ),
  {
    mistake: 'swaps queue up in their process only, and atomicity says more',
    caughtBy: 'no addition is lost between this process and another',
    newMedium() {
      let process = { last: Promise.resolve() }
      const medium = mediumWith(sound => () => ({ compareAndSwap: queued(process, sound) }))
      const elsewhere = async (key: string, times: number): Promise<void> => {
        process = { last: Promise.resolve() }
        await increments(await medium.open(), key, times)
      }
      return { ...medium, elsewhere }
    },
  },
  broken(
    'a swap from nothing overwrites',
    'a swap from nothing is refused where there is something, tells what, and changes nothing',
    sound => () => ({
      compareAndSwap: (key, expected, ...rest) =>
        expected === undefined
          ? overwrite(sound, key, expected, ...rest)
          : sound.compareAndSwap(key, expected, ...rest),
    }),
  ),
  broken(
    'a swap from a version inserts where nothing is stored',
    'a swap from a version is refused where nothing is stored',
    sound => () => ({
      compareAndSwap: async (key, expected, ...rest) =>
        sound.compareAndSwap(key, (await sound.read(key)) && expected, ...rest),
    }),
  ),
  broken(
    'a refused swap does not tell what is stored',
    'what a refused swap tells is good for the next one',
    sound => () => ({
      async compareAndSwap(...args) {
        const result = await sound.compareAndSwap(...args)
        return result.swapped ? result : { swapped: false, current: undefined }
      },
    }),
  ),
  broken(
    'a swap returns the version that it replaced',
    'a swap from nothing writes, and returns the version that a read tells',
    sound => () => ({
      async compareAndSwap(key, expected, ...rest) {
        const result = await sound.compareAndSwap(key, expected, ...rest)
        return result.swapped ? { swapped: true, version: expected ?? 0 } : result
      },
    }),
  ),
  broken(
    'versions are as coarse as the time of a file',
    'a swap from the version that was read or returned writes',
    versioned(() => 1_767_323_045),
  ),
  broken(
    'versions begin anew after a removal',
    'after remove a swap from nothing writes, and one from an old version does not, then or later',
    sound => {
      const counts = new Map<string, number>()
      const { read, compareAndSwap } = sound
      const dress = (key: string, stored: Stored | undefined) =>
        stored && { ...stored, version: counts.get(key) ?? 0 }
      return () => ({
        read: async key => dress(key, await read(key)),
        async compareAndSwap(key, expected, value, options) {
          const stored = await read(key)
          const refused = { swapped: false, current: dress(key, stored) } as const
          if (refused.current?.version !== expected) return refused
          const result = await compareAndSwap(key, stored?.version, value, options)
          if (!result.swapped) return refused
          const version = (stored ? (counts.get(key) ?? 0) : 0) + 1
          counts.set(key, version)
          return { swapped: true, version }
        },
      })
    },
  ),
  broken(
    'a read is answered from a cache of the instance',
    'what one instance wrote another reads at once, and swaps',
    sound => () => {
      const cache = new Map<string, Stored | undefined>()
      return {
        async read(key) {
          if (!cache.has(key)) cache.set(key, await sound.read(key))
          return cache.get(key)
        },
      }
    },
  ),
  broken(
    'a read is answered by a replica that lags one write behind',
    'a swap from nothing writes, and returns the version that a read tells',
    sound => {
      const replica = new Map<string, Stored | undefined>()
      return () => ({
        read: async key => replica.get(key),
        async compareAndSwap(key, ...rest) {
          replica.set(key, await sound.read(key))
          return sound.compareAndSwap(key, ...rest)
        },
      })
    },
  ),
  broken(
    'a swap answers before it has written',
    'a swap from nothing writes, and returns the version that a read tells',
    sound => {
      let promised = 1_000
      return () => ({
        async compareAndSwap(...args) {
          void turn()
            .then(() => sound.compareAndSwap(...args))
            .catch(() => {})
          return { swapped: true, version: promised++ }
        },
      })
    },
  ),
  broken(
    'a value is written in two halves',
    'a read in the midst of writes finds a whole value, and never an older one than before',
    sound => () => ({
      async compareAndSwap(key, expected, value, options) {
        const half = value && Object.fromEntries(Object.entries(value).slice(0, 1))
        const first = await sound.compareAndSwap(key, expected, half as Json, options)
        await turn()
        return first.swapped ? sound.compareAndSwap(key, first.version, value, options) : first
      },
    }),
  ),
  broken(
    'remove forgets the value in its own instance only',
    'remove takes the value away, for every instance, and no other value',
    sound => () => {
      const removed = new Set<string>()
      return {
        read: async key => (removed.has(key) ? undefined : sound.read(key)),
        async remove(key) {
          removed.add(key)
        },
      }
    },
  ),
  broken(
    'remove takes away every key that begins alike',
    'every string is a key of its own, to write, read and remove',
    sound => () => ({
      async remove(prefix) {
        for await (const key of sound.keys()) if (key.startsWith(prefix)) await sound.remove(key)
      },
    }),
  ),
  broken('remove of nothing is an error', 'remove of nothing does nothing, once or twice', sound => () => ({
    async remove(key) {
      if (!(await sound.read(key))) throw new Error('no such key')
      await sound.remove(key)
    },
  })),
]
