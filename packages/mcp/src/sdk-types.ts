// The types of both SDKs, as far as this package meets them: `OAuthClientProvider` of 1.x and of 2.x.

/** What this host says about itself (RFC 7591). */
export interface SdkClientMetadata {
  redirect_uris: string[]
  client_name?: string
  client_uri?: string
  grant_types?: string[]
  response_types?: string[]
  token_endpoint_auth_method?: string
  application_type?: string
  scope?: string
}

/** What a transport reads before each request. There is never a refresh token, so no SDK refreshes by itself. */
export interface SdkTokens {
  access_token: string
  token_type: string
  scope?: string
  /** The issuer that the tokens belong to: the SDK ignores them for any other. */
  issuer: string
}

/** What the SDK saves after it has exchanged a code. */
export interface SavedTokens {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  readonly expires_in?: number | undefined
  readonly scope?: string | undefined
  readonly id_token?: string | undefined
  readonly token_type?: string | undefined
  readonly issuer?: string | undefined
}

/** This host at an authorization server. */
export interface SdkClientInformation {
  client_id: string
  client_secret?: string
  token_endpoint_auth_method?: string
  issuer: string
}

/** What is known of the authorization server. */
export interface SdkDiscoveryState {
  authorizationServerUrl: string
  authorizationServerMetadata: {
    issuer: string
    authorization_endpoint: string
    token_endpoint: string
    response_types_supported: string[]
    code_challenge_methods_supported: string[]
    /** Then SDK 2.x requires the issuer in the redirect (RFC 9207): pass its query to `finishAuth`. */
    authorization_response_iss_parameter_supported?: boolean
  }
  resourceMetadata: { resource: string; authorization_servers: string[]; scopes_supported?: string[] }
}

/** `OAuthClientProvider` of `@modelcontextprotocol/sdk` 1.x and `@modelcontextprotocol/client` 2.x. */
export interface SdkOAuthProvider {
  readonly redirectUrl: string
  readonly clientMetadata: SdkClientMetadata
  discoveryState(): Promise<SdkDiscoveryState>
  clientInformation(): Promise<SdkClientInformation>
  tokens(): Promise<SdkTokens | undefined>
  saveTokens(tokens: SavedTokens): Promise<void>
  redirectToAuthorization(authorizationUrl: URL): Promise<void>
  saveCodeVerifier(codeVerifier: string): void
  codeVerifier(): string
  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): Promise<void>
}
