import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { type FakeClock, fakeClock } from '../fake-clock.ts'
import type { Medium } from '../token-store/medium.ts'

/** A store with one mistake that an adapter can make, and the case of the contract that catches it. */
export interface BrokenStore {
  /** The mistake, in a few words. */
  readonly mistake: string
  /** The name of a case that fails. */
  readonly caughtBy: string
  readonly newMedium: () => Medium
}

/**
 * What the mistake changes. The outer function runs once a medium, the inner one once an instance over it;
 * `sound` does everything right.
 */
export type Change = (sound: Required<TokenStore>, clock: FakeClock) => () => Partial<TokenStore>

export function broken(mistake: string, caughtBy: string, change: Change): BrokenStore {
  return { mistake, caughtBy, newMedium: () => mediumWith(change) }
}

/** A medium in memory that can break down, and whose instances are sound but for `change`. */
export function mediumWith(change: Change): Medium {
  const clock = fakeClock()
  const memory = new MemoryTokenStore({ clock })
  let down = false
  const up = (): MemoryTokenStore => {
    if (down) throw new Error('the medium has broken down')
    return memory
  }
  const sound: Required<TokenStore> = {
    atomicity: 'process',
    read: async key => up().read(key),
    compareAndSwap: async (key, expected, value, options) =>
      up().compareAndSwap(key, expected, value, options),
    remove: async key => up().remove(key),
    locks: memory.locks,
    confirm: async () => up().confirm(),
    watch: (key, listener) => memory.watch(key, listener),
    async *keys() {
      yield* up().keys()
    },
    close: () => memory.close(),
  }
  const instance = change(sound, clock)
  return {
    open: () => ({ ...sound, ...instance() }),
    clock,
    breakDown() {
      down = true
    },
    patienceMs: 300,
  }
}

/** Writes whatever is stored: what a store does that has no compare-and-swap. */
export async function overwrite(
  store: TokenStore,
  ...[key, , value, options]: Parameters<TokenStore['compareAndSwap']>
): ReturnType<TokenStore['compareAndSwap']> {
  for (;;) {
    const result = await store.compareAndSwap(key, (await store.read(key))?.version, value, options)
    if (result.swapped) return result
  }
}
