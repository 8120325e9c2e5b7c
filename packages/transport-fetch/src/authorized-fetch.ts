import { checkOptionNames } from '@latchkey/core/ports'
import { Authority, type AuthorityOptions, type TokenSource } from './authority.ts'
import { discard, isRedirect, type OutgoingRequest, toOutgoingRequest } from './outgoing-request.ts'

/** Options of `authorizedFetch`. */
export interface AuthorizedFetchOptions extends AuthorityOptions {
  /**
   * How much of the body of a `Request` is kept to send it again, in bytes. Default 16 MiB. In `init`, a body of text,
   * bytes, blobs or forms can always be sent again, a stream never.
   */
  readonly replayBytes?: number
  /** The `fetch` to send with. Default: the global one at the time of the request. */
  readonly fetch?: typeof fetch
}

const MAX_REDIRECTS = 20

/**
 * Returns a `fetch` that adds `client`'s credentials to requests for its provider's API origins only: the headers that
 * the provider's `api` describes, by default `Authorization` with the token. If the API rejects the token, it refreshes the token
 * (unless it has been refreshed already) and sends the request once more. If the body cannot be sent again, it returns
 * the response unchanged, like every other. It does not change a request that brings such a credential itself.
 *
 * Credentials never follow a redirect to another origin. This function follows redirects itself. Browsers do it
 * without it and remove `Authorization`; there, with any other credential, a redirect is an error.
 *
 * It rejects with the errors of `fetch` and of `client.accessToken()`, and, while it waits for a token, with the
 * reason of the caller's signal. The signal ends only this caller's wait.
 *
 * @throws {TypeError} when an option is wrong, or when there are no API origins.
 */
export function authorizedFetch(client: TokenSource, options: AuthorizedFetchOptions = {}): typeof fetch {
  checkOptionNames('authorizedFetch()', options, ['origins', 'replayBytes', 'fetch'])
  const { replayBytes = 16 * 1024 * 1024, fetch: custom } = options
  if (!(typeof replayBytes === 'number' && replayBytes >= 0))
    throw new TypeError('replayBytes must be a number, not negative')
  if (custom !== undefined && typeof custom !== 'function') throw new TypeError('fetch must be a function')
  const authority = new Authority(client, options)
  const isBrowser = filtersHeaders()

  /** Returns the redirect mode to send with; `undefined` for the caller's own. */
  const redirectModeOf = ({ followsRedirects, headers }: OutgoingRequest): RequestRedirect | undefined => {
    if (!followsRedirects) return undefined
    if (isBrowser) return authority.carriesMore(headers) ? 'error' : undefined
    return 'manual'
  }

  const sendAuthorized = (outgoing: OutgoingRequest, send: typeof fetch): Promise<Response> =>
    authority.send({
      url: outgoing.url,
      signal: outgoing.signal,
      async send(credentials) {
        await authority.sign(outgoing, credentials)
        return outgoing.send(send, redirectModeOf(outgoing))
      },
      responseOf: response => response,
      discard,
      canRepeat: () => outgoing.canRepeat(),
    })

  return async (input, init) => {
    const send = custom ?? globalThis.fetch
    const url = urlOf(input)
    const ownHeaders = new Headers(init?.headers ?? (input as Partial<Request>).headers)
    const isCoveredHere = authority.covers(url, ownHeaders)
    // Without a wait, the body is copied as it is at the call.
    if (!(typeof isCoveredHere === 'boolean' ? isCoveredHere : await isCoveredHere)) return send(input, init)

    let outgoing = toOutgoingRequest(url, ownHeaders, input, init, replayBytes)
    let response = await sendAuthorized(outgoing, send)
    if (isBrowser || !outgoing.followsRedirects) return response
    let isCovered = true
    for (let redirects = 0; ; redirects++) {
      const next = isRedirect(response) ? await outgoing.followRedirect(response) : undefined
      if (!next)
        return redirects > 0 ? Object.defineProperty(response, 'redirected', { value: true }) : response
      if (redirects === MAX_REDIRECTS) throw new TypeError('fetch failed: too many redirects')
      outgoing = next
      // After a cross-origin redirect, later redirects back to this origin do not get the token.
      authority.unsign(next.headers)
      isCovered &&= await authority.covers(next.url, next.headers)
      response = isCovered ? await sendAuthorized(next, send) : await next.send(send, 'manual')
    }
  }
}

/** Returns the URL that `fetch(input)` would request. */
function urlOf(input: RequestInfo | URL): string {
  if (input instanceof Request) return input.url
  const url = String(input)
  const base = globalThis.document?.baseURI ?? globalThis.location?.href
  return base !== undefined && URL.canParse(url, base) ? new URL(url, base).href : url
}

/** Returns whether this is a browser: only browsers remove forbidden headers and follow redirects by themselves. */
function filtersHeaders(): boolean {
  return !new Request('https://example.com', { headers: { cookie: 'a=b' } }).headers.has('cookie')
}
