import { checkMethods, checkType } from '../check-type.ts'
import type { Clock } from '../ports/clock.ts'
import type { Crypto } from '../ports/crypto.ts'
import type { Logger } from '../ports/logger.ts'
import type { TokenStore } from '../ports/token-store.ts'
import type { Transport } from '../ports/transport.ts'
import type { Provider } from '../provider.ts'

/** What a client is made of. An empty string counts as absent. */
export interface ClientOptions {
  readonly client_id?: string | null | undefined
  readonly client_secret?: string | null | undefined
  readonly access_token?: string | null | undefined
  /** The same as `access_token`, under the name of Imgur's older documentation. */
  readonly client_token?: string | null | undefined
  readonly refresh_token?: string | null | undefined
  readonly mashape_key?: string | null | undefined
  readonly redirect_uri?: string | null | undefined
  readonly scope?: string | null | undefined
  /** The authorization server; `imgur()` unless said otherwise here or by `setDefaults`. */
  readonly provider?: Provider | undefined
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
  readonly clock?: Clock | undefined
  readonly crypto?: Crypto | undefined
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
  for (const [name, value] of Object.entries(options)) {
    const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name as keyof ClientOptions] : undefined
    if (!shape)
      throw new TypeError(`'${name}' is no option of a client; there are ${Object.keys(SHAPES).join(', ')}`)
    if (value === undefined || value === null) continue
    if (typeof shape === 'string') checkType(name, value, shape)
    else checkMethods(name, value, shape)
  }
  return options
}
