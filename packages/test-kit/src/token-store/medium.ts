import type { TokenStore } from '@latchkey/core'

/** An empty medium of its own for one case: a folder, a database, a prefix in one. */
export interface Medium {
  /**
   * Another instance over this medium, as another process, tab or host would have one. Where instances share
   * nothing but their own memory, the same instance again.
   */
  open(): TokenStore | Promise<TokenStore>
  /** The clock that the instances were given, where they take one; without it, expiries really pass. */
  readonly clock?: {
    nowMs(): number
    advance(ms: number): void | Promise<void>
  }
  /** Makes every later operation of the medium fail: unmounts it, stops its server, breaks its file handle. */
  breakDown?(): void | Promise<void>
  /**
   * Runs `increments(store, key, times)` of this kit in another process, tab or host of the circle that
   * `atomicity` names, and resolves when it is done.
   */
  elsewhere?(key: string, times: number): Promise<void>
  /** Takes the medium away; the contract has closed its stores by then. */
  dispose?(): void | Promise<void>
  /** How long a case may take, in ms, before it counts as hung. Default 10,000. */
  readonly patienceMs?: number
}

/** What a store must have beyond its three methods, or its test beyond `open`, for a case to apply. */
export type Need = keyof typeof NEEDS
export type Capability = 'locks' | 'confirm' | 'watch' | 'keys' | 'close'

/** Why a case is skipped where its need is not met. */
export const NEEDS = {
  locks: 'the store has no locks',
  confirm: 'the store has no confirm',
  watch: 'the store has no watch',
  keys: 'the store has no keys',
  close: 'the store has no close',
  clock: 'the store takes no clock that a test could move',
  breakDown: 'the test cannot make this medium fail',
  elsewhere: 'the test runs nothing in another process, tab or host',
} as const

/** What of `Need` is there. */
export function isMet(need: Need, store: TokenStore, medium: Medium): boolean {
  const holder = need === 'clock' || need === 'breakDown' || need === 'elsewhere' ? medium : store
  return holder[need as never] !== undefined
}
