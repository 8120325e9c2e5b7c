// Globals that every runtime has. They are read when the kit is loaded, so that tests may fake timers later.
import type { AbortSignalLike } from '@latchkey/core/ports'

interface Platform {
  readonly AbortController: new () => { readonly signal: AbortSignalLike; abort(): void }
  readonly performance: { now(): number }
  readonly setTimeout: (callback: () => void, ms: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
  readonly setImmediate?: (callback: () => void) => unknown
}

const runtime = globalThis as unknown as Platform
const { setTimeout, clearTimeout, setImmediate } = runtime // browsers reject another `this`

export const platform: Pick<Platform, 'AbortController' | 'performance'> = {
  AbortController: runtime.AbortController,
  performance: runtime.performance,
}

/** Resolves after pending promise callbacks and the tasks already queued in the event loop have run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise(resolve => (setImmediate ? setImmediate(resolve) : setTimeout(resolve, 0)))
}

/** Waits `ms` of real time. */
export function delay(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Resolves like `work`, or rejects with `message()` after `ms` of real time. */
export async function withTimeout<T>(ms: number, work: Promise<T>, message: () => string): Promise<T> {
  let timer: unknown
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
