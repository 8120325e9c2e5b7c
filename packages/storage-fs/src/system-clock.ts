import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, systemClock as clock } from '@latchkey/core/ports'

/** A longer delay overflows Node's timers and fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647

/** Core's, but a sleep keeps the process: whoever waits for a lock here has nothing else that would. */
export const systemClock: Clock = {
  ...clock,
  sleep: async (ms, { signal } = {}) => {
    const options = signal ? { signal: signal as AbortSignal } : {}
    await pause(Math.min(ms, LONGEST_TIMER_MS), undefined, options).catch(() => undefined)
  },
}
