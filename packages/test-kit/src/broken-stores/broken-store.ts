import { MemoryTokenStore, type TokenStore } from '@latchkey/core'
import { type FakeClock, fakeClock } from '../fake-clock.ts'
import type { Medium } from '../token-store/medium.ts'

/** A store with one mistake that adapters make, and the contract case that catches it. */
export interface BrokenStore {
  /** A short description of the mistake. */
  readonly mistake: string
  /** The name of a contract case that fails. */
  readonly caughtBy: string
  /** Returns an empty medium in memory, whose stores make the mistake. */
  readonly newMedium: () => Medium
}

/**
 * The methods that the mistake replaces in `sound`, a correct store. The outer function runs once per medium, the
 * inner one once per instance.
 */
export type Defect = (sound: Required<TokenStore>, clock: FakeClock) => () => Partial<TokenStore>

export function brokenStore(mistake: string, caughtBy: string, defect: Defect): BrokenStore {
  return { mistake, caughtBy, newMedium: () => mediumWith(defect) }
}

/** Creates a medium in memory that can break down. Its instances are correct except for `defect`. */
export function mediumWith(defect: Defect): Medium {
  const clock = fakeClock()
  const memory = new MemoryTokenStore({ clock })
  let down = false
  const connected = (): MemoryTokenStore => {
    if (down) throw new Error('the medium has broken down')
    return memory
  }
  const sound: Required<TokenStore> = {
    atomicity: 'process',
    read: async key => connected().read(key),
    compareAndSwap: async (key, expected, value, options) =>
      connected().compareAndSwap(key, expected, value, options),
    remove: async key => connected().remove(key),
    locks: memory.locks,
    confirm: async () => connected().confirm(),
    watch: (key, listener) => memory.watch(key, listener),
    async *keys() {
      yield* connected().keys()
    },
    close: () => memory.close(),
  }
  const createInstance = defect(sound, clock)
  return {
    open: () => ({ ...sound, ...createInstance() }),
    clock,
    breakDown() {
      down = true
    },
    timeoutMs: 300,
  }
}

/** Writes without comparing versions, as a store without compare-and-swap does. */
export async function overwrite(
  store: TokenStore,
  ...[key, , value, options]: Parameters<TokenStore['compareAndSwap']>
): ReturnType<TokenStore['compareAndSwap']> {
  for (;;) {
    const result = await store.compareAndSwap(key, (await store.read(key))?.version, value, options)
    if (result.swapped) return result
  }
}
