// What every runtime has and the kit uses, taken when the kit is loaded: a test that fakes timers later does not
// stop it.
import type { AbortSignalLike } from '@latchkey/core/ports'

interface Platform {
  readonly AbortController: new () => { readonly signal: AbortSignalLike; abort(): void }
  readonly performance: { now(): number }
  readonly setTimeout: (callback: () => void, ms: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
  readonly setImmediate?: (callback: () => void) => unknown
}

const runtime = globalThis as unknown as Platform
const { setTimeout, clearTimeout, setImmediate } = runtime // a browser's are no methods of anything else

export const platform: Pick<Platform, 'AbortController' | 'performance'> = {
  AbortController: runtime.AbortController,
  performance: runtime.performance,
}

/** Lets everything run that can run now: promises, and whatever the event loop already holds. */
export function turn(): Promise<void> {
  return new Promise(resolve => (setImmediate ? setImmediate(resolve) : setTimeout(resolve, 0)))
}

/** Really waits. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** What `work` comes to, or an error with `message()` after `ms` of real time. */
export async function within<T>(ms: number, work: Promise<T>, message: () => string): Promise<T> {
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
