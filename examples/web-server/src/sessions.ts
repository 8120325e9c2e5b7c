import { randomBytes } from 'node:crypto'
import { createKeyv } from '@keyv/redis'
import type { Keyv } from 'keyv'

const LIFETIME_MS = 30 * 86_400_000

/** Sessions in Redis: the account by a random id, which the browser stores in a cookie. */
export class Sessions implements AsyncDisposable {
  readonly #sessions: Keyv<string>

  constructor(url: string) {
    this.#sessions = createKeyv(url, { namespace: 'session', throwOnErrors: true })
  }

  /** Starts a session with a new id, which prevents session fixation. */
  async start(account: string): Promise<string> {
    const id = randomBytes(32).toString('base64url')
    await this.#sessions.set(id, account, LIFETIME_MS)
    return id
  }

  /** Returns the account of a session; `undefined` if there is none. */
  async accountOf(id: string | undefined): Promise<string | undefined> {
    return id ? this.#sessions.get(id) : undefined
  }

  async end(id: string | undefined): Promise<void> {
    if (id) await this.#sessions.delete(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sessions.disconnect()
  }
}
