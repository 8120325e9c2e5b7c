import { type AccessTokenOptions, Keeper } from '../drive/keeper.ts'
import type { EventOf } from '../drive/listeners.ts'
import { MisconfiguredError, MissingTransportError, SignedOutError } from '../errors.ts'
import type { KeeperEvent } from '../keeper/events.ts'
import type { Because } from '../keeper/record.ts'
import type { Clock } from '../ports/clock.ts'
import type { TokenStore } from '../ports/token-store.ts'
import { consoleLogger, systemClock, systemCrypto } from '../platform.ts'
import type { Provider } from '../provider.ts'
import { imgur } from '../providers/imgur.ts'
import { showAs } from '../show-as.ts'
import { MemoryTokenStore } from '../stores/memory-token-store.ts'
import { redacted, type Tokens, tokenSet } from '../tokens.ts'
import { Accounts, accountsIn } from './accounts.ts'
import { type Authorize, authorizeOf } from './authorize.ts'
import type { ClientContext } from './context.ts'
import { getDefaults } from './defaults.ts'
import { importOf } from './importing.ts'
import { renew } from './renew.ts'
import { checkOptions, checkType, type ClientOptions } from './options.ts'

/** How an account stands. */
export interface AccountStatus {
  /** `reauth`: the server refused the refresh token, and the person must sign in again. */
  readonly status: 'live' | 'reauth' | 'signedOut'
  /** Unix time in ms; `undefined` when it never was otherwise. */
  readonly since: number | undefined
  readonly because: Because | 'never-signed-in'
}

/**
 * One account's tokens at one authorization server: gets them by any of the provider's flows and holds them.
 *
 * The credentials may be changed at any time: a flow's URL is made of those at the time of `by*`, an exchange
 * is made with those at the time of `authorize`.
 */
export class Client {
  client_id: string | null
  client_secret: string | null
  mashape_key: string | null
  redirect_uri: string | null
  scope: string | null
  readonly provider: Provider
  readonly Authorize: Authorize
  readonly #account: string
  readonly #keeper: Keeper
  readonly #store: TokenStore
  readonly #clock: Clock
  readonly #accounts: Accounts

