import { accountNameOf } from '../util/account-name.ts'
import { checkMethods, checkOptionNames, checkText, checkType } from '../util/check-type.ts'
import type { Dpop } from '../dpop/dpop.ts'
import type { TokenGrant } from '../grants/token-grant.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { TokenStore } from '../ports/token-store.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'

/** The options of a client, under the names of RFC 6749. An empty string, like `null`, counts as absent. */
export interface ClientOptions {
  /** The client id that the server registered; no flow starts without one. */
  readonly client_id?: string | null | undefined
  /** Sent to the token endpoint and nowhere else (RFC 6749 section 2.3.1). */
  readonly client_secret?: string | null | undefined
  /**
   * Imported if the account has no tokens, or was imported with others than these. The same tokens again never replace
   * newer ones and never undo a sign-out.
   */
  readonly access_token?: string | null | undefined
  /** The same as `access_token`, under the name of Imgur's older documentation. */
  readonly client_token?: string | null | undefined
  /** As `access_token`; without an access token it is used at the first `accessToken()`. */
  readonly refresh_token?: string | null | undefined
  /** `authorizedFetch` sends it to API origins as `X-Mashape-Key`, and never to the authorization server. */
  readonly mashape_key?: string | null | undefined
  /** Where the server redirects the user (RFC 6749 section 3.1.2). Not sent unless given. */
  readonly redirect_uri?: string | null | undefined
  /** Scopes, in an array or separated by spaces (RFC 6749 section 3.3). Not sent unless given. */
  readonly scope?: string | readonly string[] | null | undefined
  /** Also request what a refresh token requires at this provider (its `offline`), which may ask the user for consent. */
  readonly offline?: boolean | undefined
  /** Binds the tokens to a key (RFC 9449): `dpop()`. */
  readonly dpop?: Dpop | undefined
  /** What obtains and renews tokens in `signInByGrant(client, name)`: `jwtBearer()`, `tokenExchange()` and others, by name. */
  readonly grants?: Readonly<Record<string, TokenGrant>> | undefined
  /** The authorization server. Default: that of `setDefaults`, or `imgur()`. */
  readonly provider?: Provider | undefined
  /** Sends requests. Default: that of `setDefaults`. Without any, a request throws a `MissingTransportError`. */
  readonly transport?: Transport | undefined
  /** Where tokens are stored. Default: in memory. */
  readonly store?: TokenStore | undefined
  /** The account, for a program with the tokens of several users. Default: `'default'`. */
  readonly account?: string | undefined
  /**
   * How long before its end an access token is refreshed while it still works, in ms; at most half its lifetime. Default:
   * a tenth of its lifetime, at least 60,000 and at most 600,000.
   */
  readonly leewayMs?: number | undefined
  /**
   * How long `accessToken()` waits, in ms, for a retry after a failure that passes by itself; 0 for no retry. Requests
   * under way are always waited for. Default 5,000.
   */
  readonly maxWaitMs?: number | undefined
  /** Reject a redirect without a state even if the provider is known to omit it. */
  readonly requireState?: boolean | undefined
  /** Default: the system's. */
  readonly clock?: Clock | undefined
  /** Makes states and code verifiers. Default: the runtime's. */
  readonly crypto?: Crypto | undefined
  /** Receives warnings, which hold no secrets. Default: `console`. */
  readonly logger?: Logger | undefined
}

/** What each option must be: a type, or the methods of a port. */
const SHAPES: {
  readonly [option in keyof Required<ClientOptions>]: 'string' | 'boolean' | 'number' | readonly string[]
} = {
  client_id: 'string',
  client_secret: 'string',
  access_token: 'string',
  client_token: 'string',
  refresh_token: 'string',
  mashape_key: 'string',
  redirect_uri: 'string',
  scope: 'string',
  offline: 'boolean',
  account: 'string',
  leewayMs: 'number',
  maxWaitMs: 'number',
  requireState: 'boolean',
  provider: [],
  dpop: ['createKey'],
  grants: [],
  transport: ['send'],
  store: ['read', 'compareAndSwap', 'remove'],
  clock: ['nowMs', 'monotonicMs', 'sleep'],
  crypto: ['randomBytes'],
  logger: ['warn'],
}

/**
 * Checks and returns the options of a client; a string is the client id.
 *
 * @throws {TypeError} when an option is unknown or of the wrong type; the message names it.
 */
export function checkOptions(options: unknown): ClientOptions {
  if (options === undefined) return {}
  if (typeof options === 'string') return { client_id: options }
  checkOptionNames('a client', options, Object.keys(SHAPES))
  const given = options as ClientOptions
  const scope = joined(given.scope)
  for (const [name, value] of Object.entries({ ...given, scope })) {
    const shape = SHAPES[name as keyof ClientOptions]
    if (value === undefined || value === null) continue
    if (typeof shape === 'string') checkType(name, value, shape)
    else checkMethods(name, value, shape)
  }
  checkTexts({ ...given, scope })
  if (given.account) accountNameOf(given.account)
  return given
}

/** Returns scopes separated by spaces. */
export function joined(scope: ClientOptions['scope']): string | null | undefined {
  return Array.isArray(scope) && scope.every(one => typeof one === 'string')
    ? scope.join(' ')
    : (scope as string)
}

type Sent = Pick<ClientOptions, 'client_id' | 'client_secret' | 'redirect_uri'> & {
  readonly scope?: string | null | undefined
}

/** @throws {TypeError} when an option that is sent to the server cannot be right; the message names it. */
export function checkTexts({ client_id, client_secret, redirect_uri, scope }: Sent): void {
  for (const [name, value] of Object.entries({ client_id, client_secret, redirect_uri, scope }))
    checkText(name, value)
}
