// Not 'mitata' itself: it imports a module of Bun's, which cannot be bundled for a page.
import { measure } from 'mitata/src/lib.mjs'

const ROUND_NS = 100_000_000

/** The median of one round of calls, in ns a call. Calls that are too short for the clock are timed many at once. */
export async function medianNs(call: () => Promise<unknown>, options: object = {}): Promise<number> {
  return (await measure(() => call(), { min_cpu_time: ROUND_NS, ...options })).p50
}
