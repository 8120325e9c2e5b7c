import {
  apiCredentials,
  type ApiCredentials,
  ApiOrigins,
  credentialsOf,
  isTokenRejected,
  mayRejectToken,
  type TokenSource,
} from '@latchkey/core/provider'
import { startDeadline } from './deadline.ts'
import { readText } from './read-text.ts'

export type { TokenSource } from '@latchkey/core/provider'

/** Options that limit where tokens are sent. */
export interface AuthorityOptions {
  /**
   * Origins that get the token, in addition to those of the provider's `api`: scheme, host and port; https, except on
   * loopback.
   */
  readonly origins?: readonly string[]
}

/** The header of a proof (RFC 9449 section 4.1). */
const PROOF = 'dpop'

/** How long to read the body of a response that may reject the token, in ms. Then the part received is checked. */
const READ_DEADLINE_MS = 5_000
const MAX_BYTES = 65_536

/** Adds a client's credentials to requests, and detects rejected tokens. */
export class Authority {
  readonly #source: TokenSource
  readonly #origins: ApiOrigins
  /** The names of all headers that carry credentials, in lower case. */
  readonly #names: readonly string[]

  /** @throws {TypeError} when the client or an origin is invalid, or when there is no origin. */
  constructor(source: TokenSource, { origins = [] }: AuthorityOptions) {
    const { provider, accessToken, rejected } = Object(source) as Partial<TokenSource>
    if (typeof accessToken !== 'function' || typeof rejected !== 'function')
      throw new TypeError('client must be a Client, or the result of keepTokens')
    if (!Array.isArray(origins)) throw new TypeError('origins must be an array')
    this.#source = source
    this.#origins = new ApiOrigins(source, origins)
    const described = Object.entries(provider?.api?.headers ?? {})
    this.#names = [
      'authorization',
      ...described.filter(([, value]) => value.includes('{')).map(([name]) => name.toLowerCase()),
      ...(source.dpop ? [PROOF] : []),
    ]
    if (this.#origins.isEmpty)
      throw new TypeError(
        `${provider ? `the provider '${provider.name}'` : 'this client'} has no API origins, so no request may get its token: pass { origins: ['https://api.example.com'] }`,
      )
  }

  /** Returns whether a request to `url` with these headers gets the credentials. */
  covers(url: string, headers: Headers): boolean | Promise<boolean> {
    return this.#names.some(name => headers.has(name)) ? false : this.#origins.covers(url)
  }

  /** Returns the credentials. Rejects with the client's errors, and when `signal` is aborted. */
  credentials(signal?: AbortSignal | null): Promise<ApiCredentials> {
    return apiCredentials(this.#source, signal ? { signal } : undefined)
  }

  /**
   * Adds the credentials to the `headers` of a request, with a proof if they are bound to a key. A header without a secret
   * gives way to the program's own.
   */
  async sign(
    { headers, url, method }: { readonly headers: Headers; readonly url: string; readonly method: string },
    credentials: ApiCredentials,
  ): Promise<void> {
    const { dpop } = this.#source
    const signed = dpop ? await dpop.sign({ method, url, headers: credentials.headers }) : credentials.headers
    for (const [name, value] of Object.entries(signed))
      if (this.#names.includes(name) || !headers.has(name)) setSecretHeader(headers, name, value)
  }

  /**
   * Whether `headers` have a credential other than `Authorization`: no runtime removes it on a redirect. A proof is for one
   * URL.
   */
  carriesMore(headers: Headers): boolean {
    return this.#names.some(name => name !== 'authorization' && headers.has(name))
  }

  /** Whether the API asks for a nonce (RFC 9449 section 9): it has not processed the request to `url`. */
  isNonceRequired({ status, headers }: Response, url: string): boolean {
    return !!this.#source.dpop?.isNonceRequired(url, { status, header: name => headers.get(name) })
  }

  /** Removes from `headers` what `sign` added. */
  unsign(headers: Headers): void {
    for (const name of this.#names) headers.delete(name)
    for (const [name, value] of Object.entries(this.#source.provider?.api?.headers ?? {}))
      if (headers.get(name) === value) headers.delete(name)
  }

  /** Returns whether the response of a request to `url` rejects the token. Its body can still be read afterwards. */
  isTokenRejected(
    response: Response,
    { access_token }: ApiCredentials,
    url: string,
  ): boolean | Promise<boolean> {
    if (!mayRejectToken(this.#source.provider, response.status)) return false
    if (access_token === undefined) return false
    // The runtime removed the token on the redirect to another origin.
    if (response.redirected && new URL(response.url).origin !== new URL(url).origin) return false
    return isTokenRejected(this.#source.provider, {
      status: response.status,
      header: name => response.headers.get(name),
      text: () => readBeginning(response),
    })
  }

  /** Returns credentials with a new token instead of the rejected one; rejects as `credentials` does. */
  async refresh({ access_token = '' }: ApiCredentials, signal?: AbortSignal | null): Promise<ApiCredentials> {
    const token = await this.#source.rejected(access_token, signal ? { signal } : undefined)
    return credentialsOf(this.#source, token)
  }
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
