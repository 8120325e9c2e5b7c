import { checkType } from '../util/check-type.ts'
import type { FailureCode } from '../failure.ts'
import { platform } from '../platform.ts'
import type { Tokens } from '../tokens.ts'
import type { Parameters } from '../wire/form.ts'
import type { ClientCredentials, ClientRequest } from '../wire/client-request.ts'

/** The grants that a flow of Latchkey exists for; `implicit` is the token flow (RFC 6749 section 4.2). */
export type Grant =
  'authorization_code' | 'client_credentials' | 'device_code' | 'implicit' | 'pin' | 'refresh_token'

/**
 * An authorization server, described in data. Strict RFC 6749 is the default: whatever deviates from it is
 * named in `quirks`, and a deviation that is not named is an error. Where a member needs code it is that
 * function itself, so that a program carries what its providers name and nothing else; `defineProvider`
 * makes a provider of a description and checks it.
 */
export interface Provider {
  /** Part of every store key; letters, digits, `-` and `_` read best. */
  readonly name: string
  /** The server's issuer identifier (RFC 8414 section 2), which the `iss` of a redirect is held to. */
  readonly issuer?: string | undefined
  /** Every redirect of this server carries `iss` (RFC 9207 section 3); one without it is refused. */
  readonly issParameter?: boolean | undefined
  /**
   * Where a person is sent; there is one wherever a grant needs it. It may have a query, which every request
   * keeps (RFC 6749 section 3.1), such as a wish for refresh tokens.
   */
  readonly authorizationEndpoint?: string | undefined
  readonly tokenEndpoint: string
  /** Where a device asks for its codes (RFC 8628 section 3.1). */
  readonly deviceAuthorizationEndpoint?: string | undefined
  /** Where authorization requests are pushed to (RFC 9126 section 2). */
  readonly pushedAuthorizationRequestEndpoint?: string | undefined
  /** The server takes authorization requests only where they were pushed to it (RFC 9126 section 5). */
  readonly requirePushedAuthorizationRequests?: boolean | undefined
  /** Where tokens are revoked (RFC 7009 section 2). */
  readonly revocationEndpoint?: string | undefined
  /** How tokens are revoked there; `defineProvider` puts it in. */
  readonly revocation?: Revocation | undefined
  /** Where a token is looked at (RFC 7662 section 2). */
  readonly introspectionEndpoint?: string | undefined
  readonly grants: readonly Grant[]
  /**
   * How the client proves who it is at the token endpoint (RFC 6749 section 2.3.1): in the body, not at all,
   * or by a function such as `clientSecretBasic`.
   */
  readonly clientAuthentication: 'client_secret_post' | 'none' | ClientAuthentication
  /** Proof key for code exchange: `s256`, unless the server cannot (RFC 7636). */
  readonly pkce?: Pkce | undefined
  /** Where access tokens may be sent: origins of the provider's APIs. Without any, `authorizedFetch` wants to be told. */
  readonly apiOrigins?: readonly string[] | undefined
  readonly refreshReuse?: RefreshReuse | undefined
  readonly quirks?: Quirks | undefined
}

/**
 * What the server does with a refresh token that was spent already: `none`, it never replaces them; `strict`, it
 * revokes all that came of the sign-in (RFC 9700 section 4.14.2); `single`, it refuses; or it tolerates it for a while.
 */
export type RefreshReuse = 'none' | 'strict' | 'single' | { readonly graceMs: number } | 'unknown'

/** Named deviations from RFC 6749. */
export interface Quirks {
  /** What is read out of an answer of the token endpoint before it is held to RFC 6749, in this order. */
  readonly tokenResponse?: readonly TokenResponseQuirk[]
  /** What the provider's own words mean, where they are not the error codes of RFC 6749 section 5.2. */
  readonly errorCodes?: Readonly<Record<string, Meaning>>
  /** Grants whose redirect does not always carry the `state` back. */
  readonly stateUnreliable?: readonly Grant[]
  /** How the provider's APIs refuse an access token, where it is not by status 401 alone (RFC 6750 section 3.1). */
  readonly tokenRejected?: readonly TokenRejection[]
}

/** An answer of an API that refuses the access token it was asked with: all that is named here is so. */
export interface TokenRejection {
  readonly status: number
  /** What the body holds. */
  readonly bodyIncludes?: string | undefined
  /**
   * It is no rate limit: of these headers, in lower case, there is at least one, and each that there is counts so
   * much or more; and there is no `Retry-After`.
   */
  readonly remaining?: Readonly<Record<string, number>> | undefined
}

/** What a provider's words can mean. */
export type Meaning = Extract<FailureCode, 'access_denied' | 'invalid_grant' | 'misconfigured' | 'transient'>

/**
 * One deviation of a server's answers: given what the body stands for as JSON (undefined: it is none), and the
 * body itself, it returns what RFC 6749 section 5 would have there. It gives back what it does not know, and
 * must not throw.
 */
export type TokenResponseQuirk = (value: unknown, body: string) => unknown

/** A request to `url` with these parameters, and with what proves the client to be who it is. */
export type ClientAuthentication = (
  url: string,
  credentials: ClientCredentials,
  parameters: Parameters,
) => ClientRequest

/** The requests that have a server forget tokens. */
export type Revocation = (
  provider: Provider,
  credentials: ClientCredentials,
  tokens: Partial<Tokens>,
) => readonly ClientRequest[]

/**
 * The parameters of an authorization request that a code verifier is promised with (RFC 7636 section 4.3).
 *
 * @throws {TypeError} when there is no verifier, or one that the RFC does not allow.
 */
export type Pkce = (code_verifier: string | undefined) => Parameters

/**
 * An endpoint below `baseUrl`, checked; `name` is what the error calls it.
 *
 * @throws {TypeError} when it is not an absolute https URL without a fragment; http is for loopback only.
 */
export function endpoint(baseUrl: string, path = '', name = 'baseUrl'): string {
  let url
  try {
    url = new platform.URL(baseUrl)
  } catch {
    throw new TypeError(`${name} must be an absolute URL, got ${JSON.stringify(baseUrl)}`)
  }
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if ((url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) || url.hash)
    throw new TypeError(
      `${name} must be an https URL (http on loopback only) without a fragment, got ${JSON.stringify(baseUrl)}`,
    )
  return path ? baseUrl.replace(/\/+$/, '') + path : baseUrl
}

/**
 * Checks that `value` is an origin whose requests are safe from others: https, or http on loopback.
 *
 * @throws {TypeError} that calls it `name`.
 */
export function checkOrigin(name: string, value: unknown): void {
  checkType(name, value, 'string')
  if (originOf(endpoint(value as string, '', name)) !== value)
    throw new TypeError(`${name} must be an origin: scheme, host and port, without a path`)
}

/** The origin of an absolute URL that was checked before. */
export function originOf(url: string): string {
  return new platform.URL(url).origin
}
