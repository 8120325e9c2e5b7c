import type { Clock } from '@latchkey/core/ports'

/** How long a response may still belong to the token before the current one, in ms. */
const GRACE_MS = 10_000
const MAX_TOKENS = 8

/**
 * The access tokens that a transport was given, which reports a rejection without the token. A 401 that arrives just after
 * the token has changed belongs to the one before: to blame the new one would refresh it a second time.
 */
export class HandedOut {
  readonly #clock: Clock
  #tokens: readonly string[] = []
  #changedAtMs = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(token: string): void {
    if (token === this.#tokens[0]) return
    this.#tokens = [token, ...this.#tokens].slice(0, MAX_TOKENS)
    this.#changedAtMs = this.#clock.monotonicMs()
  }

  has(token: string): boolean {
    return this.#tokens.includes(token)
  }

  /** The token that a rejection now belongs to, if any was given. */
  get rejected(): string | undefined {
    const [current, previous] = this.#tokens
    const isFresh = this.#clock.monotonicMs() - this.#changedAtMs < GRACE_MS
    return isFresh ? (previous ?? current) : current
  }
}
