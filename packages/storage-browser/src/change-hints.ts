/** Notifies the tabs and workers of an origin that a key may have changed. */
export class ChangeHints {
  readonly #name: string
  readonly #listeners = new Map<string, Set<() => void>>()
  #channel: BroadcastChannel | undefined

  constructor(name: string) {
    this.#name = name
  }

  /** Starts to exchange hints with other tabs and workers, if there is a `BroadcastChannel`. */
  connect(): void {
    if (typeof BroadcastChannel === 'undefined') return
    this.#channel = new BroadcastChannel(`latchkey:1:hints:${this.#name}`)
    this.#channel.onmessage = ({ data }: MessageEvent<{ key?: unknown } | null>) => {
      if (typeof data?.key === 'string') this.#notify(data.key)
    }
  }

  watch(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    // Wrapped, so that a listener that was added twice is removed one at a time.
    const wrapped = (): void => listener()
    this.#listeners.set(key, listeners.add(wrapped))
    return () => {
      if (listeners.delete(wrapped) && listeners.size === 0) this.#listeners.delete(key)
    }
  }

  announce(key: string): void {
    this.#notify(key)
    this.#channel?.postMessage({ key })
  }

  /** Calls every listener, because every key may have changed. */
  notifyAll(): void {
    for (const key of [...this.#listeners.keys()]) this.#notify(key)
  }

  close(): void {
    this.#listeners.clear()
    this.#channel?.close()
    this.#channel = undefined
  }

  #notify(key: string): void {
    for (const listener of this.#listeners.get(key) ?? [])
      try {
        listener()
      } catch {
        // The write has succeeded; a failing listener must not make it look failed.
      }
  }
}
