import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '@latchkey/core'

/** A longer delay overflows Node's timers and fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, { signal } = {}) => {
    const options = signal ? { signal: signal as AbortSignal } : {}
    await pause(Math.min(ms, LONGEST_TIMER_MS), undefined, options).catch(() => undefined)
  },
}
