import { BOUND } from '../keeper/record.ts'
import { accountNameOf } from '../util/account-name.ts'
import { checkType } from '../util/check-type.ts'
import type { RequestProver } from '../dpop/dpop.ts'
import { Keeper } from '../drive/keeper.ts'
import type { AccessTokenOptions } from '../drive/keeper-options.ts'
import { MisconfiguredError, MissingTransportError } from '../errors.ts'
import type { TokenStore } from '../ports/token-store.ts'
import { consoleLogger, systemClock, systemCrypto } from '../platform.ts'
import { apiCredentials, ApiOrigins } from '../provider/api.ts'
import type { Provider, RedirectParameters } from '../provider/provider.ts'
import { imgur } from '../provider/imgur.ts'
import { quote } from '../util/scrub.ts'
import { randomText } from '../util/random-text.ts'
import { showAs } from '../util/show-as.ts'
import { MemoryTokenStore } from '../stores/memory-token-store.ts'
import { redacted } from '../tokens.ts'
import { Accounts, accountsIn } from './accounts.ts'
import { type Authorize, authorizeOf } from '../sign-in/authorize.ts'
import { type ClientContext, contextOf, register } from './context.ts'
import { getDefaults } from './defaults.ts'
import { refreshIdle, type RefreshIdleCounts, type RefreshIdleOptions } from '../functions/refresh-idle.ts'
import { revokeQuietly } from '../functions/revoke-quietly.ts'
import { grantFromTokens } from '../keeping/import-tokens.ts'
import { KeptTokens } from '../keeping/kept-tokens.ts'
import { renew } from '../keeping/renew.ts'
import { checkOptions, checkTexts, type ClientOptions, joined } from './options.ts'

/** How long before its end an access token is refreshed, at most, if a refresh ends the old one. */
const LAST_MS = 30_000

/**
 * The tokens of one account at one authorization server: obtains them by the provider's flows, stores and refreshes them.
 *
 * The credentials may be changed at any time: `by*` methods and `authorize` use the values at the time of the call.
 */
export class Client extends KeptTokens {
  /** The id that the server registered. Without one no flow starts. */
  client_id: string | null
  /** Where the server redirects the user. It is not sent unless given. */
  redirect_uri: string | null
  /** The scopes that are requested, separated by spaces. They are not sent unless given. */
  scope: string | null
  /** The authorization server. */
  readonly provider: Provider
  /** The flows that obtain tokens. */
  readonly Authorize: Authorize
  /** Not properties of the object: whatever walks through it or spreads it finds no secret. */
  #client_secret: string | null
  #mashape_key: string | null
  readonly #account: string
  readonly #keeper: Keeper
  readonly #store: TokenStore
  readonly #accounts: Accounts<Client>
  /** Signs the requests to an API, if the client has the option `dpop`. */
  readonly dpop: RequestProver | undefined

