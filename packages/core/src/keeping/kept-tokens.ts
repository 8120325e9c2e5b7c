import type { Keeper } from '../drive/keeper.ts'
import type { AccessTokenOptions } from '../drive/keeper-options.ts'
import type { EventOf } from '../drive/listeners.ts'
import type { KeeperEvent } from '../keeper/events.ts'
import type { StatusReason } from '../keeper/record.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import { grantFromTokens } from './import-tokens.ts'
import { checkType } from '../util/check-type.ts'

/** How an account stands. */
export interface AccountStatus {
  /** `reauth`: the server refused the refresh token, and the person must sign in again. */
  readonly status: 'live' | 'reauth' | 'signedOut'
  /** Unix time in ms; `undefined` when it never was otherwise. */
  readonly since: number | undefined
  /** What caused it. */
  readonly because: StatusReason | 'never-signed-in'
  /** Of `reauth`: the server gave no reason that is known; a refresh is tried from time to time. */
  readonly inDoubt: boolean
}

/** The tokens of one account, kept: what `keepTokens` returns, and what a `Client` is besides its flows. */
export class KeptTokens {
  readonly #keeper: Keeper

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  /**
   * An access token that works now: from memory, from the store, or refreshed, once for everybody who shares the
   * store. One that expires soon is refreshed beside it.
   *
   * @throws {SignedOutError} when nobody has signed in, or somebody signed out.
   * @throws {ReauthRequiredError} when the person must sign in again.
   * @throws {TransientError} when it expired and the server cannot be asked now; `retryAtMs` says when to try again.
   * @throws {OutcomeUnknownError} when it expired and the answer of the server was lost.
   * @throws {MisconfiguredError} when it expired and the server does not accept this client.
   * @throws {StoreError} when it expired and the store fails; `RecordError` when it holds something else.
   */
  accessToken(options?: AccessTokenOptions): Promise<string> {
    return this.#keeper.accessToken(options)
  }

  /**
   * Says that an API refused `accessToken`; resolves to another one. Nothing is refreshed if it is no longer the
   * stored one, and however many say so, one refresh is made. When an API refuses one new token after
   * another, it throws a `TransientError` and asks again later, at longer and longer intervals.
   *
   * @throws what `accessToken` throws.
   */
  rejected(accessToken: string, options?: Pick<AccessTokenOptions, 'signal'>): Promise<string> {
    checkType('accessToken', accessToken, 'string')
    return this.#keeper.rejected(accessToken, options)
  }

  /**
   * The tokens as they are stored; nothing is refreshed. `undefined` when the account has none, or none that work.
   *
   * @throws {StoreError} when the store fails.
   */
  async tokens(): Promise<Tokens | undefined> {
    const found = await this.#keeper.status()
    return found?.status === 'live' ? tokenSet(found.record.tokens as Tokens) : undefined
  }

  /**
   * Whether the account is signed in, since when (Unix time in ms), and what made it so.
   *
   * @throws {StoreError} when the store fails.
   */
  async status(): Promise<AccountStatus> {
    const found = await this.#keeper.status()
    if (!found) return { status: 'signedOut', since: undefined, because: 'never-signed-in', inDoubt: false }
    const { status, sinceMs: since, because, inDoubt } = found
    return { status, since, because, inDoubt }
  }

  /**
   * Takes tokens from elsewhere as a new sign-in; resolves when they are stored, or after 5 s. `expires_at` (Unix time
   * in ms) says when the access token ends, or `expires_in` (s) from now; without either it is used until an API
   * refuses it. A refresh token alone is refreshed at the first `accessToken()`.
   *
   * @throws {TypeError} when they hold neither an access token nor a refresh token.
   */
  async import(tokens: Partial<Tokens>): Promise<void> {
    this.#keeper.signIn(grantFromTokens(tokens, this.#keeper.clock.nowMs()))
    await this.#keeper.waitUntilStored()
  }

  /** Calls `listener` at every event of that type; what is returned ends it. What it throws is logged. */
  on<Type extends KeeperEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    return this.#keeper.events.on(type, listener)
  }

  /**
   * Forgets the tokens here and in the store.
   *
   * @throws {StoreError} when the store cannot be written; they are forgotten here all the same.
   */
  signOut(): Promise<void> {
    return this.#keeper.signOut()
  }

  /**
   * Resolves when every write that was started is in the store; one that failed before is tried again.
   *
   * @throws {StoreError} when one fails. The tokens in memory stay as they are.
   */
  settled(): Promise<void> {
    return this.#keeper.settled()
  }

  /** Waits for what is under way and closes the store, so that a script ends by itself. */
  async close(): Promise<void> {
    await this.#keeper.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
