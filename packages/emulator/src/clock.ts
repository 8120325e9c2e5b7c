import { argument } from './validate.ts'

/** The server's clock: every lifetime, every `Date` header and the ledger go by it. Tests move it, nobody waits. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number
  /** Moves the clock forward by a number of milliseconds; it goes on running from there. */
  advance(ms: number): void
  /** Sets the clock to a Unix time in milliseconds, backwards too; it goes on running from there. */
  set(ms: number): void
  /** Resolves when the server is holding back at least so many answers: then a test may let them go with `advance`. */
  sleeping(count?: number): Promise<void>
}

/** The clock as the server itself uses it. */
export interface ServerClock extends Clock {
  /** Resolves when the clock has come so many milliseconds further, by itself or moved by somebody. */
  sleep(ms: number): Promise<void>
  /** Forgets all sleeps; they never end. */
  stop(): void
}

interface Sleep {
  readonly dueAtMs: number
  readonly wake: () => void
  timer: NodeJS.Timeout
}

/** The longest a timer of Node's can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** A clock that shows what `now` says until somebody moves it. */
export function createClock(now: () => number = Date.now): ServerClock {
  let offsetMs = 0
  const sleeps = new Set<Sleep>()
  const watchers = new Set<() => void>()
  const nowMs = (): number => now() + offsetMs

  /** Ends a sleep that is due; else looks again when it should be, for `now` need not run like a real clock. */
  const look = (sleep: Sleep): void => {
    clearTimeout(sleep.timer)
    const leftMs = sleep.dueAtMs - nowMs()
    if (leftMs > 0) {
      sleep.timer = setTimeout(look, Math.min(Math.ceil(leftMs), MAX_TIMER_MS), sleep)
    } else if (sleeps.delete(sleep)) sleep.wake()
  }
  const move = (ms: number): void => {
    offsetMs = ms
    for (const sleep of [...sleeps]) look(sleep)
  }

  return {
    nowMs,
    advance(ms) {
      argument(Number.isFinite(ms) && ms >= 0, 'ms', 'a number of milliseconds, not negative')
      move(offsetMs + ms)
    },
    set(ms) {
      argument(Number.isFinite(ms), 'ms', 'a Unix time in milliseconds')
      move(ms - now())
    },
    sleep: ms =>
      new Promise(wake => {
        const sleep = { dueAtMs: nowMs() + ms, wake } as Sleep
        sleeps.add(sleep)
        look(sleep)
        for (const watcher of [...watchers]) watcher()
      }),
    sleeping: (count = 1) =>
      new Promise(resolve => {
        const watcher = (): void => {
          if (sleeps.size >= count && watchers.delete(watcher)) resolve()
        }
        watchers.add(watcher)
        watcher()
      }),
    stop() {
      for (const { timer } of sleeps) clearTimeout(timer)
      sleeps.clear()
    },
  }
}
