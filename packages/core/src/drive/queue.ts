/** Who goes first: 0 what is under way already, 1 a caller without a usable token, 2 work in the background. */
export type Rank = 0 | 1 | 2

/** Lets a limited number of tasks run at once. The others wait: by rank, then in order. */
export class Queue {
  readonly #limit: () => number
  readonly #waiting: readonly { admit(): void; reject(reason: unknown): void }[][] = [[], [], []]
  #running = 0

  /** @param limit - returns how many tasks may run at once; it may change. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  get running(): number {
    return this.#running
  }

  /** Takes a slot. Returns `undefined` if one is free, else a promise for it. Every slot that was taken must be left. */
  enter(rank: Rank): Promise<void> | undefined {
    if (this.#running < this.#limit()) {
      this.#running++
      return undefined
    }
    return new Promise((admit, reject) => void this.#waiting[rank]!.push({ admit, reject }))
  }

  /** Returns a slot, and passes it to the task that is next. */
  leave(): void {
    this.#running--
    while (this.#running < this.#limit()) {
      const next = this.#waiting.find(({ length }) => length > 0)?.shift()
      if (!next) return
      this.#running++
      next.admit()
    }
  }

  /** Rejects every task that waits for a slot. */
  rejectWaiting(reason: unknown): void {
    for (const waiting of this.#waiting) for (const { reject } of waiting.splice(0)) reject(reason)
  }
}
