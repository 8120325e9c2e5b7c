import type { Tokens } from '../tokens.ts'
import type { Parameters } from '../wire/form.ts'
import type {
  AnyRequest,
  ClientCredentials,
  ClientProof,
  RequestContext,
  RequestFormat,
} from '../wire/client-request.ts'
import type { Clock } from '../ports/clock.ts'
import type { HttpResponse } from '../ports/transport.ts'
import type { Identify } from './identity.ts'

/** The grants that Latchkey supports. `implicit` is the token flow (RFC 6749 section 4.2). */
export type Grant =
  'authorization_code' | 'client_credentials' | 'device_code' | 'implicit' | 'pin' | 'refresh_token'

/**
 * An authorization server, described as data. Latchkey follows RFC 6749 strictly. `quirks` names the server's
 * deviations, and any other deviation is an error. A member that needs code is a function, so that a program bundles
 * only the code of its own providers. `defineProvider` checks a description and returns a provider.
 */
export interface Provider {
  /** Part of every store key. Prefer letters, digits, `-` and `_`. */
  readonly name: string
  /** What a reader wants to know about the server. */
  readonly about?: About | undefined
  /** The server's issuer identifier (RFC 8414 section 2). The `iss` of a redirect must be equal to it. */
  readonly issuer?: string | undefined
  /** Every redirect of this server carries `iss` (RFC 9207 section 3). A redirect without it is rejected. */
  readonly issParameter?: boolean | undefined
  /** Where to send the user. Required if a grant needs it. It may have a query, which every request keeps. */
  readonly authorizationEndpoint?: string | undefined
  /** Parameters of every authorization request, as `{ audience: 'api' }`. */
  readonly authorizationParameters?: Parameters | undefined
  /** What follows `#` in the URL of every authorization request (WeChat: `wechat_redirect`). */
  readonly authorizationFragment?: string | undefined
  /** Where the client requests tokens (RFC 6749 section 3.2). */
  readonly tokenEndpoint: string
  /** Where to refresh tokens, if that is not the token endpoint. */
  readonly refreshEndpoint?: string | undefined
  /** Parameters of every request to the token endpoint and to the device authorization endpoint. */
  readonly tokenParameters?: Parameters | undefined
  /** More parameters of every refresh. `null` leaves out one of `tokenParameters`. */
  readonly refreshParameters?: Parameters | undefined
  /** Returns a request of the client as the server expects it. Default: a form-encoded body. */
  readonly tokenRequestFormat?: RequestFormat | undefined
  /** Where a device requests its codes (RFC 8628 section 3.1). */
  readonly deviceAuthorizationEndpoint?: string | undefined
  /** Where to push authorization requests (RFC 9126 section 2). */
  readonly pushedAuthorizationRequestEndpoint?: string | undefined
  /** The server accepts only pushed authorization requests (RFC 9126 section 5). */
  readonly requirePushedAuthorizationRequests?: boolean | undefined
  /** Where to revoke tokens (RFC 7009 section 2). */
  readonly revocationEndpoint?: string | undefined
  /** Returns the requests that revoke tokens. `defineProvider` sets it. */
  readonly revocation?: Revocation | undefined
  /** Where to inspect a token (RFC 7662 section 2). */
  readonly introspectionEndpoint?: string | undefined
  /** Where to end the user's session at the server (OpenID Connect RP-Initiated Logout 1.0). */
  readonly endSessionEndpoint?: string | undefined
  /**
   * Endpoints other than the authorization endpoint may use http beyond loopback, as within a cluster. Everybody on the
   * network between can read the tokens; a client warns of that once. Default false.
   */
  readonly allowInsecure?: boolean | undefined
  /** Where to register clients (RFC 7591 section 3), for `register`. */
  readonly registrationEndpoint?: string | undefined
  /** Where to request the user's data (OpenID Connect Core 5.3). */
  readonly userinfoEndpoint?: string | undefined
  /** Scopes that the server supports; it may support others (RFC 8414 section 2). */
  readonly scopesSupported?: readonly string[] | undefined
  /** The algorithms of proofs that the server accepts (RFC 9449 section 5.1). Latchkey signs with `ES256`. */
  readonly dpopSigningAlgValuesSupported?: readonly string[] | undefined
  /** The server binds access tokens to the certificate of the client's TLS connection (RFC 8705 section 3.3). */
  readonly tlsClientCertificateBoundAccessTokens?: boolean | undefined
  /** The server accepts the URL of a `clientIdMetadataDocument` as `client_id`. */
  readonly clientIdMetadataDocumentSupported?: boolean | undefined
  /** The server that the user's tokens come from, if a redirect names one of several (Zoho: `accounts-server`). */
  readonly hosts?: Hosts | undefined
  /** Returns the provider with the endpoints that a redirect names; `undefined`: not allowed. `defineProvider` sets it. */
  readonly at?: ((provider: Provider, redirect: RedirectParameters) => Provider | undefined) | undefined
  /** Returns whether a redirect has a valid signature of the server (Shopify: `hmac`). */
  readonly verifyRedirect?:
    ((parameters: RedirectParameters, credentials: ClientCredentials) => boolean) | undefined
  /** The grants that the server supports. */
  readonly grants: readonly Grant[]
  /**
   * How the client authenticates at the token endpoint (RFC 6749 section 2.3.1): in the body, not at all, or with a
   * function such as `clientSecretBasic`.
   */
  readonly clientAuthentication: 'client_secret_post' | 'none' | ClientAuthentication
  /** Calls a function that authenticates the client, limits its time and checks its result. `defineProvider` sets it. */
  readonly authenticate?:
    ((method: ClientAuthentication, request: AuthenticationRequest) => Promise<ClientProof>) | undefined
  /** PKCE (RFC 7636): `s256`, unless the server does not support it. */
  readonly pkce?: Pkce | 'none' | undefined
  /** What separates the scopes of a request. Default: a space (RFC 6749 section 3.3). */
  readonly scopeSeparator?: string | undefined
  /**
   * What a server requires before it issues a refresh token. The parameters are part of every authorization request, except
   * `prompt`, which asks the user. That one and the scopes need `new Client({ offline: true })`.
   */
  readonly offline?: Offline | undefined
  /** The lifetime of access tokens in s, if the server does not send it. */
  readonly defaultExpiresIn?: number | undefined
  /** What is known about refresh tokens. */
  readonly refreshToken?: RefreshTokenFacts | undefined
  /** The provider's APIs, which receive access tokens. If absent, `authorizedFetch` requires their origins. */
  readonly api?: Api | undefined
  /**
   * What identifies the user of a token response: the path of a member, such as `account_id` or `team.id`, or a function.
   * `Authorize.complete` names the account by it.
   */
  readonly identity?: string | Identify | undefined
  /** Takes a response with two sets of tokens apart; each is for an account of its own. */
  readonly alsoTokens?: SplitTokens | undefined
  /**
   * Named deviations from RFC 6749. The first four are pipelines: each function receives what the one before returned. A
   * function must not throw, and must return unchanged what it does not know.
   */
  readonly quirks?: Quirks | undefined
}

