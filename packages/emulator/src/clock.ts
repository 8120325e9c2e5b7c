import { argument } from './validate.ts'

/** The server's clock: every lifetime, every `Date` header and the ledger go by it. Tests move it, nobody waits. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number
  /** Moves the clock forward by a number of milliseconds; it goes on running from there. */
  advance(ms: number): void
  /** Sets the clock to a Unix time in milliseconds, backwards too; it goes on running from there. */
  set(ms: number): void
}

/** A clock that shows what `now` says until somebody moves it. */
export function createClock(now: () => number = Date.now): Clock {
  let offsetMs = 0
  const nowMs = (): number => now() + offsetMs
  return {
    nowMs,
    advance(ms) {
      argument(Number.isFinite(ms) && ms >= 0, 'ms', 'a number of milliseconds, not negative')
      offsetMs += ms
    },
    set(ms) {
      argument(Number.isFinite(ms), 'ms', 'a Unix time in milliseconds')
      offsetMs = ms - now()
    },
  }
}