  /**
   * @param options - the client id, or an object of `ClientOptions`.
   * @throws {TypeError} that names the option when one is unknown or of the wrong type.
   */
  constructor(options?: string | ClientOptions) {
    const given = checkOptions(options)
    this.client_id = given.client_id || null
    this.client_secret = given.client_secret || null
    this.mashape_key = given.mashape_key || null
    this.redirect_uri = given.redirect_uri || null
    this.scope = given.scope || null
    this.provider = given.provider ?? getDefaults().provider ?? imgur()
    this.#account = given.account || 'default'

    const { clock = systemClock, crypto = systemCrypto, logger = consoleLogger, requireState = false } = given
    this.#store = given.store ?? new MemoryTokenStore({ clock })
    this.#clock = clock
    const access_token = given.access_token || given.client_token
    const { refresh_token } = given
    const tokens = { ...(access_token && { access_token }), ...(refresh_token && { refresh_token }) }
    this.#keeper = new Keeper({
      store: this.#store,
      clock,
      crypto,
      logger,
      leewayMs: given.leewayMs,
      owner: () => ({
        provider: this.provider.name,
        client_id: this.client_id ?? '',
        account: this.#account,
      }),
      renew: refresh_token => renew(context, refresh_token),
      imported: access_token || refresh_token ? importOf(tokens, clock.nowMs()) : undefined,
    })
    showAs(this, () => ({
      ...this.toJSON(),
      ...redacted({
        client_secret: this.client_secret,
        mashape_key: this.mashape_key,
        ...this.#keeper.tokens,
      }),
    }))
    const context: ClientContext = {
      provider: this.provider,
      keeper: this.#keeper,
      clock,
      crypto,
      logger,
      requireState,
      trials: new Map(),
      credentials: () => ({ client_id: this.#clientId(), client_secret: this.client_secret }),
      authorizationRequest: state => ({
        client_id: this.#clientId(),
        state,
        redirect_uri: this.redirect_uri,
        scope: this.scope,
      }),
      transport() {
        const transport = given.transport ?? getDefaults().transport
        if (!transport) throw new MissingTransportError()
        return transport
      },
    }
    this.Authorize = authorizeOf(context)
    this.#accounts = new Accounts(account => {
      const { access_token: _, client_token: __, refresh_token: ___, ...options } = given
      const { client_id, client_secret, mashape_key, redirect_uri, scope, provider } = this
      return new Client({
        ...options,
        client_id,
        client_secret,
        mashape_key,
        redirect_uri,
        scope,
        provider,
        store: this.#store,
        account,
      })
    })
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
   * The value of an `Authorization` header: `Bearer ...`, or `Client-ID ...` for an account that never had tokens or
   * signed out on purpose. One whose refresh token is refused throws, lest an upload become anonymous unnoticed.
   *
   * @throws what `accessToken` throws, except `SignedOutError`.
   */
  async authorizationHeader(options?: AccessTokenOptions): Promise<string> {
    try {
      return `Bearer ${await this.#keeper.accessToken(options)}`
    } catch (error) {
      if (!(error instanceof SignedOutError)) throw error
      return `Client-ID ${this.#clientId()}`
    }
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
    const record = await this.#keeper.look()
    return record?.status === 'live' ? tokenSet(record.tokens as Tokens) : undefined
  }

  /**
   * Whether the account is signed in, since when (Unix time in ms), and what made it so.
   *
   * @throws {StoreError} when the store fails.
   */
  async status(): Promise<AccountStatus> {
    const record = await this.#keeper.look()
    if (!record) return { status: 'signedOut', since: undefined, because: 'never-signed-in' }
    return { status: record.status, since: record.sinceMs, because: record.because }
  }

  /**
   * Takes tokens from elsewhere as a new sign-in; resolves when they are stored, or after 5 s.
   *
   * @throws {TypeError} when they hold neither an access token nor a refresh token.
   */
  async import(tokens: Partial<Tokens>): Promise<void> {
    this.#keeper.signIn(importOf(tokens, this.#clock.nowMs()))
    await this.#keeper.storedOrLate()
  }

  /** The client of another account of the same provider, client id and store. */
  account(name: string): Client {
    checkType('account', name, 'string')
    return name === this.#account ? this : this.#accounts.get(name)
  }

  /**
   * The names of the accounts in the store, those that signed out included, in no order.
   *
   * @throws {TypeError} when the store cannot tell its keys.
   */
  accounts(): AsyncIterable<string> {
    return accountsIn(this.#store, this.provider.name, this.client_id ?? '')
  }

  /** Calls `listener` at every event of that type; what is returned ends it. What it throws is logged. */
  on<Type extends KeeperEvent['type']>(type: Type, listener: (event: EventOf<Type>) => void): () => void {
    return this.#keeper.events.on(type, listener)
  }

  /** Waits for what is under way and closes the store, so that a script ends by itself. */
  async close(): Promise<void> {
    await this.#keeper.close()
    await this.#store.close?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The access token known here, or `null`; it is not looked up in the store, nor is its expiry looked at. */
  get access_token(): string | null {
    return this.#keeper.tokens.access_token ?? null
  }

  /** A string replaces the access token; `null` says that an API refused it. */
  set access_token(token: string | null) {
    if (token === null) {
      this.#keeper.reject()
      return
    }
    checkType('access_token', token, 'string')
    this.#import({ access_token: token })
  }

  /** The same as `access_token`, under the name of Imgur's older documentation. */
  get client_token(): string | null {
    return this.access_token
  }

  set client_token(token: string | null) {
    this.access_token = token
  }

  /** The refresh token known here, or `null`; it is not looked up in the store. */
  get refresh_token(): string | null {
    return this.#keeper.tokens.refresh_token ?? null
  }

  /** A string replaces the refresh token. */
  set refresh_token(token: string | null) {
    if (token === null)
      throw new TypeError('refresh_token cannot be set to null: signOut() forgets the tokens')
    checkType('refresh_token', token, 'string')
    this.#import({ refresh_token: token })
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

  /** What this client is, without a secret. */
  toJSON(): { readonly provider: string; readonly client_id: string | null; readonly account: string } {
    return { provider: this.provider.name, client_id: this.client_id, account: this.#account }
  }

  #clientId(): string {
    if (this.client_id) return this.client_id
    throw new MisconfiguredError({ message: 'this client has no client_id: new Client(client_id) takes one' })
  }

  #import(token: { readonly access_token: string } | { readonly refresh_token: string }): void {
    const { access_token, refresh_token } = this.#keeper.tokens
    const tokens = {
      ...(access_token && { access_token }),
      ...(refresh_token && { refresh_token }),
      ...token,
    }
    this.#keeper.signIn(importOf(tokens, this.#clock.nowMs()))
  }
}
