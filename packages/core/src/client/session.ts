import { StoreError } from '../errors.ts'
import { platform } from '../platform.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { Json, TokenStore } from '../ports/token-store.ts'
import { randomText } from '../random-text.ts'
import type { Tokens } from '../tokens.ts'
import {
  type Change,
  keyOf,
  type Owner,
  readRecord,
  refreshed,
  signedIn,
  signedOut,
  type TokenRecord,
} from '../keeper/record.ts'

/** How long tokens are held back until they are stored, in ms; then they are handed out all the same. */
const PATIENCE_MS = 5_000

/** What a session works with. */
export interface SessionPorts {
  readonly store: TokenStore
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger: Logger
}

/** The tokens of one account in this process, and their way into the store. */
export class Session {
  readonly #owner: () => Owner
  readonly #ports: SessionPorts
  #tokens: Partial<Tokens>
  #lineage = ''
  /** Changes that are not in the store yet, oldest first. */
  readonly #unsaved: Change[] = []
  #writing: Promise<void> = Promise.resolve()
  /** Refreshes under way, by the refresh token that is being spent. */
  readonly #refreshing = new Map<string, Promise<Tokens>>()

  constructor(owner: () => Owner, ports: SessionPorts, tokens: Partial<Tokens>) {
    this.#owner = owner
    this.#ports = ports
    this.#tokens = tokens
  }

  /** What is known here; a change shows at once, whatever the store does. */
  get tokens(): Partial<Tokens> {
    return this.#tokens
  }

  /** What the store holds of this account. */
  async read(): Promise<TokenRecord | undefined> {
    const owner = this.#owner()
    try {
      return readRecord((await this.#ports.store.read(keyOf(owner)))?.value, owner)
    } catch (cause) {
      throw new StoreError('the token store could not be read', cause)
    }
  }

  /** Tokens of a new sign-in, over whatever was there. */
  signIn(tokens: Partial<Tokens>): void {
    const lineage = randomText(this.#ports.crypto)
    this.#lineage = lineage
    this.#replace(tokens, stored => signedIn(stored, this.#owner(), lineage, tokens))
  }

  /** Forgets the tokens here and leaves a tombstone in the store, which no late refresh brings back to life. */
  signOut(): Promise<void> {
    this.#lineage = randomText(this.#ports.crypto)
    this.#replace({}, stored => signedOut(stored, this.#owner(), this.#lineage))
    return this.settled()
  }

  /** Drops the access token, which an API has refused. */
  reject(): void {
    const { access_token: _, ...kept } = this.#tokens
    this.#replace(kept, stored => stored && { ...stored, rejectedGen: stored.gen })
  }

  /** Spends a refresh token, together with whoever is doing so already. */
  refresh(refresh_token: string, request: () => Promise<Tokens>): Promise<Tokens> {
    const running = this.#refreshing.get(refresh_token)
    if (running) return running
    const flight = this.#refresh(refresh_token, request).finally(() => this.#refreshing.delete(refresh_token))
    this.#refreshing.set(refresh_token, flight)
    return flight
  }

  async #refresh(refresh_token: string, request: () => Promise<Tokens>): Promise<Tokens> {
    const lineage = this.#lineage
    const tokens = await request()
    // Who signed in or out meanwhile has the last word: these tokens belong to nobody's session any more.
    if (this.#lineage !== lineage) return tokens
    this.#replace(tokens, stored =>
      stored?.tokens.refresh_token === refresh_token
        ? refreshed(stored, tokens)
        : signedIn(stored, this.#owner(), randomText(this.#ports.crypto), tokens),
    )
    await this.storedOrLate()
    return tokens
  }

  /** Resolves when what was started is stored, has failed, or has taken 5 s: tokens are not held back for longer. */
  async storedOrLate(): Promise<void> {
    const stored = new platform.AbortController()
    const end = (): void => stored.abort()
    this.#writing.then(end, end)
    await this.#ports.clock.sleep(PATIENCE_MS, { signal: stored.signal })
  }

  /**
   * Resolves when every change is in the store; one that failed before is tried again.
   *
   * @throws {StoreError} when the store cannot be read or written. The tokens in memory stay as they are.
   */
  settled(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write())
    return this.#writing
  }

  #replace(tokens: Partial<Tokens>, change: Change): void {
    this.#tokens = tokens
    this.#unsaved.push(change)
    this.settled().catch((error: StoreError) => this.#ports.logger.warn(`Latchkey: ${error.message}`))
  }

  async #write(): Promise<void> {
    const changes = [...this.#unsaved]
    if (changes.length === 0) return
    const owner = this.#owner()
    const { store } = this.#ports
    try {
      let stored = await store.read(keyOf(owner))
      for (;;) {
        const record = changes.reduce((before, change) => change(before), readRecord(stored?.value, owner))
        if (!record) break
        const swap = await store.compareAndSwap(keyOf(owner), stored?.version, record as unknown as Json)
        if (swap.swapped) break
        stored = swap.current
      }
    } catch (cause) {
      throw new StoreError('the tokens could not be stored; they are kept in memory until they can', cause)
    }
    this.#unsaved.splice(0, changes.length)
  }
}
