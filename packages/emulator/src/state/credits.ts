import type { Clock } from '../clock.ts'
import type { Switches } from '../options.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const POSTS_AN_HOUR = 1250

/** What is left of a limit, and when it starts anew. */
interface Allowance {
  readonly limit: number
  readonly remaining: number
  /** Unix time in milliseconds. */
  readonly resetAtMs: number
}

/** Imgur's rate limits: credits per user and hour, per client and day, and posts per address and hour (documented). */
export interface Credits {
  /** Charges a call; false, and nothing charged, when the client has too few credits left. */
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
      clients.spend(client_id, cost)
      users.spend(address, cost)
      return true
    },
    chargePost: address => posts.spend(address, 1),
    user: users.allowance,
    client: clients.allowance,
    posts: posts.allowance,
  }
}

/** A limit per key over windows of a fixed length. */
function createLimit(clock: Clock, windowMs: number, limit: () => number) {
  const used = new Map<string, { windowStartMs: number; spent: number }>()
  const current = (key: string) => {
    const windowStartMs = Math.floor(clock.nowMs() / windowMs) * windowMs
    const known = used.get(key)
    return known?.windowStartMs === windowStartMs ? known : { windowStartMs, spent: 0 }
  }
  return {
    spend(key: string, cost: number): void {
      const entry = current(key)
      used.set(key, { ...entry, spent: entry.spent + cost })
    },
    allowance(key: string): Allowance {
      const { windowStartMs, spent } = current(key)
      return {
        limit: limit(),
        remaining: Math.max(0, limit() - spent),
        resetAtMs: windowStartMs + windowMs,
      }
    },
  }
}
