// The types of both SDKs, as far as this package meets them: `OAuthClientProvider` of 1.x and of 2.x.

/** What this host says about itself (RFC 7591). */
export interface SdkClientMetadata {
  redirect_uris: string[]
  client_name?: string
  client_uri?: string
  grant_types?: string[]
  response_types?: string[]
  token_endpoint_auth_method?: string
  /** `native` on the user's machine, `web` on a server (OpenID Connect Dynamic Client Registration section 2). */
  application_type?: string
  /** Separated by spaces. */
  scope?: string
}

/** What a transport reads before each request. There is never a refresh token, so no SDK refreshes by itself. */
export interface SdkTokens {
  access_token: string
  /** Always `Bearer`. */
  token_type: string
  /** Those that were granted, separated by spaces. Absent if the server did not say. */
  scope?: string
  /** The issuer that the tokens belong to: the SDK ignores them for any other. */
  issuer: string
}

/** What the SDK saves after it has exchanged a code. */
export interface SavedTokens {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  /** Lifetime in s, from now. */
  readonly expires_in?: number | undefined
  /** Those that were granted, separated by spaces. */
  readonly scope?: string | undefined
  readonly id_token?: string | undefined
  readonly token_type?: string | undefined
  /** The issuer that sent them. Those of another one than the server's are rejected. */
  readonly issuer?: string | undefined
}

/** This host at an authorization server. */
export interface SdkClientInformation {
  client_id: string
  client_secret?: string
  token_endpoint_auth_method?: string
  /** The authorization server at which this host is registered. */
  issuer: string
}

/** What is known of the authorization server. */
export interface SdkDiscoveryState {
  /** Its issuer identifier. */
  authorizationServerUrl: string
  /** What the SDK reads of the metadata (RFC 8414 section 2). */
  authorizationServerMetadata: {
    issuer: string
    authorization_endpoint: string
    token_endpoint: string
    response_types_supported: string[]
    code_challenge_methods_supported: string[]
    /** Then SDK 2.x requires the issuer in the redirect (RFC 9207): pass its query to `finishAuth`. */
    authorization_response_iss_parameter_supported?: boolean
  }
  /** What the SDK reads of the MCP server's metadata (RFC 9728 section 2). */
  resourceMetadata: { resource: string; authorization_servers: string[]; scopes_supported?: string[] }
}

/** `OAuthClientProvider` of `@modelcontextprotocol/sdk` 1.x and `@modelcontextprotocol/client` 2.x. */
export interface SdkOAuthProvider {
  /** Where the authorization server redirects the user: the option `redirectUri`. */
  readonly redirectUrl: string
  /** What this host says about itself when it registers (RFC 7591 section 2). */
  readonly clientMetadata: SdkClientMetadata
  /** Returns the server's metadata, so that the SDK does not request it. */
  discoveryState(): Promise<SdkDiscoveryState>
  /** Returns this host's `client_id` at the server. It registers first if it must. */
  clientInformation(): Promise<SdkClientInformation>
  /** Returns the tokens for the next request; `undefined`: the user must sign in. */
  tokens(): Promise<SdkTokens | undefined>
  /** Stores the tokens that the SDK obtained for a code. */
  saveTokens(tokens: SavedTokens): Promise<void>
  /** Sends the user to the authorization server. */
  redirectToAuthorization(authorizationUrl: URL): Promise<void>
  /** Keeps the verifier for the exchange of the code (RFC 7636 section 4.1). */
  saveCodeVerifier(codeVerifier: string): void
  /** Returns the verifier for the exchange of the code (RFC 7636 section 4.5). */
  codeVerifier(): string
  /** Discards what the server rejected; `scope` says what. */
  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): Promise<void>
}
