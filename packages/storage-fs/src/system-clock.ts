import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock as clock } from '@latchkey/core/ports'

/** A longer delay overflows Node's timers, which then fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647

/** Core's clock, except that a sleep keeps the process alive: nothing else does while it waits for a lock. */
export const systemClock: Clock = {
  ...clock,
  sleep: async (ms, { signal } = {}) => {
    const options = signal ? { signal: signal as AbortSignal } : {}
    await sleep(Math.min(ms, LONGEST_TIMER_MS), undefined, options).catch(() => undefined)
  },
}
