import type { AbortSignalLike } from './transport.ts'

/** Where time comes from. Tests pass one of their own. */
export interface Clock {
  /** Unix time in ms by the wall clock, which may jump either way. */
  nowMs(): number
  /** Milliseconds from an arbitrary start, never running backwards; it may stand still while the machine sleeps. */
  monotonicMs(): number
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; it never rejects, and does not keep a process. */
  sleep(ms: number, options?: { readonly signal?: AbortSignalLike }): Promise<void>
  /** Keeps the process from ending until what it returns is called; absent where nothing need be kept. */
  hold?(): () => void
}
