import type { Provider } from '@latchkey/core'
import { isTokenRejected, mayRejectToken } from '@latchkey/core/provider'
import type { AbortSignalLike } from '@latchkey/core/ports'
import { checkOrigin } from '@latchkey/core/provider'
import { startDeadline } from './deadline.ts'
import { readText } from './read-text.ts'

/** The source of tokens: a `Client`, or the result of `keepTokens`. */
export interface TokenSource {
  /** Returns a valid access token. */
  accessToken(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** Call this when an API rejects the token. Resolves to a new one. */
  rejected(accessToken: string, options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** Returns `Bearer ...`, or the header of an account without tokens. Without it, `accessToken` is used. */
  authorizationHeader?(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** Its `apiOrigins` get the token, its endpoints do not, and its quirks define a rejected token. */
  readonly provider?: Provider
  /** Sent as `X-Mashape-Key`. */
  readonly mashape_key?: string | null
}

/** Options that limit where tokens are sent. */
export interface AuthorityOptions {
  /**
   * Origins that get the token, in addition to the provider's `apiOrigins`: scheme, host and port; https, except on
   * loopback.
   */
  readonly origins?: readonly string[]
}

/** How long to read the body of a response that may reject the token, in ms. Then the part received is checked. */
const READ_DEADLINE_MS = 5_000
const MAX_BYTES = 65_536

const SCHEME = 'Bearer '

/** A URL that parsing does not change, up to its query. */
const NORMALIZED_URL = /^[\w/:.~%-]+(?:[?#]|$)/
const DOT_SEGMENT = /\/(?:\.|%2e)/i

/** Adds a client's credentials to requests, and detects rejected tokens. */
export class Authority {
  readonly #source: TokenSource
  readonly #origins: readonly string[]
  readonly #endpoints: readonly string[]

  /** @throws {TypeError} when the client or an origin is invalid, or when there is no origin. */
  constructor(source: TokenSource, { origins = [] }: AuthorityOptions) {
    const { provider, accessToken, rejected } = Object(source) as Partial<TokenSource>
    if (typeof accessToken !== 'function' || typeof rejected !== 'function')
      throw new TypeError('client must be a Client, or the result of keepTokens')
    if (!Array.isArray(origins)) throw new TypeError('origins must be an array')
    origins.forEach((origin, index) => checkOrigin(`origins[${index}]`, origin))
    this.#source = source
    this.#origins = [...(provider?.apiOrigins ?? []), ...origins]
    this.#endpoints = Object.entries(provider ?? {}).flatMap(([name, value]) =>
      name.endsWith('Endpoint') && typeof value === 'string' ? withoutQuery(new URL(value)) : [],
    )
    if (this.#origins.length === 0)
      throw new TypeError(
        `${provider ? `the provider '${provider.name}'` : 'this client'} has no API origins, so no request may get its token: pass { origins: ['https://api.example.com'] }`,
      )
  }

  /** Returns whether a request to `url` gets the credentials. The authorization server's endpoints do not. */
  covers(url: string): boolean {
    // Avoids parsing, which takes as long as all the rest.
    if (NORMALIZED_URL.test(url) && !DOT_SEGMENT.test(url))
      for (const origin of this.#origins)
        if (url.startsWith(origin) && url[origin.length] === '/')
          return !this.#endpoints.includes(url.split(/[?#]/, 1)[0]!)
    try {
      const parsed = new URL(url)
      return this.#origins.includes(parsed.origin) && !this.#endpoints.includes(withoutQuery(parsed))
    } catch {
      return false // fetch reports the error
    }
  }

  /** Returns the value of `Authorization`. Rejects with the client's errors, and when `signal` is aborted. */
  header(signal?: AbortSignal | null): Promise<string> {
    const source = this.#source
    const options = signal ? { signal } : undefined
    if (source.authorizationHeader) return source.authorizationHeader(options)
    return source.accessToken(options).then(token => SCHEME + token)
  }

  /** Adds the credentials to `headers`. */
  sign(headers: Headers, authorization: string): void {
    setSecretHeader(headers, 'authorization', authorization)
    const { mashape_key } = this.#source
    if (mashape_key && !headers.has('x-mashape-key')) setSecretHeader(headers, 'x-mashape-key', mashape_key)
  }

  /** Whether requests have a `mashape_key`, which no runtime removes on a redirect. */
  get hasMashapeKey(): boolean {
    return !!this.#source.mashape_key
  }

  /** Removes the credentials from `headers`. */
  unsign(headers: Headers): void {
    headers.delete('authorization')
    headers.delete('x-mashape-key')
  }

  /** Returns whether the response of a request to `url` rejects the token. Its body can still be read afterwards. */
  isTokenRejected(response: Response, authorization: string, url: string): boolean | Promise<boolean> {
    if (!mayRejectToken(this.#source.provider, response.status)) return false
    if (!authorization.startsWith(SCHEME)) return false
    // The runtime removed the token on the redirect to another origin.
    if (response.redirected && new URL(response.url).origin !== new URL(url).origin) return false
    return isTokenRejected(this.#source.provider, {
      status: response.status,
      header: name => response.headers.get(name),
      text: () => readBeginning(response),
    })
  }

  /** Returns `Authorization` with a new token instead of the `rejected` one; rejects as `header` does. */
  async refresh(rejected: string, signal?: AbortSignal | null): Promise<string> {
    const token = rejected.slice(SCHEME.length)
    return SCHEME + (await this.#source.rejected(token, signal ? { signal } : undefined))
  }
}

/** Returns origin and path of a URL. */
function withoutQuery({ origin, pathname }: URL): string {
  return origin + pathname
}

/** Sets a header with a secret value. Replaces the error of `Headers`, which quotes the value. */
function setSecretHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value)
  } catch {
    throw new TypeError(`the value for ${name} contains characters that are not allowed in a header`)
  }
}

/** Reads the beginning of a body from a copy. */
async function readBeginning(response: Response): Promise<string> {
  const deadline = startDeadline(READ_DEADLINE_MS, undefined)
  try {
    return (await readText(response.clone().body, deadline, MAX_BYTES)).text
  } finally {
    deadline.clear()
  }
}
