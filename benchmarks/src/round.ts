// 'mitata' itself imports a module of Bun, which cannot be bundled for a page.
import { measure } from 'mitata/src/lib.mjs'

const ROUND_NS = 100_000_000

/** Returns the median of one round, in ns per call. Calls that are too short for the clock are timed in batches. */
export async function medianNs(call: () => Promise<unknown>, options: object = {}): Promise<number> {
  return (await measure(() => call(), { min_cpu_time: ROUND_NS, ...options })).p50
}
