// Deadlines count the time that a process runs. A process that stood still (a blocked event loop, SIGSTOP, a frozen
// container or tab) runs its timers before it reads its sockets, where a response may have arrived. The time therefore
// counts in parts, of which a pause can use up only one, and a late last part is followed by one more.
import { platform } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { AbortSignalLike } from '../ports/transport.ts'

const PARTS = 10
/** A part that ends later than this, in ms, shows that the process stood still. */
const LATE_MS = 50

/** Resolves when the process has run for `ms`, or when `signal` aborts. */
export async function ranFor(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  ms: number,
  signal: AbortSignalLike,
): Promise<void> {
  for (let left = PARTS; left > 0 && !signal.aborted; left--) {
    const dueMs = clock.monotonicMs() + ms / PARTS
    await clock.sleep(ms / PARTS, { signal })
    if (left === 1 && clock.monotonicMs() > dueMs + LATE_MS) await clock.sleep(ms / PARTS, { signal })
  }
}

/**
 * Calls `expire` when the process has run for `ms`. Keeps the process alive. Returns a function that cancels it. It is a loop
 * of its own, since a program with flow functions alone bundles no clock.
 */
export function startRunTimer(ms: number, expire: () => void): () => void {
  let cancel = (): void => {}
  const start = (left: number): void => {
    const dueMs = platform.performance.now() + ms / PARTS
    const timer = platform.setTimeout(() => {
      const isLate = platform.performance.now() > dueMs + LATE_MS
      if (left > 1 || (left === 1 && isLate)) start(left - 1)
      else expire()
    }, ms / PARTS)
    cancel = () => platform.clearTimeout(timer)
  }
  start(PARTS)
  return () => cancel()
}
