import { isSignInRequired, MisconfiguredError, SignedOutError, TransientError } from '@latchkey/core'
import { systemClock } from '@latchkey/core/ports'
import type { TokenSource } from '@latchkey/core/provider'
import { type Account, Connection } from './connection.ts'
import { HandedOut } from './handed-out.ts'
import type { LeasePorts } from './lease.ts'
import { covers, type LoginRequest, Logins } from './logins.ts'
import { McpFetch } from './mcp-fetch.ts'
import { checkOptions, type McpOptions } from './options.ts'
import type {
  SavedTokens,
  SdkClientInformation,
  SdkClientMetadata,
  SdkDiscoveryState,
  SdkOAuthProvider,
  SdkTokens,
} from './sdk-types.ts'
import { keyOf } from './stored.ts'

export type { LoginRequest } from './logins.ts'

/**
 * The OAuth client of one MCP server, over a store that all processes share. Pass `fetch` to the transport: it sends the
 * token, refreshes it once for all processes, and signs the user in. As `authProvider` it also serves hosts whose own code
 * finishes logins; it then gives the SDK no refresh token, so that the SDK never refreshes by itself.
 */
export class McpOAuthProvider implements SdkOAuthProvider {
  readonly redirectUrl: string
  /** The option of that name. The SDK uses it as `client_id` at servers that support it. */
  readonly clientMetadataUrl?: string
  /** The `fetch` for a transport of the MCP SDK. Requests to other servers pass unchanged. */
  readonly fetch: typeof fetch
  readonly #options: McpOptions & { readonly server: string }
  readonly #connection: Connection
  readonly #logins: Logins
  readonly #given: HandedOut
  readonly #fetch: McpFetch
  /** The token that the SDK's last 401 was answered with. */
  #renewed: string | undefined

  constructor(options: McpOptions) {
    this.#options = checkOptions(options)
    const {
      server,
      account = '',
      clock = systemClock,
      crypto,
      redirectUri,
      clientMetadataUrl,
    } = this.#options
    const randomBytes = (length: number): Uint8Array =>
      crypto?.randomBytes(length) ?? globalThis.crypto.getRandomValues(new Uint8Array(length))
    const random = (): string =>
      Array.from(randomBytes(16), byte => byte.toString(16).padStart(2, '0')).join('')
    const ports: LeasePorts = { store: options.store, clock, random }
    this.#connection = new Connection(this.#options, ports)
    this.#logins = new Logins(this.#options, this.#connection, ports, keyOf.login(server, account))
    this.#given = new HandedOut(clock)
    this.redirectUrl = redirectUri
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl
    this.#fetch = new McpFetch(this.#options, this.#connection, this.#logins, this.#given)
    this.fetch = (input, init) => this.#fetch.send(input, init)
  }

  /** What this host says about itself (RFC 7591). */
  get clientMetadata(): SdkClientMetadata {
    return this.#connection.metadata
  }

  /**
   * Returns an access token that works now, refreshed once for all processes.
   *
   * @throws {SignedOutError} when nobody has signed in.
   * @throws what `Client.accessToken` throws.
   */
  async accessToken(options?: Parameters<TokenSource['accessToken']>[0]): Promise<string> {
    const account = await this.#connection.known()
    if (!account) throw new SignedOutError({ message: `nobody has signed in to ${this.#options.server}` })
    return account.client.accessToken(options)
  }

