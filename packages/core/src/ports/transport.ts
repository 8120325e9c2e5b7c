/** The part of `AbortSignal` that Latchkey uses; the DOM's and Node's both fit. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** An HTTP request as plain data. Header names are in lower case. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** An HTTP response as plain data. Header names are in lower case; `body` is text of at most 1 MiB. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /**
   * The body ended early: the connection broke, the deadline passed or the size limit was met after the
   * status line. What did arrive is in `body`, because it may hold a refresh token that exists nowhere else.
   */
  readonly truncated?: true
}

/**
 * How core reaches an authorization server: one method, data in and data out.
 *
 * `send` makes exactly one HTTP request. It follows no redirect (a 3xx is an answer like any other), never
 * retries, limits the body to 1 MiB of decoded bytes, and ends by its own deadline (10 s for everything, body
 * included). Any status is a response, never an error.
 *
 * @throws {TransportError} when there is no response. Its `sent` tells whether the request can have reached
 *   the server: `'no'` only where that is certain (DNS, refused connection, TLS handshake, aborted before
 *   anything was written), otherwise `'unknown'`. What a refresh may do next depends on it.
 */
export interface Transport {
  send(request: HttpRequest, options?: { readonly signal?: AbortSignalLike }): Promise<HttpResponse>
}
