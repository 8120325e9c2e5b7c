import type { Clock } from '../clock.ts'
import type { Switches } from '../options.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const POSTS_AN_HOUR = 1250

/** The state of a rate limit. */
interface Allowance {
  readonly limit: number
  readonly remaining: number
  /** Unix time in milliseconds. */
  readonly resetAtMs: number
}

/** Imgur's rate limits: credits per user and hour, per client and day, and POSTs per address and hour (documented). */
export interface Credits {
  /** Charges a call. Returns `false` and charges nothing if the client has too few credits. */
  charge(client_id: string, address: string, cost: number): boolean
  /** Charges one POST. */
  chargePost(address: string): void
  user(address: string): Allowance
  client(client_id: string): Allowance
  posts(address: string): Allowance
}

export function createCredits(clock: Clock, switches: Readonly<Switches>): Credits {
  const users = createLimit(clock, HOUR_MS, () => switches.userCredits)
  const clients = createLimit(clock, DAY_MS, () => switches.clientCredits)
  const posts = createLimit(clock, HOUR_MS, () => POSTS_AN_HOUR)
  return {
    charge(client_id, address, cost) {
      if (clients.allowance(client_id).remaining < cost) return false
      clients.charge(client_id, cost)
      users.charge(address, cost)
      return true
    },
    chargePost: address => posts.charge(address, 1),
    user: users.allowance,
    client: clients.allowance,
    posts: posts.allowance,
  }
}

/** Creates a limit per key with fixed time windows. */
function createLimit(clock: Clock, windowMs: number, limit: () => number) {
  const usage = new Map<string, { windowStartMs: number; used: number }>()
  const current = (key: string) => {
    const windowStartMs = Math.floor(clock.nowMs() / windowMs) * windowMs
    const entry = usage.get(key)
    return entry?.windowStartMs === windowStartMs ? entry : { windowStartMs, used: 0 }
  }
  return {
    charge(key: string, cost: number): void {
      const entry = current(key)
      usage.set(key, { ...entry, used: entry.used + cost })
    },
    allowance(key: string): Allowance {
      const { windowStartMs, used } = current(key)
      return {
        limit: limit(),
        remaining: Math.max(0, limit() - used),
        resetAtMs: windowStartMs + windowMs,
      }
    },
  }
}
