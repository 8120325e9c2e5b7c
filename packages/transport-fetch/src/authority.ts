import type { Provider } from '@latchkey/core'
import type { AbortSignalLike } from '@latchkey/core/ports'
import { checkOrigin, isTokenRejected, mayRejectToken } from '@latchkey/core/provider'
import { startDeadline } from './deadline.ts'
import { readText } from './read-text.ts'

/** Where tokens come from: a `Client`, or what `keepTokens` returns. */
export interface TokenSource {
  /** An access token that works now. */
  accessToken(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** Another one, since an API refused this one. */
  rejected(accessToken: string, options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** `Bearer ...`, or what an account without tokens sends; without it every request has a token. */
  authorizationHeader?(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<string>
  /** Its `apiOrigins` get the token, its endpoints never do, and its quirks say what a refusal is. */
  readonly provider?: Provider
  /** Sent along as `X-Mashape-Key`. */
  readonly mashape_key?: string | null
}

/** Where tokens may go. */
export interface AuthorityOptions {
  /**
   * Origins that get the token, besides the `apiOrigins` of the client's provider: scheme, host and port, https
   * unless on loopback.
   */
  readonly origins?: readonly string[]
}

/** The time for reading the body of an answer that may refuse the token, in ms; what is here by then is judged. */
const READ_DEADLINE_MS = 5_000
const MOST_BYTES = 65_536

const SCHEME = 'Bearer '

/** What stays as it is when it is parsed, up to its query: nothing to drop, to encode or to resolve. */
const PLAIN = /^[\w/:.~%-]+(?:[?#]|$)/
const DOTTED = /\/(?:\.|%2e)/i

/** Whom a client's credentials may be shown, what they are, and whether they were refused. */
export class Authority {
  readonly #source: TokenSource
  readonly #origins: readonly string[]
  readonly #endpoints: readonly string[]

  /** @throws {TypeError} for a client that is none, an origin that is none, and when there is no origin at all. */
  constructor(source: TokenSource, { origins = [] }: AuthorityOptions) {
    const { provider, accessToken, rejected } = Object(source) as Partial<TokenSource>
    if (typeof accessToken !== 'function' || typeof rejected !== 'function')
      throw new TypeError('client must be a Client, or what keepTokens returns')
    if (!Array.isArray(origins)) throw new TypeError('origins must be an array')
    origins.forEach((one, index) => checkOrigin(`origins[${index}]`, one))
    this.#source = source
    this.#origins = [...(provider?.apiOrigins ?? []), ...origins]
    this.#endpoints = Object.entries(provider ?? {}).flatMap(([name, value]) =>
      name.endsWith('Endpoint') && typeof value === 'string' ? placeOf(new URL(value)) : [],
    )
    if (this.#origins.length === 0)
      throw new TypeError(
        `${provider ? `the provider '${provider.name}'` : 'this client'} does not say where its tokens may be sent: pass { origins: ['https://api.example.com'] }`,
      )
  }

  /** Whether a request to `url` gets the credentials. The authorization server's own endpoints get none. */
  covers(url: string): boolean {
    // To parse every address takes as long as all the rest.
    if (PLAIN.test(url) && !DOTTED.test(url))
      for (const origin of this.#origins)
        if (url.startsWith(origin) && url[origin.length] === '/')
          return !this.#endpoints.includes(url.split(/[?#]/, 1)[0]!)
    try {
      const parsed = new URL(url)
      return this.#origins.includes(parsed.origin) && !this.#endpoints.includes(placeOf(parsed))
    } catch {
      return false // fetch has something to say of it
    }
  }

  /** The value of `Authorization`. Rejects with the client's errors, and once the caller's `signal` aborts. */
  header(signal?: AbortSignal | null): Promise<string> {
    const source = this.#source
    const options = signal ? { signal } : undefined
    if (source.authorizationHeader) return source.authorizationHeader(options)
    return source.accessToken(options).then(token => SCHEME + token)
  }

  /** Puts the credentials on `headers`. */
  sign(headers: Headers, authorization: string): void {
    set(headers, 'authorization', authorization)
    const { mashape_key } = this.#source
    if (mashape_key && !headers.has('x-mashape-key')) set(headers, 'x-mashape-key', mashape_key)
  }

  /** Whether requests carry more than `Authorization`, which no runtime keeps from following a redirect. */
  get hasKey(): boolean {
    return !!this.#source.mashape_key
  }

  /** Takes the credentials off again. */
  unsign(headers: Headers): void {
    headers.delete('authorization')
    headers.delete('x-mashape-key')
  }

  /** Whether `response`, to a request to `url`, refuses the token that it was asked with; it can be read afterwards as if it had not been. */
  refuses(response: Response, authorization: string, url: string): boolean | Promise<boolean> {
    if (!mayRejectToken(this.#source.provider, response.status)) return false
    if (!authorization.startsWith(SCHEME)) return false
    // On the way to another origin the runtime has dropped the token.
    if (response.redirected && new URL(response.url).origin !== new URL(url).origin) return false
    return isTokenRejected(this.#source.provider, {
      status: response.status,
      header: name => response.headers.get(name),
      text: () => beginningOf(response),
    })
  }

  /** `Authorization` with another token than the one in `refused`; rejects as `header` does. */
  async renewed(refused: string, signal?: AbortSignal | null): Promise<string> {
    const token = refused.slice(SCHEME.length)
    return SCHEME + (await this.#source.rejected(token, signal ? { signal } : undefined))
  }
}

/** An address without what tells one resource of a path from another. */
function placeOf({ origin, pathname }: URL): string {
  return origin + pathname
}

/** Sets a header whose value is a secret: what Headers throws at a bad one quotes it. */
function set(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value)
  } catch {
    throw new TypeError(`the value for ${name} has characters that no header can have`)
  }
}

/** The beginning of a body, read from a copy. */
async function beginningOf(response: Response): Promise<string> {
  const deadline = startDeadline(READ_DEADLINE_MS, undefined)
  try {
    return (await readText(response.clone().body, deadline, MOST_BYTES)).text
  } finally {
    deadline.release()
  }
}