/** What a reader wants to know about a server: its display name, its documentation, and where to register a client. */
export interface About {
  /** Its display name. */
  readonly name: string
  /** The URL of its documentation of OAuth. */
  readonly docs: string
  /** The URL of the page that registers a client. */
  readonly register: string
  /** The day on which the description was compared with the documentation, as `YYYY-MM-DD`. */
  readonly checked: string
}

/** The parameter of a redirect that names the server, and the origins that it may name. */
export interface Hosts {
  /** The name of the parameter. */
  readonly from: { readonly redirect: string }
  /** The origins, letter for letter. */
  readonly allowed: readonly string[]
}

/**
 * What a server requires before it issues a refresh token. The parameters are part of every authorization request, except
 * `prompt`, which asks the user. That one and the scopes need `new Client({ offline: true })`.
 */
export interface Offline {
  /** Scopes. */
  readonly scope?: string | undefined
  /** Parameters of the authorization request, such as `{ access_type: 'offline' }`. */
  readonly parameters?: Parameters | undefined
}

/** What is known about refresh tokens. */
export interface RefreshTokenFacts {
  /** Their lifetime in s, if the server does not send it. */
  readonly expiresIn?: number | undefined
  /** Every use renews the lifetime. */
  readonly sliding?: boolean | undefined
  /**
   * What the server does with a used refresh token: `none`, it does not replace refresh tokens; `strict`, it revokes all
   * tokens of the sign-in (RFC 9700 section 4.14.2); `single`, it rejects the request; or it accepts it for `graceMs`.
   */
  readonly reuse?: RefreshReuse | undefined
  /** A refresh ends the old access token, so tokens are refreshed in their last 30 s only. */
  readonly endsAccessToken?: boolean | undefined
}

/** What a server does with a used refresh token; `RefreshTokenFacts.reuse` says what each value means. */
export type RefreshReuse = 'none' | 'strict' | 'single' | { readonly graceMs: number } | 'unknown'

/** The path of the second set of tokens in a token response, and what follows `/` in the name of its account. */
export interface AlsoTokens {
  /** Names with dots between, such as `authed_user`. The rest of its first member is not kept. */
  readonly path: string
  /** Such as `user`: the account `T123` has a second one, `T123/user`. */
  readonly suffix: string
}

/** The APIs of a provider. */
export interface Api {
  /**
   * The origins that receive access tokens: `https://api.example.com`; or `https://*.example.com`, only if every host below
   * belongs to the provider; or a function that finds them in the tokens, whose results must match `originPattern`.
   */
  readonly origins: readonly string[] | ((tokens: Tokens) => unknown)
  /** Matches every origin that `origins` may find, from `^https:` to `$`. */
  readonly originPattern?: RegExp | undefined
  /**
   * Headers of every request, such as `{ 'Client-Id': '{client_id}' }`. `{access_token}`, `{client_id}` and `{mashape_key}`
   * are filled in; a header whose value is missing is left out.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The scheme of `Authorization`. Default `Bearer`; `null`: the header is not sent. */
  readonly scheme?: string | null | undefined
  /** The value of `Authorization` for an account without tokens, if the API accepts that (Imgur: `Client-ID {client_id}`). */
  readonly anonymous?: string | undefined
}

