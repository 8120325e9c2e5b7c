import { Authority, type AuthorityOptions, type TokenSource } from './authority.ts'
import { discard, isRedirect, type Outgoing, outgoingOf } from './outgoing.ts'

/** What `authorizedFetch` can be told. */
export interface AuthorizedFetchOptions extends AuthorityOptions {
  /**
   * How much of the body of a `Request` is kept to send it again, in bytes. Default 16 MiB; bodies that are text,
   * bytes, blobs or forms beside a URL can always be sent again, and streams beside a URL never.
   */
  readonly replayBytes?: number
  /** The `fetch` to send with. Default: the global one at the time of the request. */
  readonly fetch?: typeof fetch
}

const MOST_REDIRECTS = 20

/**
 * A `fetch` that adds `client`'s credentials to requests for the API origins of its provider, and to no others: a
 * token, or `Client-ID` for an account without one, and the `mashape_key`. When the API refuses the token, it is
 * refreshed unless somebody has done so already, and the request is sent once more, if its body can be; else the
 * answer is returned as it came, like every other. A request with an `Authorization` of its own is left alone.
 *
 * No redirect takes the credentials to another origin. They are followed here, except in browsers, which do it
 * themselves and drop `Authorization`; with a `mashape_key`, there, a redirect is an error.
 *
 * It rejects with what `fetch` does, with the errors of `client.accessToken()`, and, while it waits for a token, with
 * the reason of the caller's signal; that ends this caller's wait alone.
 *
 * @throws {TypeError} that names the option which is wrong, or `origins` when nobody says where the API is.
 */
export function authorizedFetch(client: TokenSource, options: AuthorizedFetchOptions = {}): typeof fetch {
  const { replayBytes = 16 * 1024 * 1024, fetch: given } = options
  if (!(typeof replayBytes === 'number' && replayBytes >= 0))
    throw new TypeError('replayBytes must be a number, not negative')
  if (given !== undefined && typeof given !== 'function') throw new TypeError('fetch must be a function')
  const authority = new Authority(client, options)
  const isBrowser = guardsHeaders()

  /** How a redirect is to be met where the caller wants it followed. */
  const redirectOf = ({ follows }: Outgoing): RequestRedirect | undefined => {
    if (!follows) return undefined
    if (isBrowser) return authority.hasKey ? 'error' : undefined
    return 'manual'
  }

  async function authorized(outgoing: Outgoing, send: typeof fetch): Promise<Response> {
    const { headers, signal, url } = outgoing
    const authorization = await authority.header(signal)
    authority.sign(headers, authorization)
    const response = await outgoing.send(send, redirectOf(outgoing))
    const refuses = authority.refuses(response, authorization, url)
    if (!refuses || !(await refuses)) return response
    if (!(await outgoing.canRepeat())) {
      authority.renewed(authorization).catch(() => {}) // who asks for a token next meets the same error
      return response
    }
    discard(response)
    authority.sign(headers, await authority.renewed(authorization, signal))
    return outgoing.send(send, redirectOf(outgoing))
  }

  return async (input, init) => {
    const send = given ?? globalThis.fetch
    const url = addressOf(input)
    if (!authority.covers(url)) return send(input, init)
    const own = new Headers(init?.headers ?? (input as Partial<Request>).headers)
    if (own.has('authorization')) return send(input, init)

    let outgoing = outgoingOf(url, own, input, init, replayBytes)
    let response = await authorized(outgoing, send)
    if (isBrowser || !outgoing.follows) return response
    let isCovered = true
    for (let redirects = 0; ; redirects++) {
      const next = isRedirect(response) ? await outgoing.redirected(response) : undefined
      if (!next)
        return redirects > 0 ? Object.defineProperty(response, 'redirected', { value: true }) : response
      if (redirects === MOST_REDIRECTS) throw new TypeError('fetch failed: redirected too often')
      outgoing = next
      // Who has led elsewhere does not get to say where the token goes from there.
      isCovered &&= authority.covers(next.url)
      if (!isCovered) authority.unsign(next.headers)
      response = isCovered ? await authorized(next, send) : await next.send(send, 'manual')
    }
  }
}

/** The address that `fetch(input)` would ask. */
function addressOf(input: RequestInfo | URL): string {
  if (input instanceof Request) return input.url
  const url = String(input)
  const base = globalThis.document?.baseURI ?? globalThis.location?.href
  return base !== undefined && URL.canParse(url, base) ? new URL(url, base).href : url
}

/** Whether this is a browser: those alone keep forbidden headers from programs, as they keep redirects. */
function guardsHeaders(): boolean {
  return !new Request('https://example.com', { headers: { cookie: 'a=b' } }).headers.has('cookie')
}
