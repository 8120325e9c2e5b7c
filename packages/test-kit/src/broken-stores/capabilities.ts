import type { TokenStore } from '@latchkey/core'
import { broken, type BrokenStore } from './broken-store.ts'

const FAILING = 'when the medium fails read, compareAndSwap and remove reject'
const LISTED = 'every key is listed as it was written, once, by every instance'

/** Goes on without waiting, whatever becomes of it. */
const told = (hint: Promise<unknown>): void => void hint.catch(() => {})

/** Mistakes with errors, lists, hints and endings. */
export const brokenCapabilities: readonly BrokenStore[] = [
  broken('an error of a read counts as absent', FAILING, sound => () => ({
    read: key => sound.read(key).catch(() => undefined),
  })),
  broken('an error of a write is swallowed', FAILING, sound => () => ({
    compareAndSwap: (...args) => sound.compareAndSwap(...args).catch(() => ({ swapped: true, version: 0 })),
  })),
  broken('an error of a write counts as a refusal', FAILING, sound => () => ({
    compareAndSwap: (...args) =>
      sound.compareAndSwap(...args).catch(() => ({ swapped: false, current: undefined })),
  })),
  broken('an error of a removal is swallowed', FAILING, sound => () => ({
    remove: key => sound.remove(key).catch(() => {}),
  })),
  broken('an error ends the list of keys early', 'when the medium fails keys rejects', sound => () => ({
    async *keys() {
      try {
        yield* sound.keys()
      } catch {
        // Nothing more to list.
      }
    },
  })),
  broken('only the first page of keys is listed', LISTED, sound => () => ({
    async *keys() {
      let left = 10
      for await (const key of sound.keys()) if (left-- > 0) yield key
    },
  })),
  broken('keys are listed as the medium names them', LISTED, sound => () => ({
    async *keys() {
      for await (const key of sound.keys()) yield `latchkey:${key}`
    },
  })),
  broken('a key is listed once a page', LISTED, sound => () => ({
    async *keys() {
      yield* sound.keys()
      yield* sound.keys()
    },
  })),
  broken('what has expired is listed', 'an expired value is not listed', ({ keys, compareAndSwap }) => {
    const written = new Set<string>()
    return () => ({
      async *keys() {
        for await (const key of keys()) written.add(key)
        yield* written
      },
      compareAndSwap(key, ...rest) {
        written.add(key)
        return compareAndSwap(key, ...rest)
      },
    })
  }),
  broken(
    'confirm says nothing',
    'confirm says true after a write, and does not fail after a removal',
    () => () => ({
      confirm: async () => undefined as never,
    }),
  ),
  broken(
    'confirm says true whatever happens',
    'when the medium fails confirm rejects or says false',
    () => () => ({
      confirm: async () => true,
    }),
  ),
  broken(
    'a watcher is never told',
    'a listener is told that another instance changed the value, and nothing more',
    () => () => ({
      watch: () => () => {},
    }),
  ),
  broken(
    'a watcher is told of its own instance only',
    'a listener is told that another instance changed the value, and nothing more',
    ({ compareAndSwap }) =>
      () => {
        const listeners = new Map<string, () => void>()
        return {
          watch(key, listener) {
            listeners.set(key, listener)
            return () => listeners.delete(key)
          },
          async compareAndSwap(key, ...rest) {
            const result = await compareAndSwap(key, ...rest)
            listeners.get(key)?.()
            return result
          },
        }
      },
  ),
  broken(
    'a watcher is given the value',
    'a listener is told that another instance changed the value, and nothing more',
    ({ watch, read }) =>
      () => ({
        watch: (key, listener: (value?: unknown) => void) =>
          watch(key, () => told(read(key).then(stored => listener(stored?.value)))),
      }),
  ),
  broken(
    'a watcher is not told of a removal',
    'a listener is told that another instance removed the value',
    ({ watch, read }) =>
      () => ({
        watch: (key, listener) => watch(key, () => told(read(key).then(stored => stored && listener()))),
      }),
  ),
  broken(
    'a watcher cannot be taken away',
    'a listener that was taken away is not called, and others still are; twice is harmless',
    ({ watch }) =>
      () => ({
        watch(key, listener) {
          watch(key, listener)
          return () => {}
        },
      }),
  ),
  broken(
    'a key has one watcher',
    'a listener that was taken away is not called, and others still are; twice is harmless',
    ({ watch }) => {
      const watching = new Map<string, () => void>()
      return () => ({
        watch(key, listener) {
          watching.get(key)?.()
          const unwatch = watch(key, listener)
          watching.set(key, unwatch)
          return () => watching.get(key)?.()
        },
      })
    },
  ),
  broken(
    'a watcher that throws breaks the write',
    'a listener that throws breaks neither the write nor the other listeners',
    ({ compareAndSwap }) => {
      const listeners = new Set<() => void>()
      return () => ({
        watch(_, listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        async compareAndSwap(...args) {
          const result = await compareAndSwap(...args)
          for (const listener of listeners) listener()
          return result
        },
      })
    },
  ),
  broken('close leaves the watchers', 'no listener is called after close', () => () => ({
    close: async () => {},
  })),
  broken(
    'a second close is an error',
    'close can be called twice, also at once and on an instance that was never used',
    ({ close }) =>
      () => {
        let closed = false
        return {
          async close() {
            if (closed) throw new Error('not open')
            closed = true
            await close()
          },
        }
      },
  ),
  broken(
    'close takes what was written with it',
    'what was written is there after close, for another instance',
    ({ keys, remove }) =>
      () => ({
        async close() {
          for await (const key of keys()) await remove(key)
        },
      }),
  ),
  broken(
    'close waits for something that never comes',
    'close can be called twice, also at once and on an instance that was never used',
    () => () => ({
      close: () => new Promise(() => {}),
    }),
  ),
  broken(
    'an absent capability is null',
    'keys is there whole or is undefined, the same in every instance',
    () => () => ({
      keys: null as never,
    }),
  ),
  broken(
    'an absent capability is half there',
    'locks is there whole or is undefined, the same in every instance',
    ({ locks }) =>
      () => ({
        locks: { scope: locks.scope } as never,
      }),
  ),
  broken(
    'only the first instance has a capability',
    'watch is there whole or is undefined, the same in every instance',
    () => {
      let instances = 0
      return (): Partial<TokenStore> => (instances++ % 2 ? { watch: undefined as never } : {})
    },
  ),
  broken('atomicity is made up', 'atomicity is one of the four, the same in every instance', () => () => ({
    atomicity: 'global' as never,
  })),
]
