import { checkMethods, checkOptionNames, checkText, checkType } from '../util/check-type.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { TokenStore } from '../ports/token-store.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider/provider.ts'

/** What a client is made of, under the wire's names (RFC 6749). An empty string, like `null`, counts as absent. */
export interface ClientOptions {
  /** As it is registered at the server; no flow begins without one. */
  readonly client_id?: string | null | undefined
  /** Sent to the token endpoint and nowhere else (RFC 6749 section 2.3.1). */
  readonly client_secret?: string | null | undefined
  /**
   * Imported where the account has no tokens, or was imported with others than these: unchanged ones never replace
   * what came of them since, nor undo a sign-out.
   */
  readonly access_token?: string | null | undefined
  /** The same as `access_token`, under the name of Imgur's older documentation. */
  readonly client_token?: string | null | undefined
  /** As `access_token`; by itself it is refreshed at the first `accessToken()`. */
  readonly refresh_token?: string | null | undefined
  /** `authorizedFetch` sends it to API origins as `X-Mashape-Key`, and never to the authorization server. */
  readonly mashape_key?: string | null | undefined
  /** Where people come back to (RFC 6749 section 3.1.2); left out of requests unless given. */
  readonly redirect_uri?: string | null | undefined
  /** Scopes, apart by spaces (RFC 6749 section 3.3); left out of requests unless given. */
  readonly scope?: string | null | undefined
  /** The authorization server; `imgur()` unless said otherwise here or by `setDefaults`. */
  readonly provider?: Provider | undefined
  /** How the server is reached; that of `setDefaults` unless said otherwise. Without any, a request is a `MissingTransportError`. */
  readonly transport?: Transport | undefined
  /** Where tokens are kept; in memory unless said otherwise. */
  readonly store?: TokenStore | undefined
  /** Whose tokens these are, for a program that keeps several people's; `'default'` unless said otherwise. */
  readonly account?: string | undefined
  /**
   * How long before its end an access token is refreshed while it still works, in ms: unless said otherwise a
   * tenth of its lifetime, at least 60,000 and at most 600,000; never more than half the lifetime.
   */
  readonly leewayMs?: number | undefined
  /** Refuse a redirect without a state even where the provider is known for it. */
  readonly requireState?: boolean | undefined
  /** The system's unless said otherwise. */
  readonly clock?: Clock | undefined
  /** Where states and code verifiers come from; the runtime's unless said otherwise. */
  readonly crypto?: Crypto | undefined
  /** Where warnings go, none with a secret; `console` unless said otherwise. */
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
  account: 'string',
  leewayMs: 'number',
  requireState: 'boolean',
  provider: [],
  transport: ['send'],
  store: ['read', 'compareAndSwap', 'remove'],
  clock: ['nowMs', 'monotonicMs', 'sleep'],
  crypto: ['randomBytes'],
  logger: ['warn'],
}

/**
 * The options of a client, checked; a string is the client id.
 *
 * @throws {TypeError} that names the option: unknown, or of the wrong type.
 */
export function checkOptions(options: unknown): ClientOptions {
  if (options === undefined) return {}
  if (typeof options === 'string') return { client_id: options }
  if (typeof options !== 'object' || options === null)
    throw new TypeError('a client is made of a client id (string) or of an object of options')
  checkOptionNames('a client', options, Object.keys(SHAPES))
  for (const [name, value] of Object.entries(options)) {
    const shape = SHAPES[name as keyof ClientOptions]
    if (value === undefined || value === null) continue
    if (typeof shape === 'string') checkType(name, value, shape)
    else checkMethods(name, value, shape)
  }
  checkTexts(options)
  return options
}

type Sent = Pick<ClientOptions, 'client_id' | 'client_secret' | 'redirect_uri' | 'scope'>

/** @throws {TypeError} that names what is sent to the server and cannot be right there. */
export function checkTexts({ client_id, client_secret, redirect_uri, scope }: Sent): void {
  for (const [name, value] of Object.entries({ client_id, client_secret, redirect_uri, scope }))
    checkText(name, value)
}
