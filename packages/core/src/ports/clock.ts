import type { AbortSignalLike } from './transport.ts'

/** A source of time. Tests pass a fake one. */
export interface Clock {
  /** Returns the Unix time in ms. The wall clock may jump forwards or backwards. */
  nowMs(): number
  /** Returns ms since an arbitrary start. It never decreases, and may stop while the machine sleeps. */
  monotonicMs(): number
  /** Resolves after `ms`, or when `signal` aborts. It never rejects, and does not keep the process running. */
  sleep(ms: number, options?: { readonly signal?: AbortSignalLike }): Promise<void>
  /** Keeps the process running until you call the function that it returns. Absent if the runtime needs no hold. */
  hold?(): () => void
}