  /** Returns the stored access token, which may have expired, to ask for another one by `login({ instead })`. */
  async storedAccessToken(): Promise<string | undefined> {
    return (await (await this.#connection.known())?.client.tokens())?.access_token
  }

  /** Reports that the server rejected a token; resolves to a new one, as `Client.rejected` does. */
  async rejected(token: string, options?: Parameters<TokenSource['rejected']>[1]): Promise<string> {
    return (await this.#known()).client.rejected(token, options)
  }

  /**
   * Signs the user in by the option `signIn`, unless the account has tokens, or another process is signing in: then it
   * waits for those tokens. `instead`, the present access token, demands new ones in any case.
   *
   * @throws what `signIn` throws, here or in the process that was waited for.
   */
  login(request: LoginRequest = {}): Promise<void> {
    return this.#logins.login(request)
  }

  /**
   * Completes a login that `redirectToAuthorization` began, by the URL of the redirect. Unlike the SDK's `finishAuth`, it
   * checks the `state` and the issuer.
   *
   * @throws what `Pending.authorize` throws; if the error's `stillWaits` is true, call it again with another URL.
   */
  finish(redirectUrl: string): Promise<void> {
    return this.#logins.finish(redirectUrl)
  }

  /** Removes the tokens, and revokes them if the server can. */
  async signOut(): Promise<void> {
    await (await this.#connection.known())?.client.signOut()
  }

  /** Resolves when everything is stored. Call it before the process exits. */
  async settled(): Promise<void> {
    await (await this.#connection.known())?.client.settled()
  }

  // What the SDK calls.

  /** Returns the access token for the next request: fresh, and without a refresh token. */
  async tokens(): Promise<SdkTokens | undefined> {
    const found = await this.#tokens()
    if (found) return found
    await this.#logins.waitForOthers()
    return this.#tokens()
  }

  async discoveryState(): Promise<SdkDiscoveryState> {
    const { server } = await this.#known()
    const { issuer, resource, scopes, description } = server
    return {
      authorizationServerUrl: issuer,
      authorizationServerMetadata: {
        issuer,
        authorization_endpoint: description.authorizationEndpoint!,
        token_endpoint: description.tokenEndpoint!,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        ...(description.issParameter && { authorization_response_iss_parameter_supported: true }),
      },
      resourceMetadata: {
        resource,
        authorization_servers: [issuer],
        ...(scopes && { scopes_supported: [...scopes] }),
      },
    }
  }

  async clientInformation(): Promise<SdkClientInformation> {
    const { server, registration } = await this.#known()
    const { client_id, client_secret, token_endpoint_auth_method } = registration
    return {
      client_id,
      ...(client_secret !== undefined && { client_secret }),
      ...(token_endpoint_auth_method !== undefined && { token_endpoint_auth_method }),
      issuer: server.issuer,
    }
  }

  /**
   * Saves the tokens of `finishAuth`. The SDK's own copies of the present token change nothing.
   *
   * @throws {StoreError} when they cannot be stored.
   * @throws {MisconfiguredError} when they are of another issuer.
   */
  async saveTokens({ issuer, ...tokens }: SavedTokens): Promise<void> {
    const { client, server } = await this.#known()
    if (issuer !== undefined && issuer !== server.issuer)
      throw new MisconfiguredError({ message: `the tokens are of ${issuer}, not of ${server.issuer}` })
    if (tokens.access_token === (await client.tokens())?.access_token) return
    try {
      await client.import(tokens as Parameters<typeof client.import>[0])
      await client.settled()
    } catch (error) {
      await this.#logins.end((error as Error).message)
      throw error
    }
    await this.#logins.end()
  }

  /**
   * Called by the SDK when a request needs a login. If a refresh or another process has brought tokens, no user is asked.
   *
   * @throws {TransientError} when there are new tokens: this SDK cannot repeat its request, so the caller must.
   */
  async redirectToAuthorization(authorizationUrl: URL): Promise<void> {
    const account = await this.#connection.connect()
    const scope = authorizationUrl.searchParams.get('scope') ?? undefined
    const wanted = await this.#wantedBy(account, scope)
    if (wanted.scope === undefined && (await this.#renew(account, wanted.instead)))
      throw repeat('the access token was refreshed')
    if (this.#options.signIn) {
      await this.login({ request: { scope }, ...wanted })
      throw repeat('the user has signed in')
    }
    if (!(await this.#logins.claim(account, wanted))) throw repeat('another process has signed in')
    await this.#logins.open(account, { scope })
  }

  /** Does nothing: the page that is opened belongs to a flow of Latchkey, which has its own verifier. */
  saveCodeVerifier(): void {}

  /** Returns the verifier of the page that was opened. */
  codeVerifier(): string {
    return (this.#logins.flow.pending.toJSON() as { readonly code_verifier: string }).code_verifier
  }

  /**
   * Tokens are never deleted here: no SDK used the refresh token, and another process may have stored new ones. `tokens`
   * reports the access token that was given last as rejected; if another one is stored by now, nothing changes.
   */
  async invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): Promise<void> {
    const account = await this.#connection.known()
    if (scope === 'discovery') this.#connection.forget()
    if (this.#logins.isOpen) {
      // What failed is the exchange of the code, or this host's registration.
      await this.#logins.end('the authorization server rejected the login')
      if (account && (scope === 'client' || scope === 'all'))
        await this.#connection.forgetRegistration(account)
    } else if (account && scope === 'tokens') await this.#report(account)
  }

  /** Returns what tokens the SDK's demand needs: more scope, or others than those that were rejected. */
  async #wantedBy(
    { client }: Account,
    scope: string | undefined,
  ): Promise<Pick<LoginRequest, 'instead' | 'scope'>> {
    const tokens = await client.tokens()
    if (tokens && !covers(tokens, scope)) return { instead: tokens.access_token, scope }
    return { instead: this.#fetch.isUsed ? this.#fetch.rejected : this.#given.rejected }
  }

  /** Reports the token that was given last as rejected. Another one that is stored by now stays as it is. */
  async #report({ client }: Account): Promise<void> {
    const { rejected } = this.#given
    if (rejected === undefined) return
    await client.rejected(rejected).catch((error: unknown) => {
      if (!isSignInRequired(error)) throw error
    })
  }

  /** Refreshes the token that the server rejected, unless `fetch` has done so, or the one before was renewed just so. */
  async #renew({ client }: Account, token: string | undefined): Promise<boolean> {
    if (this.#fetch.isUsed || token === undefined || token === this.#renewed) return false
    try {
      this.#renewed = await client.rejected(token)
      return true
    } catch (error) {
      if (isSignInRequired(error)) return false
      throw error
    }
  }

  async #known(): Promise<Account> {
    return (await this.#connection.known()) ?? this.#connection.connect()
  }

  async #tokens(): Promise<SdkTokens | undefined> {
    try {
      const account = await this.#connection.known()
      if (!account) return undefined
      const access_token = await account.client.accessToken()
      const { scope } = (await account.client.tokens()) ?? {}
      this.#given.add(access_token)
      return {
        access_token,
        token_type: 'Bearer',
        ...(scope !== undefined && { scope }),
        issuer: account.server.issuer,
      }
    } catch (error) {
      if (isSignInRequired(error)) return undefined
      throw error
    }
  }
}

function repeat(what: string): TransientError {
  return new TransientError({
    message: `${what} meanwhile: repeat the request. With the option fetch of the transport, that happens by itself`,
  })
}

/**
 * Returns the OAuth client of one MCP server, over a store that all processes share.
 *
 * @throws {TypeError} when an option is unknown, missing or wrong; the message names it.
 */
export function mcpOAuthProvider(options: McpOptions): McpOAuthProvider {
  return new McpOAuthProvider(options)
}
