/** Hints that a key may have changed, between the tabs and workers of an origin. */
export class Hints {
  readonly #name: string
  readonly #listeners = new Map<string, Set<() => void>>()
  #channel: BroadcastChannel | undefined

  constructor(name: string) {
    this.#name = name
  }

  /** From now on hints go to other tabs and workers, and come from them; where there is no way to, they do not. */
  connect(): void {
    if (typeof BroadcastChannel === 'undefined') return
    this.#channel = new BroadcastChannel(`latchkey:1:hints:${this.#name}`)
    this.#channel.onmessage = ({ data }: MessageEvent<{ key?: unknown } | null>) => {
      if (typeof data?.key === 'string') this.#tell(data.key)
    }
  }

  watch(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    // Wrapped, so that a listener which watches twice is taken away once at a time.
    const own = (): void => listener()
    this.#listeners.set(key, listeners.add(own))
    return () => {
      if (listeners.delete(own) && listeners.size === 0) this.#listeners.delete(key)
    }
  }

  changed(key: string): void {
    this.#tell(key)
    this.#channel?.postMessage({ key })
  }

  /** Every key may have changed. */
  missedSome(): void {
    for (const key of [...this.#listeners.keys()]) this.#tell(key)
  }

  close(): void {
    this.#listeners.clear()
    this.#channel?.close()
    this.#channel = undefined
  }

  #tell(key: string): void {
    for (const listener of this.#listeners.get(key) ?? [])
      try {
        listener()
      } catch {
        // The write is done, and must not look as if it had failed because somebody who listens did.
      }
  }
}
