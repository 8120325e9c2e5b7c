import type { Keeper } from '../drive/keeper.ts'
import type { Snapshot } from '../drive/snapshot.ts'
import type { AccessTokenOptions } from '../drive/keeper-options.ts'
import type { EventOf } from '../drive/listeners.ts'
import type { KeeperEvent } from '../keeper/events.ts'
import type { StatusReason } from '../keeper/record.ts'
import { type Tokens, tokenSet } from '../tokens.ts'
import { grantFromTokens } from './import-tokens.ts'
import { checkType } from '../util/check-type.ts'

/** The status of an account. */
export interface AccountStatus {
  /** `reauth`: the server rejected the refresh token, and the user must sign in again. */
  readonly status: 'live' | 'reauth' | 'signedOut'
  /** Since when, as Unix time in ms; `undefined` for an account that nobody ever signed in to. */
  readonly since: number | undefined
  /** What caused it. */
  readonly because: StatusReason | 'never-signed-in'
  /** With `reauth`: the server gave no known reason; a refresh is retried from time to time. */
  readonly inDoubt: boolean
  /**
   * When the refresh token ends, as Unix time in ms, as far as the server or its description says; `undefined` otherwise. It
   * is for your information: Latchkey tries a refresh nevertheless, since the server decides.
   */
  readonly refreshTokenExpiresAt?: number
}

/** The kept tokens of one account: what `keepTokens` returns, and the base class of `Client`. */
export class KeptTokens {
  readonly #keeper: Keeper

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  /**
   * Returns an access token that works now: from memory, from the store, or refreshed, once for all processes that share
   * the store. One that expires soon is refreshed in the background.
   *
   * @throws {SignedOutError} when nobody has signed in, or the account was signed out.
   * @throws {ReauthRequiredError} when the user must sign in again.
   * @throws {TransientError} when it has expired and the server is not available for longer than `maxWaitMs`, or does not
   *   respond within 10 s; retry at `retryAtMs`.
   * @throws {IndeterminateError} when it has expired and the response of the server was lost.
   * @throws {MisconfiguredError} when it has expired and the server does not accept this client.
   * @throws {UnrecognizedError} when it has expired and the server refused in words that Latchkey does not know.
   * @throws {MissingTransportError} when it has expired and the client has no transport.
   * @throws {StoreError} when it has expired and the store fails.
   * @throws {RecordError} when none in memory works and the store holds a value that is not the account's record.
   * @throws the reason of `signal`, when it is aborted.
   */
  accessToken(options?: AccessTokenOptions): Promise<string> {
    return this.#keeper.accessToken(options)
  }

  /**
   * Reports that an API rejected `accessToken`; resolves to a new one. Nothing is refreshed if it is no longer the stored
   * one, and many reports lead to one refresh. If an API keeps rejecting new tokens, Latchkey throws a `TransientError`
   * and backs off instead of refreshing in a loop.
   *
   * @throws what `accessToken` throws.
   */
  rejected(accessToken: string, options?: Omit<AccessTokenOptions, 'minValidityMs'>): Promise<string> {
    checkType('accessToken', accessToken, 'string')
    return this.#keeper.rejected(accessToken, options)
  }

  /**
   * Returns the stored tokens without a refresh: the access token may have expired. `undefined` when the account is signed
   * out, must sign in again, or has tokens of another scope.
   *
   * @throws {StoreError} when the store fails.
   */
  async tokens(): Promise<Tokens | undefined> {
    const found = await this.#keeper.status()
    const isOwn = found?.status === 'live' && this.#keeper.hasScope(found.record)
    return isOwn ? tokenSet(found.record.tokens as Tokens) : undefined
  }

  /**
   * Returns whether the account is signed in, since when, and why.
   *
   * @throws {StoreError} when the store fails.
   */
  async status(): Promise<AccountStatus> {
    const found = await this.#keeper.status()
    if (!found) return { status: 'signedOut', since: undefined, because: 'never-signed-in', inDoubt: false }
    const { status, sinceMs: since, because, inDoubt, record } = found
    const { refreshTokenExpiresAtMs: end } = record
    return { status, since, because, inDoubt, ...(end !== undefined && { refreshTokenExpiresAt: end }) }
  }

  /**
   * Imports tokens from elsewhere as a new sign-in; resolves when they are stored, or after 5 s. The access token ends at
   * `expires_at` (Unix time in ms), or in `expires_in` (s) from now; without either it is used until an API rejects it. A
   * refresh token alone is used at the first `accessToken()`.
   *
   * @throws {TypeError} when there is no access token and no refresh token.
   */
  async import(tokens: Partial<Tokens>): Promise<void> {
    this.#keeper.signIn(grantFromTokens(tokens, this.#keeper.clock.nowMs()))
    await this.#keeper.waitUntilStored()
  }

  /**
   * Returns what is known of the account now, without reading the store: status, account, scope and expiry, never a token.
   * It is the same object until it changes, as `useSyncExternalStore` of React requires.
   */
  snapshot(): Snapshot {
    return this.#keeper.snapshot
  }

  /**
   * Calls `listener` when the snapshot may have changed, by this process or another one: at once if the store can watch.
   * Reads the record first. Returns a function that removes it.
   */
  subscribe(listener: () => void): () => void {
    return this.#keeper.subscribe(listener)
  }

  /** Calls `listener` at every event of that type, and logs what it throws. Returns a function that removes it. */
  on<Type extends KeeperEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    return this.#keeper.events.on(type, listener)
  }

  /**
   * Removes the tokens in memory and in the store, and revokes them if the server supports it.
   *
   * @throws {StoreError} when the store cannot be written; the tokens in memory are removed nevertheless.
   */
  signOut(): Promise<void> {
    return this.#keeper.signOut()
  }

  /**
   * Resolves when no refresh is under way and every write is in the store; retries one that failed before. Call it before
   * a process exits or is frozen: a response that is lost may hold the only refresh token.
   *
   * @throws {StoreError} when a write fails. The tokens stay in memory.
   */
  settled(): Promise<void> {
    return this.#keeper.settled()
  }

  /** Waits for the running refreshes and writes of all accounts, then closes the store, so that a script can exit. */
  async close(): Promise<void> {
    await this.#keeper.close()
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
