import { checkType } from '../util/check-type.ts'
import type { FailureCode } from '../failure.ts'
import { platform } from '../platform.ts'
import type { Tokens } from '../tokens.ts'
import type { Parameters } from '../wire/form.ts'
import type { ClientCredentials, ClientRequest } from '../wire/client-request.ts'
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
  /** The server's issuer identifier (RFC 8414 section 2). The `iss` of a redirect must be equal to it. */
  readonly issuer?: string | undefined
  /** Every redirect of this server carries `iss` (RFC 9207 section 3). A redirect without it is rejected. */
  readonly issParameter?: boolean | undefined
  /**
   * Where to send the user. Required if a grant needs it. It may have a query, which every request keeps (RFC 6749
   * section 3.1), for example to request refresh tokens.
   */
  readonly authorizationEndpoint?: string | undefined
  readonly tokenEndpoint: string
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
  readonly grants: readonly Grant[]
  /**
   * How the client authenticates at the token endpoint (RFC 6749 section 2.3.1): in the body, not at all, or with a
   * function such as `clientSecretBasic`.
   */
  readonly clientAuthentication: 'client_secret_post' | 'none' | ClientAuthentication
  /** PKCE (RFC 7636): `s256`, unless the server does not support it. */
  readonly pkce?: Pkce | 'none' | undefined
  /** The origins of the provider's APIs, which may receive access tokens. If absent, `authorizedFetch` requires them. */
  readonly apiOrigins?: readonly string[] | undefined
  readonly refreshReuse?: RefreshReuse | undefined
  /**
   * What identifies the user of a token response: the path of a member, such as `account_id` or `team.id`, or a function.
   * `Authorize.complete` names the account by it.
   */
  readonly identity?: string | Identify | undefined
  readonly quirks?: Quirks | undefined
}

/**
 * What the server does with a used refresh token: `none`, it does not replace refresh tokens; `strict`, it revokes all
 * tokens of the sign-in (RFC 9700 section 4.14.2); `single`, it rejects the request; or it accepts it for `graceMs`.
 */
export type RefreshReuse = 'none' | 'strict' | 'single' | { readonly graceMs: number } | 'unknown'

/** Named deviations from RFC 6749. */
export interface Quirks {
  /** Functions that convert a response of the token endpoint to RFC 6749, applied in this order. */
  readonly tokenResponse?: readonly TokenResponseQuirk[]
  /** The meaning of the provider's error texts that are not error codes of RFC 6749 section 5.2. */
  readonly errorCodes?: Readonly<Record<string, Meaning>>
  /** Grants whose redirect does not always return the `state`. */
  readonly stateUnreliable?: readonly Grant[]
  /** The scheme with which its APIs accept the client id in place of a token, for requests of nobody (Imgur: `Client-ID`). */
  readonly anonymous?: string
  /** How the provider's APIs reject an access token, if not by status 401 alone (RFC 6750 section 3.1). */
  readonly tokenRejected?: readonly TokenRejection[]
}

/** A response of an API that rejects the access token. It must match every member that is given. */
export interface TokenRejection {
  readonly status: number
  /** Text that the body contains. */
  readonly bodyIncludes?: string | undefined
  /**
   * The response is not a rate limit: at least one of these headers (names in lower case) is present, and every one
   * present is at or above its minimum. There is no `Retry-After`.
   */
  readonly remaining?: Readonly<Record<string, number>> | undefined
}

/** The possible meanings of a provider's error text. */
export type Meaning = Extract<FailureCode, 'access_denied' | 'invalid_grant' | 'misconfigured' | 'transient'>

/**
 * Converts a server's response to what RFC 6749 section 5 specifies. `value` is the parsed body (undefined: it is not
 * JSON), and `body` its text. Return an unknown value unchanged. Must not throw.
 */
export type TokenResponseQuirk = (value: unknown, body: string) => unknown

/** Returns a request to `url` with these parameters that authenticates the client. */
export type ClientAuthentication = (
  url: string,
  credentials: ClientCredentials,
  parameters: Parameters,
) => ClientRequest

/** Returns the requests that revoke tokens at a server. */
export type Revocation = (
  provider: Provider,
  credentials: ClientCredentials,
  tokens: Partial<Tokens>,
) => readonly ClientRequest[]

/**
 * Returns the parameters of an authorization request that commit it to a code verifier (RFC 7636 section 4.3).
 *
 * @throws {TypeError} when the verifier is missing or not valid under the RFC.
 */
export type Pkce = (code_verifier: string | undefined) => Parameters

/**
 * Checks `baseUrl` and returns the endpoint at `path` below it, as `new URL()` writes it. Errors call the URL `name`.
 *
 * @throws {TypeError} when it is not an absolute https URL without a fragment, user name, password, white space and
 *   control character. http is for loopback only.
 */
export function endpoint(baseUrl: string, path = '', name = 'baseUrl'): string {
  let url
  try {
    url = new platform.URL(baseUrl)
  } catch {
    const shown = JSON.stringify(baseUrl.replace(/^.*@/s, '[redacted]@'))
    throw new TypeError(`${name} must be an absolute URL, got ${shown}`)
  }
  if (!isPlain(baseUrl))
    throw new TypeError(`${name} must not have a user name, a password, white space or a control character`)
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if ((url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) || baseUrl.includes('#'))
    throw new TypeError(
      `${name} must be an https URL (http on loopback only) without a fragment, got ${JSON.stringify(baseUrl)}`,
    )
  if (!path) return url.href
  if (url.search) throw new TypeError(`${name} must not have a query`)
  return withoutFinalSlashes(url.href) + path
}

/** Whether a valid URL has no user name, password, white space or control character: these mislead readers. */
export function isPlain(text: string): boolean {
  const { username, password } = new platform.URL(text)
  return !username && !password && !/[\0-\x20\x7f]/.test(text)
}

/** Returns a URL without slashes at its end. An expression would take quadratic time for a URL of slashes. */
export function withoutFinalSlashes(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end--
  return url.slice(0, end)
}

/**
 * Returns the name of a provider at `baseUrl`: `product` at its own address, else with the address, because store keys
 * contain it, and no token may reach another server.
 */
export function instanceName(product: string, baseUrl: string, defaultUrl?: string): string {
  const url = withoutFinalSlashes(endpoint(baseUrl))
  return url === defaultUrl ? product : `${product}.${url.replace(/^https?:\/\//, '')}`
}

/**
 * Checks that `value` is an origin to which requests are private: https, or http on loopback.
 *
 * @throws {TypeError} when it is not. The message calls it `name`.
 */
export function checkOrigin(name: string, value: unknown): void {
  checkType(name, value, 'string')
  if (originOf(endpoint(value as string, '', name)) !== value)
    throw new TypeError(`${name} must be an origin: scheme, host and port, without a path`)
}

/** Returns the origin of an absolute URL. */
export function originOf(url: string): string {
  return new platform.URL(url).origin
}
