import type { AbortSignalLike } from './transport.ts'

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }

/** An opaque version of the value of one key. Every write of another value changes it; an earlier value may bring its version back. */
export type Version = string | number

/** A stored value and its version. */
export interface Stored {
  /** Equal to what was written. */
  readonly value: Json
  /** What a compare-and-swap of this value expects. */
  readonly version: Version
}

/** The result of a compare-and-swap. If it did not write, `current` is the stored value (undefined: none). */
export type SwapResult =
  /** The value is stored, under `version`. */
  | { readonly swapped: true; readonly version: Version }
  /** The stored version was not `expected`. Nothing was written. */
  | { readonly swapped: false; readonly current: Stored | undefined }

/** A lock that is held. `release` ends this hold and no other. A second call does nothing. */
export interface LockHold {
  /** Resolves when others can acquire the lock. */
  release(): Promise<void>
}

/** Locks that end only when their holder releases them or dies, never because time has passed. */
export interface Locks {
  /** The scope within which holders exclude one another, such as a process, an origin or a host. */
  readonly scope: string
  /**
   * Acquires the lock of `key`. Resolves to `undefined` if it is not free within `waitMs` (0 tries once), or if
   * `signal` aborts or has aborted. Locks are not re-entrant: the holder waits like any other caller.
   */
  acquire(
    key: string,
    options: { readonly waitMs: number; readonly signal?: AbortSignalLike },
  ): Promise<LockHold | undefined>
}

/**
 * A store for tokens: three required methods, and optional capabilities.
 *
 * A key is any string, which the store makes safe for its medium. Values are JSON, and `read` returns an equal value.
 * Every method rejects when the medium fails: an error never looks like an absent value.
 */
export interface TokenStore {
  /** The scope in which `compareAndSwap` is atomic: this process, this browser origin, this host, or every host. */
  readonly atomicity: 'process' | 'origin' | 'host' | 'cluster'

  /** Returns the newest committed value, never a replica's older one. `undefined`: there is none, or it has expired. */
  read(key: string): Promise<Stored | undefined>

  /**
   * Writes `value` if and only if the stored version is still `expected` (`undefined`: nothing is stored). The write is
   * atomic within `atomicity`. When it resolves, the value is as durable as the medium allows. The value disappears at
   * `expiresAtMs` (Unix time in ms).
   */
  compareAndSwap(
    key: string,
    expected: Version | undefined,
    value: Json,
    options?: { readonly expiresAtMs?: number },
  ): Promise<SwapResult>

  /** Removes the value, if there is one. This is for cleanup only: a sign-out writes a value. */
  remove(key: string): Promise<void>

  /** Locks, if the medium has some that end with their holder. */
  readonly locks?: Locks

  /** Whether the last write of `key` is as durable as this store can make it. A wrong `false` does no harm. */
  confirm?(key: string): Promise<boolean>

  /**
   * Calls `listener` when `key` may have changed or been removed. It is a hint to read again: it may be late, repeated
   * or missing. Errors of `listener` are ignored. Returns a function that stops watching.
   */
  watch?(key: string, listener: () => void): () => void

  /** Returns every key once, in no order. It may omit or include a key that is written or removed meanwhile. */
  keys?(): AsyncIterable<string>

  /** Closes connections, watchers and timers. A second call does nothing. */
  close?(): Promise<void>
}
