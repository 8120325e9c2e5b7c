import { seconds } from './seconds.ts'

/** No server may send us away for longer, and none may make us come back at once. */
const LONGEST_MS = 21_600_000
const SHORTEST_MS = 1_000

/** The instant (Unix time in ms) that a `Retry-After` of seconds or a date names (RFC 9110 section 10.2.3). */
export function retryAtMs(header = '', nowMs: number): number | undefined {
  const delay = seconds(header.trim())
  const delayMs = delay === undefined ? Date.parse(header) - nowMs : delay * 1000
  return nowMs + Math.min(Math.max(delayMs, SHORTEST_MS), LONGEST_MS) || undefined // NaN: neither
}