/** Takes a response with two sets of tokens apart. The second set belongs to an account of its own. */
export type SplitTokens = (
  response: Tokens,
  provider: Provider,
  nowMs: number,
) => { readonly tokens: Tokens; readonly others?: Readonly<Record<string, Tokens>> }

/** The parameters of a redirect. */
export type RedirectParameters = Readonly<Record<string, string>>

/**
 * Named deviations from RFC 6749. The first four are pipelines: each function receives what the one before returned. A
 * function must not throw, and must return unchanged what it does not know.
 */
export interface Quirks {
  /** Convert the parameters of an authorization request to what the server expects. */
  readonly authorizationRequest?: readonly RequestQuirk[]
  /** Convert the parameters of a redirect to RFC 6749 section 4.1.2. */
  readonly authorizationResponse?: readonly ((parameters: RedirectParameters) => RedirectParameters)[]
  /** Convert the parameters of any other request of the client to what the server expects. */
  readonly tokenRequest?: readonly RequestQuirk[]
  /** Convert a response of the token endpoint to RFC 6749 section 5. */
  readonly tokenResponse?: readonly TokenResponseQuirk[]
  /** The meaning of errors that RFC 6749 section 5.2 does not define. First match wins. */
  readonly errors?: readonly ErrorMeaning[]
  /** Grants whose redirect does not always return the `state`. */
  readonly stateUnreliable?: readonly Grant[]
  /** How the provider's APIs reject an access token, if not by status 401 alone (RFC 6750 section 3.1). */
  readonly tokenRejected?: readonly TokenRejection[]
}

/** Converts the parameters of a request. */
export type RequestQuirk = (parameters: Parameters, request: RequestContext) => Parameters

/**
 * Converts a server's response to what RFC 6749 section 5 specifies. `value` is the parsed body (undefined: it is not
 * JSON), and `body` its text.
 */
export type TokenResponseQuirk = (
  value: unknown,
  body: string,
  request: RequestContext & { readonly nowMs: number },
) => unknown

/** An error of a server, and its meaning. It matches if every member matches that is given. */
export interface ErrorMeaning {
  /** Where the error comes from: a redirect, the token endpoint, or the device flow. Default: anywhere. */
  readonly at?: 'redirect' | 'token' | 'device' | undefined
  /** The HTTP status. */
  readonly status?: number | undefined
  /** A text or number of the response, in whole. */
  readonly word?: string | number | undefined
  /** The beginning of a text of the response. */
  readonly prefix?: string | undefined
  /** What is to be done. `pending` is for the device flow: the user has not finished yet. */
  readonly means: Meaning
}

/** The meaning of an error: what is to be done. */
export type Meaning = 'reauth' | 'declined' | 'misconfigured' | 'transient' | 'pending'

/** A response of an API that rejects the access token. It must match every member that is given. */
export interface TokenRejection {
  /** The HTTP status. */
  readonly status: number
  /** Text that the body contains. */
  readonly bodyIncludes?: string | undefined
  /**
   * The response is not a rate limit: at least one of these headers (names in lower case) is present, and every one
   * present is at or above its minimum. There is no `Retry-After`.
   */
  readonly remaining?: Readonly<Record<string, number>> | undefined
}

/** A request whose client is to be authenticated. */
export interface AuthenticationRequest extends RequestContext {
  /** Those of the client. */
  readonly credentials: ClientCredentials
  /** Where it is sent. */
  readonly url: string
  /** The server of the request. */
  readonly provider: Provider
  /** The client's, for the instants of assertions. */
  readonly clock: Pick<Clock, 'nowMs'> & Partial<Clock>
}

/**
 * Returns what a request needs in addition to authenticate the client. The values are treated as secrets. If it takes longer
 * than 5 s, throws, rejects or returns something else, the request is not sent. Messages do not repeat what it throws.
 */
export interface ClientAuthentication {
  (request: AuthenticationRequest): ClientProof | PromiseLike<ClientProof>
  /** Is passed every response to a request that it signed, and when it came. It must not throw. */
  received?(response: HttpResponse, nowMs: number): void
}

/** Returns the requests that revoke tokens at a server. */
export type Revocation = (
  provider: Provider,
  credentials: ClientCredentials,
  tokens: Partial<Tokens>,
) => readonly AnyRequest[]

/**
 * Returns the parameters of an authorization request that commit it to a code verifier (RFC 7636 section 4.3).
 *
 * @throws {TypeError} when the verifier is missing or not valid under the RFC.
 */
export type Pkce = (code_verifier: string | undefined) => Parameters
