import type { AbortSignalLike } from './transport.ts'

/** What a JSON document can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }

/** An opaque mark of what is stored under one key: as long as it is the same, so is the value. */
export type Version = string | number

/** A stored value and its version. */
export interface Stored {
  readonly value: Json
  readonly version: Version
}

/** What became of a swap: done, or refused because `current` (undefined: nothing) is what is stored. */
export type SwapResult =
  | { readonly swapped: true; readonly version: Version }
  | { readonly swapped: false; readonly current: Stored | undefined }

/** A lock that is held; `release` gives up this hold and no other, and is harmless the second time. */
export interface LockHold {
  release(): Promise<void>
}

/** Locks that only their holder's release or death gives up, never a clock. */
export interface Locks {
  /** Names the circle of holders that exclude one another: a process, an origin, a host. */
  readonly scope: string
  /**
   * Resolves to `undefined` when the lock was not had within `waitMs` (0 tries once) or when `signal` aborted,
   * be it beforehand. Not re-entrant: who holds the lock of `key` waits for it like anybody else.
   */
  acquire(
    key: string,
    options: { readonly waitMs: number; readonly signal?: AbortSignalLike },
  ): Promise<LockHold | undefined>
}

/**
 * Where tokens are kept: three methods, and capabilities told by their presence.
 *
 * Keys are any string; a store makes them safe for its medium itself. Values are JSON and come back equal.
 * Every method rejects when the medium fails: an error never looks like an absent value.
 */
export interface TokenStore {
  /** How far `compareAndSwap` is atomic: within this process, this browser origin, this host, or everywhere. */
  readonly atomicity: 'process' | 'origin' | 'host' | 'cluster'

  /** The newest committed value, never a replica's older one; `undefined` when there is none or it expired. */
  read(key: string): Promise<Stored | undefined>

  /**
   * Writes `value` if and only if what is stored still has the version `expected` (`undefined`: nothing is
   * stored). Atomic as far as `atomicity` says, and durable when it resolves as far as the medium allows.
   * `expiresAtMs` (Unix time in ms) makes the value disappear by itself.
   */
  compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    options?: { readonly expiresAtMs?: number },
  ): Promise<SwapResult>

  /** Removes the value; nothing happens when there is none. This is housekeeping: a sign-out is a value. */
  remove(key: string): Promise<void>

  readonly locks?: Locks

  /** Whether the last write of `key` is as durable as this store can make it. It may say `false` harmlessly. */
  confirm?(key: string): Promise<boolean>

  /**
   * Calls `listener` when `key` may have changed, by a removal too: a hint to read again, which may be late,
   * doubled or missing. What `listener` throws disturbs nobody.
   */
  watch?(key: string, listener: () => void): () => void

  /** Every key there is, once, in no order; a key that comes or goes meanwhile may be among them or not. */
  keys?(): AsyncIterable<string>

  /** Gives up connections, watchers and timers; harmless the second time. */
  close?(): Promise<void>
}
