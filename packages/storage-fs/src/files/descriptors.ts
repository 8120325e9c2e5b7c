// The file descriptors of one store. Files are open for one step each, and no step waits for another while its file is
// open, so waiting for a free descriptor always ends. A lock has no descriptor of its own: see holder.ts.
//
// While locks are held, the store keeps a reserve: a step that finds no free descriptor uses it. So a commit under a lock
// succeeds even if the rest of the program uses every other descriptor, and a lock without the reserve is not acquired.
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../errors.ts'

/** As many as Node has threads for files: more steps at once are no faster. */
const RESERVE = 4

/** For what lasts longer than a step: the sockets that it listens on, and listings of the accounts. */
const LASTING = 4

/** The lowest `maxOpenFiles`. */
export const FEWEST_DESCRIPTORS = 16

/** Waits before each retry of one call of the store, in ms. Their sum is less than core's limit for a call. */
const RETRY_DELAYS_MS = [5, 10, 20, 40, 80, 160, 320, 640, 640, 640]

/** The waits that are left to one call of the store. */
export type Patience = Iterator<number, undefined>
export const newPatience = (): Patience => RETRY_DELAYS_MS.values()

export class Descriptors {
  /** The most connections to other holders, and from others to this one. */
  readonly maxConnections: number
  readonly #maxFiles: number
  /** Lower while the process or the machine has too few. */
  #limit: number
  #open = 0
  readonly #queue: (() => void)[] = []
  readonly #reserve: number[] = []
  /** How many descriptors of the reserve are in use by steps. */
  #lent = 0
  #locks = 0

  constructor(max: number) {
    this.maxConnections = Math.floor(max / 8)
    this.#maxFiles = max - 2 * this.maxConnections - RESERVE - LASTING
    this.#limit = this.#maxFiles
  }

  /**
   * Runs a step that opens one descriptor first and closes it, once one is free. Waiting steps run in order. A step that
   * finds none free is run again: at once with one of the reserve, else when another step of the store has ended, however
   * long that takes. Only if there is no other does it lose patience: then the rest of the program uses all descriptors.
   */
  async use<T>(patience: Patience, step: () => Promise<T>): Promise<T> {
    if (this.#queue.length > 0 || !this.#hasFree) await this.#wait('push')
    else this.#open += 1
    let lent = 0
    try {
      for (;;)
        try {
          const result = await step()
          this.#limit = Math.min(this.#maxFiles, this.#limit + 1 / this.#limit)
          return result
        } catch (error) {
          if (!isShortage(error)) throw error
          this.#limit = Math.max(1, Math.min(this.#limit, this.#open - 1))
          if (this.#closeReserved()) {
            lent += 1
            this.#lent += 1
          } else if (this.#open > 1) {
            this.#open -= 1
            await this.#wait('unshift')
          } else await pause(patience, error)
        }
    } finally {
      this.#lent -= lent
      this.#refillReserve()
      this.#open -= 1
      for (let next; this.#hasFree && (next = this.#queue.shift()); next()) this.#open += 1
    }
  }

  get #hasFree(): boolean {
    return this.#open + 1 <= this.#limit
  }

  /** Resolves when a step has ended whose descriptor is this one's now. */
  #wait(place: 'push' | 'unshift'): Promise<void> {
    return new Promise(resolve => this.#queue[place](resolve))
  }

  /** Runs `step` again while no descriptor is free. */
  async retry<T>(patience: Patience, step: () => T | Promise<T>): Promise<T> {
    for (;;)
      try {
        return await step()
      } catch (error) {
        if (!isShortage(error)) throw error
        await pause(patience, error)
      }
  }

  /** Makes sure of the reserve until the function that it resolves to is called. */
  async reserve(patience: Patience): Promise<() => void> {
    this.#locks += 1
    const release = (): void => {
      this.#locks -= 1
      if (this.#locks === 0) while (this.#closeReserved());
    }
    try {
      await this.retry(patience, () => this.#openReserve())
      return release
    } catch (error) {
      release()
      throw error
    }
  }

  /** Synchronous, so that no other call of the program comes in between. The null device never blocks. */
  #openReserve(): void {
    while (this.#reserve.length + this.#lent < RESERVE) this.#reserve.push(openSync(devNull, 'r'))
  }

  #refillReserve(): void {
    try {
      if (this.#locks > 0) this.#openReserve()
    } catch {
      // The next step tries again.
    }
  }

  /** Frees a descriptor of the reserve; returns whether there was one. */
  #closeReserved(): boolean {
    const descriptor = this.#reserve.pop()
    if (descriptor !== undefined) closeSync(descriptor)
    return descriptor !== undefined
  }
}

/** Waits before a retry; throws the error of the last try if no wait is left. */
async function pause(patience: Patience, error: unknown): Promise<void> {
  const { value: ms } = patience.next()
  if (ms === undefined) throw error
  await sleep(ms)
}

/** Returns whether the process or the machine has no free descriptor. */
const isShortage = (error: unknown): boolean => ['EMFILE', 'ENFILE'].includes(codeOf(error))
