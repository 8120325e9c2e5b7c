import { end } from './connection.ts'
import type { Link } from './link.ts'
import { rewrite } from './script.ts'

/** Writes of ours that may be asked about; for older ones, as for other processes', what is stored now counts. */
const MOST_REMEMBERED = 1_000

/**
 * Whether replicas have what was written.
 *
 * `WAIT` speaks of the writes of its own connection, and holds that connection up. So each confirmation has one of
 * its own, writes the same text again there (if it still stands), and waits for that: replication is in order, and who
 * has the second write has the first.
 */
export class Confirmations {
  readonly #link: Link
  readonly #replicas: number
  readonly #timeoutMs: number
  readonly #written = new Map<string, string>()

  constructor(
    link: Link,
    { replicas, timeoutMs }: { readonly replicas: number; readonly timeoutMs: number },
  ) {
    this.#link = link
    this.#replicas = replicas
    this.#timeoutMs = timeoutMs
  }

  wrote(key: string, text: string): void {
    this.#written.delete(key)
    this.#written.set(key, text)
    const [oldest] = this.#written.keys()
    if (this.#written.size > MOST_REMEMBERED) this.#written.delete(oldest!)
  }

  /** The last write of `key` is no longer ours. */
  removed(key: string): void {
    this.#written.delete(key)
  }

  async confirm(key: string): Promise<boolean> {
    const ours = this.#written.get(key)
    const text = ours === undefined ? [] : [ours]
    const replicas = await this.#link.run(
      async (connection, signal) => {
        const own = await connection.toPrimaryOf(key, signal)
        try {
          const alone = { command: (_: string, args: readonly string[]) => own.sendCommand(args) }
          const stands = await rewrite({ ...connection, ...alone }, key, text, signal)
          if (stands !== 1) return 0
          return Number(await own.sendCommand(['WAIT', String(this.#replicas), String(this.#timeoutMs)]))
        } finally {
          end(own)
        }
      },
      { extraMs: this.#timeoutMs },
    )
    return replicas >= this.#replicas
  }
}
