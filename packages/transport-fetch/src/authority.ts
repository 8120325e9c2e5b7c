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

/** A request, and how a program's library sends it. */
export interface AuthorizedRequest<Sent> {
  /** The absolute URL. */
  readonly url: string
  /** Ends the wait for a token. */
  readonly signal?: AbortSignal | null | undefined
  /** Signs the request with these credentials (`Authority.sign`), and sends it. */
  send(credentials: ApiCredentials): Promise<Sent>
  /** Returns the response; `undefined` if the library has followed a redirect to another origin. */
  responseOf(sent: Sent): Response | undefined
  /** Frees the connection of a response that nobody reads. */
  discard(sent: Sent): void
  /** Returns whether the request can be sent again: a body may be readable only once. */
  canRepeat(): boolean | Promise<boolean>
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

  /** Removes from `headers` what `sign` added. */
  unsign(headers: Headers): void {
    for (const name of this.#names) headers.delete(name)
    for (const [name, value] of Object.entries(this.#source.provider?.api?.headers ?? {}))
      if (headers.get(name) === value) headers.delete(name)
  }

  /**
   * Sends a request with the credentials, and again as its responses ask for: with a nonce (RFC 9449 section 9), or with
   * a new token if the API rejects the token. Resolves to what was sent last. Rejects as `credentials` and the request's
   * `send` do.
   */
  async send<Sent>(request: AuthorizedRequest<Sent>): Promise<Sent> {
    const credentials = await this.credentials(request.signal)
    return this.sendAgain(request, credentials, await request.send(credentials))
  }

  /** Does what `send` does after the first response, for a library that has sent the request itself. */
  async sendAgain<Sent>(
    request: AuthorizedRequest<Sent>,
    credentials: ApiCredentials,
    first: Sent,
  ): Promise<Sent> {
    const sent = await this.#withNonce(request, credentials, first)
    const response = responseOf(request, sent)
    if (!response || !(await this.#isTokenRejected(response, credentials))) return sent
    if (!(await request.canRepeat())) {
      this.#refresh(credentials).catch(() => {}) // the next call for a token reports the error
      return sent
    }
    request.discard(sent)
    const refreshed = await this.#refresh(credentials, request.signal)
    return this.#withNonce(request, refreshed, await request.send(refreshed))
  }

  /** Sends the request again if the API asks for a nonce: it has not processed the request. */
  async #withNonce<Sent>(
    request: AuthorizedRequest<Sent>,
    credentials: ApiCredentials,
    sent: Sent,
  ): Promise<Sent> {
    const response = responseOf(request, sent)
    if (!response || !this.#isNonceRequired(response, request.url) || !(await request.canRepeat()))
      return sent
    request.discard(sent)
    return request.send(credentials)
  }

  #isNonceRequired({ status, headers }: Response, url: string): boolean {
    return !!this.#source.dpop?.isNonceRequired(url, { status, header: name => headers.get(name) })
  }

  /** Returns whether a response rejects the token. Its body can still be read afterwards. */
  #isTokenRejected(response: Response, { access_token }: ApiCredentials): boolean | Promise<boolean> {
    if (!mayRejectToken(this.#source.provider, response.status)) return false
    if (access_token === undefined) return false
    return isTokenRejected(this.#source.provider, {
      status: response.status,
      header: name => response.headers.get(name),
      text: () => readBeginning(response),
    })
  }

  /** Returns credentials with a new token instead of the rejected one; rejects as `credentials` does. */
  async #refresh(
    { access_token = '' }: ApiCredentials,
    signal?: AbortSignal | null,
  ): Promise<ApiCredentials> {
    const token = await this.#source.rejected(access_token, signal ? { signal } : undefined)
    return credentialsOf(this.#source, token)
  }
}

/** Returns the API's response; `undefined` after a redirect to another origin, which did not get the token. */
function responseOf<Sent>(request: AuthorizedRequest<Sent>, sent: Sent): Response | undefined {
  const response = request.responseOf(sent)
  const hasLeft = response?.redirected && new URL(response.url).origin !== new URL(request.url).origin
  return hasLeft ? undefined : response
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
