import type { TokenStore } from '@latchkey/core'
import type { Json, Stored } from '@latchkey/core/ports'
import { yieldToEventLoop } from '../platform.ts'
import { increment } from '../token-store/racing.ts'
import { brokenStore, type BrokenStore, type Defect, mediumWith, overwrite } from './broken-store.ts'

/** A swap that reads, compares, awaits `between`, and then writes. */
const readThenWrite =
  (between: () => Promise<unknown>): ((sound: TokenStore) => TokenStore['compareAndSwap']) =>
  sound =>
  async (key, expected, value, options) => {
    const current = await sound.read(key)
    if (current?.version !== expected) return { swapped: false, current }
    await between()
    return overwrite(sound, key, expected, value, options)
  }

/** A swap that is atomic only among callers that share `queue`. */
const queuedSwap =
  (queue: { last: Promise<unknown> }, sound: TokenStore): TokenStore['compareAndSwap'] =>
  (...args) => {
    const result = queue.last.then(() => readThenWrite(yieldToEventLoop)(sound)(...args))
    queue.last = result.catch(() => {})
    return result
  }

/** Replaces the versions of a correct store with those of `versionOf`. */
const withVersions =
  (versionOf: (stored: Stored) => string | number): Defect =>
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

/** Mistakes in `read`, `compareAndSwap` and `remove`. */
export const brokenSwaps: readonly BrokenStore[] = [
  brokenStore(
    'compareAndSwap ignores the expected version',
    'a swap from a stale version fails, returns the current value, and changes nothing',
    sound => () => ({ compareAndSwap: (...args) => overwrite(sound, ...args) }),
  ),
  brokenStore(
    'a swap is a separate read, comparison and write',
    'one of 50 concurrent swaps from one version succeeds',
    sound => () => ({ compareAndSwap: readThenWrite(yieldToEventLoop)(sound) }),
  ),
  brokenStore(
    'swaps are atomic within one instance only',
    'one of 50 concurrent swaps from one version by two instances succeeds',
    sound => () => ({ compareAndSwap: queuedSwap({ last: Promise.resolve() }, sound) }),
  ),
  {
    mistake: 'swaps are atomic within one process only, and atomicity says more',
    caughtBy: 'no increment is lost between this process and another',
    newMedium() {
      let process = { last: Promise.resolve() }
      const medium = mediumWith(sound => () => ({ compareAndSwap: queuedSwap(process, sound) }))
      const incrementInOtherProcess = async (key: string, times: number): Promise<void> => {
        process = { last: Promise.resolve() }
        await increment(await medium.open(), key, times)
      }
      return { ...medium, incrementInOtherProcess }
    },
  },
  brokenStore(
    'a swap from undefined overwrites',
    'a swap from undefined fails if a value exists, returns it, and changes nothing',
    sound => () => ({
      compareAndSwap: (key, expected, ...rest) =>
        expected === undefined
          ? overwrite(sound, key, expected, ...rest)
          : sound.compareAndSwap(key, expected, ...rest),
    }),
  ),
  brokenStore(
    'a swap from a version inserts a missing value',
    'a swap from a version fails if no value exists',
    sound => () => ({
      compareAndSwap: async (key, expected, ...rest) =>
        sound.compareAndSwap(key, (await sound.read(key)) && expected, ...rest),
    }),
  ),
  brokenStore(
    'a failed swap does not return the current value',
    'the version that a failed swap returns works for the next swap',
    sound => () => ({
      async compareAndSwap(...args) {
        const result = await sound.compareAndSwap(...args)
        return result.swapped ? result : { swapped: false, current: undefined }
      },
    }),
  ),
  brokenStore(
    'a swap returns the version that it replaced',
    'a swap from undefined writes, and returns the version that read returns',
    sound => () => ({
      async compareAndSwap(key, expected, ...rest) {
        const result = await sound.compareAndSwap(key, expected, ...rest)
        return result.swapped ? { swapped: true, version: expected ?? 0 } : result
      },
    }),
  ),
  brokenStore(
    'versions are as coarse as file times',
    'a swap from the current version writes',
    withVersions(() => 1_767_323_045),
  ),
  brokenStore(
    'versions restart after a removal',
    'after remove, a swap from undefined writes, and a swap from an old version always fails',
    sound => {
      const counts = new Map<string, number>()
      const { read, compareAndSwap } = sound
      const withCountedVersion = (key: string, stored: Stored | undefined) =>
        stored && { ...stored, version: counts.get(key) ?? 0 }
      return () => ({
        read: async key => withCountedVersion(key, await read(key)),
        async compareAndSwap(key, expected, value, options) {
          const stored = await read(key)
          const failed = { swapped: false, current: withCountedVersion(key, stored) } as const
          if (failed.current?.version !== expected) return failed
          const result = await compareAndSwap(key, stored?.version, value, options)
          if (!result.swapped) return failed
          const version = (stored ? (counts.get(key) ?? 0) : 0) + 1
          counts.set(key, version)
          return { swapped: true, version }
        },
      })
    },
  ),
  brokenStore(
    "a read returns the instance's cached value",
    'an instance immediately reads and swaps what another instance wrote',
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
  brokenStore(
    'a read comes from a replica that lags one write behind',
    'a swap from undefined writes, and returns the version that read returns',
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
  brokenStore(
    'a swap resolves before it has written',
    'a swap from undefined writes, and returns the version that read returns',
    sound => {
      let nextVersion = 1_000
      return () => ({
        async compareAndSwap(...args) {
          void yieldToEventLoop()
            .then(() => sound.compareAndSwap(...args))
            .catch(() => {})
          return { swapped: true, version: nextVersion++ }
        },
      })
    },
  ),
  brokenStore(
    'a value is written in two halves',
    'a read during writes returns a complete value, never an older one than the last read',
    sound => () => ({
      async compareAndSwap(key, expected, value, options) {
        const half = value && Object.fromEntries(Object.entries(value).slice(0, 1))
        const first = await sound.compareAndSwap(key, expected, half as Json, options)
        await yieldToEventLoop()
        return first.swapped ? sound.compareAndSwap(key, first.version, value, options) : first
      },
    }),
  ),
  brokenStore(
    'remove hides the value in its own instance only',
    'remove deletes the value for every instance, and no other value',
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
  brokenStore(
    'remove deletes every key with the same prefix',
    'every string is a distinct key to write, read and remove',
    sound => () => ({
      async remove(prefix) {
        for await (const key of sound.keys()) if (key.startsWith(prefix)) await sound.remove(key)
      },
    }),
  ),
  brokenStore('remove of an absent key is an error', 'remove of an absent key does nothing', sound => () => ({
    async remove(key) {
      if (!(await sound.read(key))) throw new Error('no such key')
      await sound.remove(key)
    },
  })),
]
