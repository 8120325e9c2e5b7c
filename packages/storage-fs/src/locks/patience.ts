import type { AbortSignalLike, Clock } from '@latchkey/core/ports'

/** How long a caller waits. */
export interface Patience {
  /** Whether it is over: the time has passed, or the caller's signal aborted. */
  readonly isOver: () => boolean
  readonly over: Promise<void>
  /** Ends it, and gives up its timer. */
  end(): void
}

export function patienceOf(clock: Clock, waitMs: number, signal: AbortSignalLike | undefined): Patience {
  const end = new AbortController()
  const abort = (): void => end.abort('over')
  signal?.addEventListener('abort', abort, { once: true })
  let isOver = !(waitMs > 0)
  const wait = isOver ? Promise.resolve() : clock.sleep(waitMs, { signal: end.signal })
  const over = wait.then(() => {
    isOver = true
    signal?.removeEventListener('abort', abort)
  })
  return { isOver: () => isOver || end.signal.aborted, over, end: abort }
}
