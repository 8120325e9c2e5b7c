/** No server may send us away for longer, and none may make us come back at once. */
const LONGEST_MS = 300_000
const SHORTEST_MS = 1_000

/** The instant (Unix time in ms) that a `Retry-After` of seconds or a date names (RFC 9110 section 10.2.3). */
export function retryAtMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const delayMs = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isNaN(delayMs) ? undefined : nowMs + Math.min(Math.max(delayMs, SHORTEST_MS), LONGEST_MS)
}