  /**
   * @param options - the client id, or an object of `ClientOptions`.
   * @throws {TypeError} when an option is unknown or of the wrong type; the message names it.
   */
  constructor(options?: string | ClientOptions) {
    const given = checkOptions(options)
    const { clock = systemClock, crypto = systemCrypto, logger = consoleLogger } = given
    const { requireState = false, offline = false } = given
    const warned = new Set<string>()
    const provider = given.provider ?? getDefaults().provider ?? imgur()
    const store = given.store ?? new MemoryTokenStore({ clock })
    const access_token = given.access_token || given.client_token
    const { refresh_token } = given
    const tokens = { ...(access_token && { access_token }), ...(refresh_token && { refresh_token }) }
    const keeper = new Keeper({
      store,
      clock,
      crypto,
      logger,
      leewayMs: provider.refreshToken?.endsAccessToken
        ? Math.min(given.leewayMs ?? LAST_MS, LAST_MS)
        : given.leewayMs,
      maxWaitMs: given.maxWaitMs,
      owner: () => ({
        provider: this.provider.name,
        client_id: this.client_id ?? '',
        account: this.#account,
      }),
      scope: () => this.scope,
      renew: (...request) => renew(context, ...request),
      revoke: provider.revocation && ((...tokens) => revokeQuietly(context, ...tokens)),
      dpop: given.dpop,
      grants: Object.keys(given.grants ?? {}),
      imported: access_token || refresh_token ? grantFromTokens(tokens, clock.nowMs()) : undefined,
    })
    super(keeper)
    this.#keeper = keeper
    this.#store = store
    this.client_id = given.client_id || null
    this.#client_secret = given.client_secret || null
    this.#mashape_key = given.mashape_key || null
    this.redirect_uri = given.redirect_uri || null
    this.scope = joined(given.scope) || null
    this.provider = provider
    this.#account = given.account || 'default'

    showAs(this, () => ({
      ...this.toJSON(),
      ...redacted({
        ...(this.#client_secret !== null && { client_secret: true }),
        ...(this.#mashape_key !== null && { mashape_key: true }),
        ...this.#keeper.tokens,
      }),
    }))
    const context: ClientContext = {
      provider: this.provider,
      keeper,
      clock,
      crypto,
      logger,
      requireState,
      store,
      hasAccount: !!given.account,
      account: name => {
        const client = name === undefined ? this : this.account(name)
        return { name: client.#account, keeper: client.#keeper }
      },
      trials: new Map(),
      credentials: () => ({ client_id: this.#clientId(), client_secret: this.client_secret }),
      scope: () => this.scope,
      redirect_uri: () => this.redirect_uri,
      providerAt: (redirect = {}) => provider.at?.(provider, redirect) ?? provider,
      offline,
      warnOnce(message) {
        if (!warned.has(message)) logger.warn(message)
        warned.add(message)
      },
      authorizationRequest: (state, { scope, parameters } = {}) => ({
        client_id: this.#clientId(),
        state,
        redirect_uri: this.redirect_uri,
        scope: joined(scope) ?? this.scope,
        offline,
        parameters,
        code_verifier: typeof this.provider.pkce === 'function' ? randomText(crypto, 32) : undefined,
      }),
      dpop: given.dpop,
      grants: given.grants,
      transport(key) {
        const transport = given.transport ?? getDefaults().transport
        if (!transport) throw new MissingTransportError()
        if (!key) return transport
        if (!given.dpop) throw new MisconfiguredError({ message: BOUND })
        return given.dpop.transport(transport, key, clock)
      },
    }
    register(this, context)
    if (provider.allowInsecure)
      context.warnOnce(
        `Latchkey: ${provider.name} is used over http: everybody on the network can read the tokens`,
      )
    this.dpop = given.dpop?.prover(() => keeper.keyInUse, clock)
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
        store,
        account,
      })
    })
  }

  /**
   * Returns the headers that a request to the provider's API needs: `authorization`, and those that the provider describes.
   * An account that never signed in or was signed out gets `Client-ID ...` where the provider accepts that, as Imgur does.
   * Tokens that are bound to a key get a proof for this one request with this `method` (default `GET`).
   * It throws when the refresh token was rejected, so that no upload becomes anonymous unnoticed.
   *
   * @throws {TypeError} when `url` has none of the provider's API origins.
   * @throws what `accessToken` throws.
   */
  async headersFor(
    { url, method }: { readonly url: string; readonly method?: string | undefined },
    options?: AccessTokenOptions,
  ): Promise<Readonly<Record<string, string>>> {
    if (!(await new ApiOrigins(this).covers(url)))
      throw new TypeError(
        `${quote(url.replace(/[?#].*/s, ''), [])} is not in an API of '${this.provider.name}'`,
      )
    this.#clientId()
    const { headers } = await apiCredentials(this, options)
    return this.dpop ? this.dpop.sign({ method, url, headers }) : headers
  }

  /**
   * Returns the other parameters of the redirect that the account signed in with, such as `realmId` of QuickBooks: at most
   * 16, of at most 1,024 characters. Anybody can change a redirect, so do not trust them more than a form field.
   *
   * @throws {StoreError} when the store fails.
   */
  async redirect(): Promise<RedirectParameters> {
    return (await this.#keeper.read())?.redirect ?? {}
  }

  /**
   * Returns the client of another account of the same provider, client id and store; the same object for the same name.
   *
   * @throws {TypeError} when `name` cannot name one user, such as `''` or `'undefined'`.
   */
  account(name: string): Client {
    checkType('account', name, 'string')
    accountNameOf(name)
    return name === this.#account ? this : this.#accounts.get(name)
  }

  /**
   * Lists the names of the accounts in the store, including signed-out ones. The order is not defined.
   *
   * @throws {TypeError} when the store cannot list its keys.
   */
  accounts(): AsyncIterable<string> {
    return accountsIn(this.#store, this.provider.name, this.client_id ?? '')
  }

  /**
   * Refreshes the accounts in the store whose refresh tokens would end without use, and returns their numbers. Call it from
   * time to time, such as once a day. Several processes may: each account is refreshed once.
   *
   * @throws {TypeError} when an option is unknown or wrong, or the store cannot list its keys.
   */
  refreshIdle(options: RefreshIdleOptions): Promise<RefreshIdleCounts> {
    return refreshIdle(contextOf(this), this.accounts(), options)
  }

  /** Sent to the token endpoint and nowhere else. */
  get client_secret(): string | null {
    return this.#client_secret
  }

  set client_secret(secret: string | null) {
    this.#client_secret = secret
  }

  /** Sent to API origins only. */
  get mashape_key(): string | null {
    return this.#mashape_key
  }

  set mashape_key(key: string | null) {
    this.#mashape_key = key
  }

  /** The access token in memory, or `null`. The store is not read, and the token may have expired. */
  get access_token(): string | null {
    return this.#keeper.tokens.access_token ?? null
  }

  /**
   * A string replaces the access token, as a new sign-in that is written to the store later (`settled()`). `null` reports
   * that an API rejected it.
   *
   * @throws {TypeError} when it is anything else.
   */
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

  /** The refresh token in memory, or `null`; the store is not read. */
  get refresh_token(): string | null {
    return this.#keeper.tokens.refresh_token ?? null
  }

  /**
   * A string replaces the refresh token, as a new sign-in that is written to the store later (`settled()`).
   *
   * @throws {TypeError} when it is anything else; `signOut()` removes the tokens.
   */
  set refresh_token(token: string | null) {
    if (token === null)
      throw new TypeError('refresh_token cannot be set to null: call signOut() to remove the tokens')
    checkType('refresh_token', token, 'string')
    this.#import({ refresh_token: token })
  }

  /** Describes this client, without secrets. */
  toJSON(): { readonly provider: string; readonly client_id: string | null; readonly account: string } {
    return { provider: this.provider.name, client_id: this.client_id, account: this.#account }
  }

  #clientId(): string {
    checkTexts(this) // the credentials may have been assigned since
    if (this.client_id) return this.client_id
    throw new MisconfiguredError({
      message: 'this client has no client_id: pass one to new Client(client_id)',
    })
  }

  #import(token: { readonly access_token: string } | { readonly refresh_token: string }): void {
    const { access_token, refresh_token, expires_in, expires_at } = this.#keeper.tokens
    // The lifetime belongs to the access token: a new one has none that is known.
    const kept = 'access_token' in token ? {} : { access_token, expires_in, expires_at }
    const tokens = Object.entries({ ...kept, refresh_token, ...token }).filter(([, value]) => value != null)
    this.#keeper.signIn(grantFromTokens(Object.fromEntries(tokens), this.#keeper.clock.nowMs()))
  }
}
