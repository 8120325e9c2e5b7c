import { transientFailure } from '../keeper/failures.ts'
import type { RenewalResult } from '../keeper/states.ts'
import type { Clock } from '../ports/clock.ts'
import { limits } from './limits.ts'
import { Queue, type Rank } from './queue.ts'

/** How long a server may respond to no request, in ms, before the requests in the queue fail. */
const SILENT_MS = 10_000
/** A response that takes longer, in ms, and three times as long as usual, shows that the server is overloaded. */
const SLOW_MS = 1_000

const NOT_SENT: RenewalResult = {
  type: 'failed',
  outcome: 'throttled',
  failure: transientFailure(
    'the authorization server does not respond to other requests: this one was not sent',
  ),
}

/** The refresh requests of this process to one authorization server: how many run at once, and who waits. */
export class ServerLoad {
  readonly #queue = new Queue(() => Math.min(limits.sends, this.#limit))
  /** Halved when the server is overloaded; then grows by about one per round of responses. */
  #limit = Infinity
  #cutAtMs = 0
  #usualMs: number | undefined
  /** Since when the server has responded to nothing, by the monotonic clock. */
  #quietSinceMs = 0

  /** Sends a request when it is its turn. A request that is not sent, since the server is silent, is `throttled`. */
  async send(clock: Clock, rank: Rank, request: () => Promise<RenewalResult>): Promise<RenewalResult> {
    if (this.failIfSilent(clock)) return NOT_SENT
    // Not awaited if it is free: to a request that comes meanwhile, a server with one under way would seem silent.
    const turn = this.#queue.enter(rank)
    try {
      if (turn) await turn
    } catch {
      return NOT_SENT
    }
    const startedAtMs = clock.monotonicMs()
    if (this.#queue.running === 1) this.#quietSinceMs = startedAtMs
    try {
      const result = await request()
      this.#adapt(result, startedAtMs, clock.monotonicMs())
      return result
    } finally {
      this.#queue.leave()
    }
  }

  /** Returns whether the server is silent. If it is, the requests that wait for their turn fail. */
  failIfSilent(clock: Clock): boolean {
    const isSilent = this.#queue.running > 0 && clock.monotonicMs() - this.#quietSinceMs >= SILENT_MS
    if (isSilent) this.#queue.rejectWaiting(NOT_SENT)
    return isSilent
  }

  #adapt(result: RenewalResult, startedAtMs: number, nowMs: number): void {
    this.#quietSinceMs = nowMs
    const tookMs = nowMs - startedAtMs
    const usualMs = (this.#usualMs ??= tookMs)
    this.#usualMs += (tookMs - usualMs) / 16
    const isRejected =
      result.type === 'failed' && (result.outcome === 'throttled' || result.failure.status === 503)
    const isOverloaded = isRejected || (tookMs > SLOW_MS && tookMs > 3 * usualMs)
    const limit = Math.min(limits.sends, this.#limit)
    if (!isOverloaded) this.#limit = limit + 1 / limit
    else if (startedAtMs >= this.#cutAtMs) {
      // One cut for all requests that ran at once.
      this.#limit = Math.max(1, Math.floor(limit / 2))
      this.#cutAtMs = nowMs
    }
  }
}

const loads = new Map<string, ServerLoad>()

/** Returns the load of an authorization server, by its provider's name. */
export function loadOf(provider: string): ServerLoad {
  const load = loads.get(provider) ?? new ServerLoad()
  loads.set(provider, load)
  return load
}
