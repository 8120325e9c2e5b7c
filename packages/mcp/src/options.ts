// What a host says about itself and one MCP server, checked.
import type { Client, TokenStore, Transport } from '@latchkey/core'
import { checkOptionNames, type Clock, type Crypto, type Logger } from '@latchkey/core/ports'
import { type ClientMetadata, endpoint } from '@latchkey/core/provider'

/** What one sign-in requests: pass it to `client.Authorize.byCode` or to `pushAuthorization`. */
export type SignInRequest = NonNullable<Exclude<Parameters<Client['Authorize']['byCode']>[0], string>>

/** A client that was registered by hand. */
export interface RegisteredClient {
  /** The authorization server at which it is registered. It is never presented to another one. */
  readonly issuer: string
  /** Issued by that server. */
  readonly client_id: string
  /** Missing for a public client (RFC 6749 section 2.1). */
  readonly client_secret?: string | undefined
}

/** The options of `mcpOAuthProvider`. */
export interface McpOptions {
  /** The URL of the MCP server, as its transport has it. */
  readonly server: string | URL
  /** Holds tokens, registrations and logins: all processes that share it share all of them. */
  readonly store: TokenStore
  /** Where the authorization server redirects the user. A program on the user's machine: on loopback. */
  readonly redirectUri: string
  /** What this host says about itself when it registers (RFC 7591); missing members have defaults. */
  readonly clientMetadata?: ClientMetadata | undefined
  /** The address of this host's metadata document, used as `client_id` at servers that support it. */
  readonly clientMetadataUrl?: string | undefined
  /** A client that was registered by hand, in place of a registration. */
  readonly client?: RegisteredClient | undefined
  /**
   * Signs the user in: opens `client.Authorize.byCode(request).url`, and passes the redirect to its `authorize`. It is
   * called by one process at a time.
   */
  readonly signIn?:
    | ((
        client: Client,
        request: SignInRequest,
        context: { readonly signal?: AbortSignal | undefined },
      ) => Promise<unknown>)
    | undefined
  /** In place of `signIn`: opens a page, and returns at once; the host then calls `finish` or the SDK's `finishAuth`. */
  readonly redirectToAuthorization?: ((url: URL) => void | Promise<void>) | undefined
  /** The scope to request. Default: what the server's metadata lists. */
  readonly scope?: string | undefined
  /** The name of the account, for several users of one server. Default: one account per server. */
  readonly account?: string | undefined
  /** The identifier of the resource (RFC 8707), if the server's metadata has another one than its URL. */
  readonly resource?: string | undefined
  /** The authorization server, for an MCP server without metadata (RFC 9728). */
  readonly issuer?: string | undefined
  /** Sends the requests to authorization servers. Default: that of `setDefaults`. */
  readonly transport?: Transport | undefined
  /** Sends the requests to the MCP server. Default: the global one. */
  readonly fetch?: typeof fetch | undefined
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Default: the system's source of random values. */
  readonly crypto?: Crypto | undefined
  /** Receives the warnings of the client. Default: `console`. */
  readonly logger?: Logger | undefined
}

const NAMES: Readonly<Record<keyof McpOptions, 'any' | 'string' | 'function' | 'object'>> = {
  server: 'any',
  store: 'object',
  redirectUri: 'string',
  clientMetadata: 'object',
  clientMetadataUrl: 'string',
  client: 'object',
  signIn: 'function',
  redirectToAuthorization: 'function',
  scope: 'string',
  account: 'string',
  resource: 'string',
  issuer: 'string',
  transport: 'object',
  fetch: 'function',
  clock: 'object',
  crypto: 'object',
  logger: 'object',
}

/**
 * Checks the options, and returns them with `server` as text.
 *
 * @throws {TypeError} that names the option.
 */
export function checkOptions(options: McpOptions): McpOptions & { readonly server: string } {
  checkOptionNames('mcpOAuthProvider()', options, Object.keys(NAMES))
  for (const [name, type] of Object.entries(NAMES)) {
    const value = options[name as keyof McpOptions]
    if (value !== undefined && type !== 'any' && (typeof value !== type || value === null))
      throw new TypeError(`${name} must be ${type === 'object' ? 'an' : 'a'} ${type}`)
  }
  const { store, redirectUri, clientMetadata, clientMetadataUrl, client, signIn, redirectToAuthorization } =
    options
  if (store === undefined) throw new TypeError('store is missing: all processes share it')
  if (redirectUri === undefined || !URL.canParse(redirectUri))
    throw new TypeError('redirectUri must be an absolute URL')
  if (!clientMetadata && clientMetadataUrl === undefined && !client)
    throw new TypeError('pass clientMetadata, clientMetadataUrl or client: the server must know this host')
  if (client && !(typeof client.issuer === 'string' && typeof client.client_id === 'string'))
    throw new TypeError('client must have an issuer and a client_id')
  if (signIn && redirectToAuthorization)
    throw new TypeError('pass signIn or redirectToAuthorization, not both')
  const server = endpoint(String(options.server), '', 'server')
  for (const [name, url] of Object.entries({ clientMetadataUrl, issuer: options.issuer }))
    if (url !== undefined) endpoint(url, '', name)
  return { ...options, server }
}
