/** A pause of the process, however long, counts as at most one of these parts of the time. */
const TICKS = 10

/** A tick that is later than this, in ms, means that the process stood still. */
const LATE_MS = 50

/**
 * Calls `expire` after the process has run for `ms`. Returns a function that cancels it.
 *
 * A process that stood still (a blocked event loop, SIGSTOP, a frozen container or tab) runs its timers before it reads
 * its sockets. Therefore the time is counted in ticks, and a late last tick is followed by one more, in which the data
 * that has arrived is read.
 */
export function startRunTimer(ms: number, expire: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tick = (remaining: number): void => {
    const dueMs = performance.now() + ms / TICKS
    timer = setTimeout(() => {
      const isLate = performance.now() > dueMs + LATE_MS
      if (remaining > 1 || (remaining === 1 && isLate)) tick(remaining - 1)
      else expire()
    }, ms / TICKS)
  }
  tick(TICKS)
  return () => clearTimeout(timer)
}
