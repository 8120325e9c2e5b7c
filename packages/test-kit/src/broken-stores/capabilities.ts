import type { TokenStore } from '@latchkey/core'
import { brokenStore, type BrokenStore } from './broken-store.ts'

const FAILING = 'read, compareAndSwap and remove reject when the medium fails'
const LISTED = 'every instance lists every key once, exactly as written'

const ignoreErrors = (promise: Promise<unknown>): void => void promise.catch(() => {})

/** Mistakes in error handling, `keys`, `confirm`, `watch` and `close`. */
export const brokenCapabilities: readonly BrokenStore[] = [
  brokenStore('a failed read counts as absent', FAILING, sound => () => ({
    read: key => sound.read(key).catch(() => undefined),
  })),
  brokenStore('a failed write counts as done', FAILING, sound => () => ({
    compareAndSwap: (...args) => sound.compareAndSwap(...args).catch(() => ({ swapped: true, version: 0 })),
  })),
  brokenStore('a failed write counts as a failed comparison', FAILING, sound => () => ({
    compareAndSwap: (...args) =>
      sound.compareAndSwap(...args).catch(() => ({ swapped: false, current: undefined })),
  })),
  brokenStore('a failed removal counts as done', FAILING, sound => () => ({
    remove: key => sound.remove(key).catch(() => {}),
  })),
  brokenStore('an error truncates the list of keys', 'keys rejects when the medium fails', sound => () => ({
    async *keys() {
      try {
        yield* sound.keys()
      } catch {
        // Nothing more to list.
      }
    },
  })),
  brokenStore('only the first page of keys is listed', LISTED, sound => () => ({
    async *keys() {
      let remaining = 10
      for await (const key of sound.keys()) if (remaining-- > 0) yield key
    },
  })),
  brokenStore('keys are listed with the prefix of the medium', LISTED, sound => () => ({
    async *keys() {
      for await (const key of sound.keys()) yield `latchkey:${key}`
    },
  })),
  brokenStore('a key is listed once per page', LISTED, sound => () => ({
    async *keys() {
      yield* sound.keys()
      yield* sound.keys()
    },
  })),
  brokenStore('expired values are listed', 'an expired value is not listed', ({ keys, compareAndSwap }) => {
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
  brokenStore(
    'confirm returns undefined',
    'confirm returns true after a write, and does not reject after a removal',
    () => () => ({
      confirm: async () => undefined as never,
    }),
  ),
  brokenStore(
    'confirm always returns true',
    'confirm rejects or returns false when the medium fails',
    () => () => ({
      confirm: async () => true,
    }),
  ),
  brokenStore(
    'a listener is never called',
    'a listener is called without arguments when another instance changes the value',
    () => () => ({
      watch: () => () => {},
    }),
  ),
  brokenStore(
    'a listener is called for writes of its own instance only',
    'a listener is called without arguments when another instance changes the value',
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
  brokenStore(
    'a listener is called with the value',
    'a listener is called without arguments when another instance changes the value',
    ({ watch, read }) =>
      () => ({
        watch: (key, listener: (value?: unknown) => void) =>
          watch(key, () => ignoreErrors(read(key).then(stored => listener(stored?.value)))),
      }),
  ),
  brokenStore(
    'a listener is not called for a removal',
    'a listener is called when another instance removes the value',
    ({ watch, read }) =>
      () => ({
        watch: (key, listener) =>
          watch(key, () => ignoreErrors(read(key).then(stored => stored && listener()))),
      }),
  ),
  brokenStore(
    'unwatch does nothing',
    'a listener is not called after unwatch, others still are, and unwatch can be called twice',
    ({ watch }) =>
      () => ({
        watch(key, listener) {
          watch(key, listener)
          return () => {}
        },
      }),
  ),
  brokenStore(
    'a key has one listener',
    'a listener is not called after unwatch, others still are, and unwatch can be called twice',
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
  brokenStore(
    'a listener that throws fails the write',
    'a listener that throws affects no write and no other listener',
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
  brokenStore('close does not remove the listeners', 'no listener is called after close', () => () => ({
    close: async () => {},
  })),
  brokenStore(
    'a second close is an error',
    'close can be called twice, concurrently, and on an instance that was never used',
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
  brokenStore(
    'close deletes the values',
    'another instance reads a value written before close',
    ({ keys, remove }) =>
      () => ({
        async close() {
          for await (const key of keys()) await remove(key)
        },
      }),
  ),
  brokenStore(
    'close never resolves',
    'close can be called twice, concurrently, and on an instance that was never used',
    () => () => ({
      close: () => new Promise(() => {}),
    }),
  ),
  brokenStore(
    'an absent capability is null',
    'keys is complete or undefined, the same in every instance',
    () => () => ({
      keys: null as never,
    }),
  ),
  brokenStore(
    'an absent capability is an incomplete object',
    'locks is complete or undefined, the same in every instance',
    ({ locks }) =>
      () => ({
        locks: { scope: locks.scope } as never,
      }),
  ),
  brokenStore(
    'only the first instance has a capability',
    'watch is complete or undefined, the same in every instance',
    () => {
      let instances = 0
      return (): Partial<TokenStore> => (instances++ % 2 ? { watch: undefined as never } : {})
    },
  ),
  brokenStore(
    'atomicity is an unknown value',
    'atomicity is one of the four values, the same in every instance',
    () => () => ({
      atomicity: 'global' as never,
    }),
  ),
]
