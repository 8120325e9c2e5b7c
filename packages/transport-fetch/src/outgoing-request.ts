import { startDeadline } from './deadline.ts'
import { copyOf, record, type Recording } from './body-copy.ts'

/** The members of a request that stay the same when it is sent to another URL. */
const MEMBERS = [
  'method',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'referrer',
  'referrerPolicy',
  'integrity',
  'keepalive',
  'signal',
] as const

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/** Headers that are removed together with the body (Fetch standard, request-body-header name). */
const BODY_HEADERS = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]

/** Headers that are meant for one origin. */
const ORIGIN_HEADERS = ['authorization', 'cookie', 'dpop', 'host', 'proxy-authorization', 'x-mashape-key']

/** How long to wait for the rest of a body after the response, in ms. */
const BODY_DEADLINE_MS = 1_000

/** The source of a request's body. */
interface BodySource {
  /** The caller's request: only it knows the length of its body. It can be sent once. */
  readonly request?: Request
  /** The recording of the request's body. */
  readonly recording?: Recording | undefined
  /** Whether the body can be read only once. */
  readonly isStream?: boolean
}

/** A request that can be sent again, to the same URL or to the target of a redirect. */
export class OutgoingRequest {
  readonly url: string
  readonly headers: Headers
  readonly #init: RequestInit
  readonly #source: BodySource
  #isSent = false

  constructor(url: string, headers: Headers, init: RequestInit, source: BodySource = {}) {
    this.url = url
    this.headers = headers
    this.#init = init
    this.#source = source
  }

  get signal(): AbortSignal | null | undefined {
    return this.#init.signal
  }

  get method(): string {
    return this.#init.method?.toUpperCase() ?? 'GET'
  }

  /** Whether the caller wants redirects followed. */
  get followsRedirects(): boolean {
    return (this.#init.redirect ?? 'follow') === 'follow'
  }

  /**
   * Resolves to whether it can be sent once more. A response can arrive before the whole body was read. The wait for
   * the rest is short, because a stream may never end.
   */
  async canRepeat(): Promise<boolean> {
    const { recording, isStream } = this.#source
    if (!recording) return !isStream
    const deadline = startDeadline(BODY_DEADLINE_MS, this.signal ?? undefined)
    await deadline.race(recording.ended).catch(() => {}) // only a recording that has ended by now counts
    deadline.clear()
    return recording.bytes !== undefined
  }

  /** Sends the request; `redirect`, if given, overrides the caller's mode. */
  send(fetch: typeof globalThis.fetch, redirect: RequestRedirect | undefined): Promise<Response> {
    const { request, recording } = this.#source
    const isFirst = !this.#isSent
    this.#isSent = true
    if (request && isFirst) {
      const sent = redirect ? new Request(request, { redirect }) : request
      for (const [name, value] of this.headers) sent.headers.set(name, value)
      return fetch(sent)
    }
    const init: RequestInit = { ...this.#init, headers: this.headers }
    if (redirect) init.redirect = redirect
    if (recording?.bytes) init.body = recording.bytes
    return fetch(this.url, init)
  }

  /**
   * Returns the request to send after a redirect (Fetch standard, HTTP-redirect fetch), without the headers of the
   * old origin if it changes; discards `response`. Returns `undefined` if there is no `Location`.
   *
   * @throws {TypeError} when fetch would fail.
   */
  async followRedirect(response: Response): Promise<OutgoingRequest | undefined> {
    const location = locationOf(response)
    if (location === undefined) return undefined
    discard(response)
    const url = URL.canParse(location, this.url) ? new URL(location, this.url) : undefined
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new TypeError('fetch failed: redirect to a URL that is not HTTP, or that contains a password')

    const { method } = this
    const becomesGet =
      response.status === 303
        ? method !== 'GET' && method !== 'HEAD'
        : response.status < 303 && method === 'POST'
    if (!becomesGet && !(await this.canRepeat()))
      throw new TypeError('fetch failed: redirect of a request whose body can be sent only once')

    const headers = new Headers(this.headers)
    const dropped = [
      ...(becomesGet ? BODY_HEADERS : []),
      ...(url.origin === new URL(this.url).origin ? [] : ORIGIN_HEADERS),
    ]
    for (const name of dropped) headers.delete(name)
    const { body: _, ...bodiless } = this.#init
    if (becomesGet) return new OutgoingRequest(url.href, headers, { ...bodiless, method: 'GET' })
    return new OutgoingRequest(url.href, headers, this.#init, { recording: this.#source.recording })
  }
}

/**
 * Returns what `fetch(input, init)` would send to `url`. Copies a body in `init`; records up to `maxBytes` of the body
 * of a `Request` while it is sent. `headers` are the caller's.
 */
export function toOutgoingRequest(
  url: string,
  headers: Headers,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  maxBytes: number,
): OutgoingRequest {
  if (!(input instanceof Request) && isPlainObject(init)) {
    if (init?.body == null) return new OutgoingRequest(url, headers, { ...init })
    const body = copyOf(init.body)
    return body === undefined
      ? new OutgoingRequest(url, headers, { ...init }, { isStream: true })
      : new OutgoingRequest(url, headers, { ...init, body })
  }
  // Bun would create a request without a body.
  if (input instanceof Request && input.bodyUsed && init?.body == null)
    throw new TypeError('the body of the request has already been used')
  const request = new Request(input, init)
  const members = Object.fromEntries(MEMBERS.map(name => [name, request[name]])) as RequestInit
  const copy = /^(GET|HEAD)$/.test(request.method) ? undefined : request.clone()
  // Records the copy, because Deno sends a body in chunks once its `body` was accessed.
  const recording = copy && copy.body !== null ? record(copy, maxBytes) : undefined
  return new OutgoingRequest(url, new Headers(request.headers), members, { request, recording })
}

/** Returns whether spreading `init` copies everything. A `Request`, for example, has getters on its prototype. */
function isPlainObject(init: RequestInit | undefined): boolean {
  const prototype: unknown = init == null ? null : Object.getPrototypeOf(init)
  return prototype === null || prototype === Object.prototype
}

/** Returns whether a response has a redirect status. */
export function isRedirect({ status }: Response): boolean {
  return REDIRECTS.includes(status)
}

/** Returns `Location`. Decodes it as UTF-8, because `Headers` shows bytes beyond ASCII as characters. */
function locationOf({ headers }: Response): string | undefined {
  const location = headers.get('location') ?? undefined
  if (!location || /^[\x00-\x7f]*$|[^\x00-\xff]/.test(location)) return location
  return new TextDecoder().decode(Uint8Array.from(location, character => character.charCodeAt(0)))
}

/** Cancels the body of a response that is not read. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {})
}
