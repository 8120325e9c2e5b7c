import type { AbortSignalLike } from '../ports/transport.ts'

/** A signal for one listener, which costs much less than an `AbortController`: every call of a store needs one. */
export class Ending implements AbortSignalLike {
  aborted = false
  #listener: (() => void) | undefined

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }

  end(): void {
    this.aborted = true
    this.#listener?.()
  }
}
