import type { Clock } from '../ports/clock.ts'
import { Ending } from './ending.ts'
import { ranFor } from './run-time.ts'

/** What `within` resolves to when the time is over. */
export const LATE: unique symbol = Symbol('late')

/** Settles as `work` does, or resolves to `LATE` when this process has run for `ms`. */
export async function within<T>(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  ms: number,
  work: PromiseLike<T>,
): Promise<T | typeof LATE> {
  const ending = new Ending()
  try {
    return await Promise.race([work, ranFor(clock, ms, ending).then((): typeof LATE => LATE)])
  } finally {
    ending.end()
  }
}
