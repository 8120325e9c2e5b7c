import type { Clock } from '@latchkey/core/ports'
import { turn } from './platform.ts'

/** A `Clock` whose time stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Lets `ms` milliseconds pass: wakes the sleepers that are due, the earliest first and those of one instant in
   * the order in which they lay down; what a sleeper does when it wakes happens at its own instant.
   */
  advance(ms: number): Promise<void>
  /** Moves to the instant at which the next sleeper wakes; `false` when nobody sleeps. */
  advanceToNext(): Promise<boolean>
  /** Moves the wall clock alone, either way, as an administrator or a time server does. */
  jump(ms: number): void
  /** For each sleeper that has not woken, in how many ms it will, the next one first. */
  sleeping(): number[]
}

interface Sleeper {
  readonly wakesAtMs: number
  wake(): void
}

/** A `Clock` in virtual time. It starts at `nowMs` (Unix time in ms) by the wall, and at 0 by the monotonic clock. */
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
    if (!(ms >= 0)) throw new TypeError('ms must be a number of at least 0')
    const until = elapsedMs + ms
    await turn() // who is about to lie down is a sleeper too
    for (;;) {
      const next = inOrder()[0]
      if (!next || next.wakesAtMs > until) break
      moveTo(next.wakesAtMs)
      next.wake()
      await turn()
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
      await turn()
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
