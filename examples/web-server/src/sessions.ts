import { randomBytes } from 'node:crypto'
import { createKeyv } from '@keyv/redis'
import type { Keyv } from 'keyv'

const LIFETIME_MS = 30 * 86_400_000

/** Who is signed in here, in Redis: a random id, which the browser keeps, and the account that it stands for. */
export class Sessions implements AsyncDisposable {
  readonly #kept: Keyv<string>

  constructor(url: string) {
    this.#kept = createKeyv(url, { namespace: 'session', throwOnErrors: true })
  }

  /** Begins one; always under a new id, so that nobody can hand one to somebody else beforehand. */
  async begin(account: string): Promise<string> {
    const id = randomBytes(32).toString('base64url')
    await this.#kept.set(id, account, LIFETIME_MS)
    return id
  }

  /** Whose it is; `undefined` when there is none, or no longer. */
  async accountOf(id: string | undefined): Promise<string | undefined> {
    return id ? this.#kept.get(id) : undefined
  }

  async end(id: string | undefined): Promise<void> {
    if (id) await this.#kept.delete(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept.disconnect()
  }
}
