import { destroyClient } from './connection.ts'
import type { RedisLink } from './redis-link.ts'
import { rewrite } from './script.ts'

/** How many of our writes to remember. For older ones, and those of other processes, the stored value counts. */
const MAX_WRITES = 1_000

/**
 * Checks whether replicas have the last write.
 *
 * `WAIT` counts only writes of its own connection, and blocks it. Each confirmation therefore opens a connection,
 * writes the same text again (if it is still stored), and waits for that write. Replication is in order: a replica
 * that has the second write has the first.
 */
export class Confirmations {
  readonly #link: RedisLink
  readonly #replicas: number
  readonly #timeoutMs: number
  readonly #written = new Map<string, string>()

  constructor(
    link: RedisLink,
    { replicas, timeoutMs }: { readonly replicas: number; readonly timeoutMs: number },
  ) {
    this.#link = link
    this.#replicas = replicas
    this.#timeoutMs = timeoutMs
  }

  rememberWrite(key: string, text: string): void {
    this.#written.delete(key)
    this.#written.set(key, text)
    const [oldest] = this.#written.keys()
    if (this.#written.size > MAX_WRITES) this.#written.delete(oldest!)
  }

  async confirm(key: string): Promise<boolean> {
    const ownText = this.#written.get(key)
    const text = ownText === undefined ? [] : [ownText]
    const replicas = await this.#link.run(
      async (connection, signal) => {
        const client = await connection.openToPrimaryOf(key, signal)
        const destroy = (): void => destroyClient(client)
        // A server that hangs never responds, so `finally` alone would keep the connection.
        signal.addEventListener('abort', destroy)
        try {
          signal.throwIfAborted()
          const onOwnClient = { command: (_: string, args: readonly string[]) => client.sendCommand(args) }
          const rewritten = await rewrite({ ...connection, ...onOwnClient }, key, text, signal)
          if (rewritten !== 1) return 0
          return Number(await client.sendCommand(['WAIT', String(this.#replicas), String(this.#timeoutMs)]))
        } finally {
          signal.removeEventListener('abort', destroy)
          destroy()
        }
      },
      { extraMs: this.#timeoutMs },
    )
    return replicas >= this.#replicas
  }
}
