/** The part of `AbortSignal` that Latchkey uses. The signals of the DOM and of Node both have it. */
export interface AbortSignalLike {
  /** Whether it has aborted. It does not change back. */
  readonly aborted: boolean
  /** What the wait is rejected with. Default: an `AbortError`. */
  readonly reason?: unknown
  /** Calls `listener` when it aborts; not if it has aborted already. */
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  /** Removes a `listener` that was added. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** An HTTP request as plain data. Header names are in lower case. */
export interface HttpRequest {
  /** GET reads metadata and users, POST sends forms, DELETE revokes where a server wants that. */
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Absolute, with its query. */
  readonly url: string
  /** All that are sent; `authorization` and `dpop` are secrets. */
  readonly headers: Readonly<Record<string, string>>
  /** As it is sent: form-encoded or JSON. It may have secrets. */
  readonly body?: string
}

/** An HTTP response as plain data. Header names are in lower case. `body` is text of at most 1 MiB. */
export interface HttpResponse {
  /** Any status, also 3xx: redirects are not followed. */
  readonly status: number
  /**
   * Names are in lower case. Read are `content-type`, `date`, `dpop-nonce`, `location`, `retry-after` and
   * `www-authenticate`.
   */
  readonly headers: Readonly<Record<string, string>>
  /** Decoded as UTF-8, at most 1 MiB of decoded bytes. Empty if there is none. */
  readonly body: string
  /**
   * The body is incomplete: after the status line the connection broke, the deadline passed or the body exceeded the
   * limit. `body` has the part that arrived, because it may contain a refresh token that exists nowhere else.
   */
  readonly truncated?: true
  /**
   * The server asks for a nonce (RFC 9449 section 8) and has not processed the request, which is to be sent once more. A
   * transport leaves it out.
   */
  readonly isUnprocessed?: boolean | undefined
  /** The types of tokens that the request allows, in lower case. A transport leaves it out; the default is `bearer`. */
  readonly tokenTypes?: readonly string[] | undefined
}

/**
 * Sends HTTP requests to an authorization server.
 *
 * `send` makes exactly one HTTP request. It follows no redirect (a 3xx is a response like any other) and never
 * retries. It limits the body to 1 MiB of decoded bytes, and the whole request, body included, to `deadlineMs`. Any
 * status is a response, never an error.
 *
 * `deadlineMs` is time in which the process runs, in ms; the default is the transport's own, 10,000. Before a transport
 * gives up, it reads what has arrived: a process that stood still (SIGSTOP, a blocked event loop, a frozen container)
 * must not discard a response that waits in its socket.
 *
 * @throws {TransportError} when there is no response. Its `sent` says whether the request may have reached the server:
 *   `'no'` only if it certainly did not (DNS, refused connection, TLS handshake, aborted before anything was written),
 *   otherwise `'unknown'`. What a refresh may do next depends on it. Its `reused` says that the connection had carried
 *   a response before and that no byte of this one came, where the transport can tell.
 */
export interface Transport {
  /** Sends a request; resolves to its response. */
  send(
    request: HttpRequest,
    options?: { readonly signal?: AbortSignalLike; readonly deadlineMs?: number },
  ): Promise<HttpResponse>
}
