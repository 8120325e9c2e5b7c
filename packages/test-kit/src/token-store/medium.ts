import type { TokenStore } from '@latchkey/core'

/** An empty medium for one case: a folder, a database, a key prefix. */
export interface Medium {
  /**
   * Returns another instance over this medium, as another process, tab or host has. A store in memory returns the
   * same instance.
   */
  open(): TokenStore | Promise<TokenStore>
  /** The clock of the instances, if they accept one. Without it, cases wait in real time. */
  readonly clock?: {
    /** Returns the Unix time in ms. */
    nowMs(): number
    /** Moves the clock forward by `ms`; the store's values may expire. */
    advance(ms: number): void | Promise<void>
  }
  /** Makes every later operation of the medium fail, for example by stopping its server. */
  breakDown?(): void | Promise<void>
  /**
   * Runs this package's `increment(store, key, times)` in another process, tab or host that `atomicity` covers.
   * Resolves when it is done.
   */
  incrementInOtherProcess?(key: string, times: number): Promise<void>
  /** Deletes the medium, after the contract has closed its stores. */
  dispose?(): void | Promise<void>
  /** The time in ms after which a case fails. Default 10,000. */
  readonly timeoutMs?: number
}

/** An optional member of a store or a medium that a case requires. */
export type Need = keyof typeof NEEDS
/** The optional members of a `TokenStore`. */
export type Capability = 'locks' | 'confirm' | 'watch' | 'keys' | 'close'

/** Why a case is skipped if its need is not met. */
export const NEEDS = {
  locks: 'the store has no locks',
  confirm: 'the store has no confirm',
  watch: 'the store has no watch',
  keys: 'the store has no keys',
  close: 'the store has no close',
  clock: 'the store takes no clock',
  breakDown: 'the test cannot make this medium fail',
  incrementInOtherProcess: 'the test cannot run code in another process, tab or host',
} as const

/** Returns whether the store or the medium provides `need`. */
export function isMet(need: Need, store: TokenStore, medium: Medium): boolean {
  const provider =
    need === 'clock' || need === 'breakDown' || need === 'incrementInOtherProcess' ? medium : store
  return provider[need as never] !== undefined
}
