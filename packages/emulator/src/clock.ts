import { argument } from './validate.ts'

/** The server's clock, which lifetimes, `Date` headers and the ledger use. Tests move it instead of waiting. */
export interface Clock {
  /** Returns the Unix time in ms. */
  nowMs(): number
  /** Moves the clock forward by `ms` milliseconds. It continues to run. */
  advance(ms: number): void
  /** Sets the clock to a Unix time in ms, also to an earlier one. It continues to run. */
  set(ms: number): void
  /** Resolves when the server delays at least `count` responses. A test releases them with `advance`. */
  sleeping(count?: number): Promise<void>
}

/** The clock with the methods for the server. */
export interface ServerClock extends Clock {
  /** Resolves when the clock has advanced by `ms` milliseconds, by running or by being moved. */
  sleep(ms: number): Promise<void>
  /** Cancels all sleeps. They never resolve. */
  stop(): void
}

interface Sleep {
  readonly dueAtMs: number
  readonly wake: () => void
  timer: NodeJS.Timeout
}

/** The longest timeout of a Node timer. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Creates a clock that runs with `now`. */
export function createClock(now: () => number = Date.now): ServerClock {
  let offsetMs = 0
  const sleeps = new Set<Sleep>()
  const watchers = new Set<() => void>()
  const nowMs = (): number => now() + offsetMs

  /** Ends a sleep if it is due. Otherwise checks again later, since `now` may not run like a real clock. */
  const wakeIfDue = (sleep: Sleep): void => {
    clearTimeout(sleep.timer)
    const remainingMs = sleep.dueAtMs - nowMs()
    if (remainingMs > 0) {
      sleep.timer = setTimeout(wakeIfDue, Math.min(Math.ceil(remainingMs), MAX_TIMER_MS), sleep)
    } else if (sleeps.delete(sleep)) sleep.wake()
  }
  const move = (ms: number): void => {
    offsetMs = ms
    for (const sleep of [...sleeps]) wakeIfDue(sleep)
  }

  return {
    nowMs,
    advance(ms) {
      argument(Number.isFinite(ms) && ms >= 0, 'ms', 'a non-negative number of milliseconds')
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
        wakeIfDue(sleep)
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
