import { checkType } from '../check-type.ts'
import { MisconfiguredError, MissingTransportError } from '../errors.ts'
import { Session } from './session.ts'
import { consoleLogger, systemClock, systemCrypto } from '../platform.ts'
import type { Provider } from '../provider.ts'
import { imgur } from '../providers/imgur.ts'
import { randomText } from '../random-text.ts'
import { showAs } from '../show-as.ts'
import { MemoryTokenStore } from '../stores/memory-token-store.ts'
import { redacted } from '../tokens.ts'
import { type Authorize, authorizeOf } from './authorize.ts'
import { getDefaults } from './defaults.ts'
import { checkOptions, type ClientOptions } from './options.ts'

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
  readonly account: string
  readonly Authorize: Authorize
  readonly #session: Session

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
    this.account = given.account || 'default'

    const { clock = systemClock, crypto = systemCrypto, logger = consoleLogger, requireState = false } = given
    const store = given.store ?? new MemoryTokenStore({ clock })
    const access_token = given.access_token || given.client_token
    this.#session = new Session(
      () => ({ provider: this.provider.name, client_id: this.client_id ?? '', account: this.account }),
      { store, clock, crypto, logger },
      {
        ...(access_token && { access_token }),
        ...(given.refresh_token && { refresh_token: given.refresh_token }),
      },
    )
    showAs(this, () => ({
      ...this.toJSON(),
      ...redacted({
        client_secret: this.client_secret,
        mashape_key: this.mashape_key,
        ...this.#session.tokens,
      }),
    }))
    this.Authorize = authorizeOf({
      provider: this.provider,
      session: this.#session,
      clock,
      crypto,
      logger,
      requireState,
      credentials: () => ({ client_id: this.#clientId(), client_secret: this.client_secret }),
      authorizationRequest: state => ({
        client_id: this.#clientId(),
        state,
        redirect_uri: this.redirect_uri,
        scope: this.scope,
        code_verifier: this.provider.pkce && randomText(crypto, 32),
      }),
      transport() {
        const transport = given.transport ?? getDefaults().transport
        if (!transport) throw new MissingTransportError()
        return transport
      },
    })
  }

  /** The access token known here, or `null`; it is not looked up in the store, nor is its expiry looked at. */
  get access_token(): string | null {
    return this.#session.tokens.access_token ?? null
  }

  /** A string replaces the access token; `null` says that an API refused it. */
  set access_token(token: string | null) {
    if (token === null) {
      this.#session.reject()
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
    return this.#session.tokens.refresh_token ?? null
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
    return this.#session.signOut()
  }

  /**
   * Resolves when every write that was started is in the store; one that failed before is tried again.
   *
   * @throws {StoreError} when one fails. The tokens in memory stay as they are.
   */
  settled(): Promise<void> {
    return this.#session.settled()
  }

  /** What this client is, without a secret. */
  toJSON(): { readonly provider: string; readonly client_id: string | null; readonly account: string } {
    return { provider: this.provider.name, client_id: this.client_id, account: this.account }
  }

  #clientId(): string {
    if (this.client_id) return this.client_id
    throw new MisconfiguredError({ message: 'this client has no client_id: new Client(client_id) takes one' })
  }

  #import(token: { readonly access_token: string } | { readonly refresh_token: string }): void {
    const { access_token, refresh_token } = this.#session.tokens
    this.#session.signIn({
      ...(access_token && { access_token }),
      ...(refresh_token && { refresh_token }),
      ...token,
    })
  }
}
