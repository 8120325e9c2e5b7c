import { platform } from './platform.ts'
import type { FailureCode } from './failure.ts'

/** The grants that a flow of Latchkey exists for; `implicit` is the token flow (RFC 6749 section 4.2). */
export type Grant = 'authorization_code' | 'implicit' | 'pin' | 'refresh_token'

/**
 * An authorization server, described in data. Strict RFC 6749 is the default: whatever deviates from it is
 * named in `quirks`, and a deviation that is not named is an error.
 */
export interface Provider {
  /** Part of every store key; letters, digits, `-` and `_` read best. */
  readonly name: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly grants: readonly Grant[]
  /** How the client proves who it is at the token endpoint (RFC 6749 section 2.3.1). */
  readonly clientAuthentication: 'client_secret_post' | 'none'
  /** Where access tokens may be sent: origins of the provider's APIs. Without any, `authorizedFetch` wants to be told. */
  readonly apiOrigins?: readonly string[]
  readonly refreshReuse?: RefreshReuse
  readonly quirks?: Quirks
}

/**
 * What the server does with a refresh token that was spent already: `none`, it never replaces them; `strict`, it
 * revokes all that came of the sign-in (RFC 9700 section 4.14.2); `single`, it refuses; or it tolerates it for a while.
 */
export type RefreshReuse = 'none' | 'strict' | 'single' | { readonly graceMs: number } | 'unknown'

/** Named deviations from RFC 6749. */
export interface Quirks {
  /**
   * Where the provider's own words stand in the body of an error, as paths of member names and indices; all
   * that lead to a text count. By default `error` and `error_description` (RFC 6749 section 5.2).
   */
  readonly errorPaths?: readonly (readonly string[])[]
  /** What the provider's words mean, where they are not the error codes of RFC 6749 section 5.2. */
  readonly errorCodes?: { readonly [code in FailureCode]?: readonly string[] }
  /** Grants whose redirect does not always carry the `state` back. */
  readonly stateUnreliable?: readonly Grant[]
  /** A member of a token response that is `null` counts as absent. */
  readonly nullMembers?: true
}

/**
 * An endpoint below `baseUrl`, checked.
 *
 * @throws {TypeError} when `baseUrl` is not an absolute https URL; http is for loopback only.
 */
export function endpoint(baseUrl: string, path: string): string {
  let url
  try {
    url = new platform.URL(baseUrl)
  } catch {
    throw new TypeError(`baseUrl must be an absolute URL, got ${JSON.stringify(baseUrl)}`)
  }
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    throw new TypeError(
      `baseUrl must be an https URL (http on loopback only), got ${JSON.stringify(baseUrl)}`,
    )
  return baseUrl.replace(/\/+$/, '') + path
}

/** The origin of an absolute URL that was checked before. */
export function originOf(url: string): string {
  return new platform.URL(url).origin
}
