import type { Clock } from '@latchkey/core/ports'
import { yieldToEventLoop } from './platform.ts'

/** A `Clock` that only a test advances. */
export interface FakeClock extends Clock {
  /**
   * Advances both clocks by `ms` milliseconds. Wakes the sleepers that are due, earliest first; sleepers due at the
   * same instant wake in the order of their calls. Each runs at its own instant.
   */
  advance(ms: number): Promise<void>
  /** Advances to the instant at which the next sleeper wakes. Resolves to `false` if there is none. */
  advanceToNext(): Promise<boolean>
  /** Changes the wall clock only, by `ms` in either direction, as an administrator or a time server does. */
  jump(ms: number): void
  /** Returns the remaining time in ms of each sleeper, the next one first. */
  sleeping(): number[]
}

interface Sleeper {
  readonly wakesAtMs: number
  wake(): void
}

/** Creates a `Clock` in virtual time. The wall clock starts at `nowMs` (Unix time in ms), the monotonic clock at 0. */
export function fakeClock({
  nowMs = Date.UTC(2026, 0, 2, 3, 4, 5),
}: { readonly nowMs?: number } = {}): FakeClock {
  let elapsedMs = 0
  let wallMs = nowMs
  const sleepers = new Set<Sleeper>()
  const inOrder = (): Sleeper[] => [...sleepers].sort((a, b) => a.wakesAtMs - b.wakesAtMs)

  const moveTo = (instant: number): void => {
    wallMs += Math.max(0, instant - elapsedMs)
    elapsedMs = Math.max(elapsedMs, instant)
  }

  const advance = async (ms: number): Promise<void> => {
    if (!(ms >= 0)) throw new TypeError('ms must be a number, at least 0')
    const until = elapsedMs + ms
    await yieldToEventLoop() // lets pending calls of sleep() register
    for (;;) {
      const next = inOrder()[0]
      if (!next || next.wakesAtMs > until) break
      moveTo(next.wakesAtMs)
      next.wake()
      await yieldToEventLoop()
    }
    moveTo(until)
  }

  return {
    nowMs: () => wallMs,
    monotonicMs: () => elapsedMs,
    sleep: (ms, { signal } = {}) =>
      new Promise(resolve => {
        if (!(ms > 0) || signal?.aborted) return resolve()
        const sleeper: Sleeper = {
          wakesAtMs: elapsedMs + ms,
          wake() {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake, { once: true })
      }),
    advance,
    async advanceToNext() {
      await yieldToEventLoop()
      const next = inOrder()[0]
      if (next) await advance(next.wakesAtMs - elapsedMs)
      return next !== undefined
    },
    jump(ms) {
      wallMs += ms
    },
    sleeping: () => inOrder().map(sleeper => sleeper.wakesAtMs - elapsedMs),
  }
}
