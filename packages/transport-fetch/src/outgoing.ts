import { startDeadline } from './deadline.ts'
import { copyOf, record, type Recording } from './body-copy.ts'

/** What of a request stays the same when it is sent somewhere else. */
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

/** Headers that go when the body does (Fetch standard, request-body-header name). */
const OF_THE_BODY = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]

/** Headers that are meant for one origin. */
const OF_THE_ORIGIN = ['authorization', 'cookie', 'host', 'proxy-authorization', 'x-mashape-key']

/** How long the rest of a body is waited for when there is an answer already, in ms. */
const BODY_PATIENCE_MS = 1_000

/** Where the body of a request comes from. */
interface Source {
  /** The request as the caller made it: only it knows how long its body is. It can be sent once. */
  readonly request?: Request
  /** What the request's body is recorded to. */
  readonly recording?: Recording | undefined
  /** The body can be read once. */
  readonly isStream?: boolean
}

/** A request that may have to be sent again, or on to where it is redirected. */
export class Outgoing {
  readonly url: string
  readonly headers: Headers
  readonly #init: RequestInit
  readonly #source: Source
  #isSent = false

  constructor(url: string, headers: Headers, init: RequestInit, source: Source = {}) {
    this.url = url
    this.headers = headers
    this.#init = init
    this.#source = source
  }

  get signal(): AbortSignal | null | undefined {
    return this.#init.signal
  }

  /** Whether redirects are to be followed. */
  get follows(): boolean {
    return (this.#init.redirect ?? 'follow') === 'follow'
  }

  /**
   * Whether it can be sent once more. An answer may be here before all of the body has been read, which is waited
   * for, but not for long: nobody knows that a stream will end.
   */
  async canRepeat(): Promise<boolean> {
    const { recording, isStream } = this.#source
    if (!recording) return !isStream
    const deadline = startDeadline(BODY_PATIENCE_MS, this.signal ?? undefined)
    await deadline.race(recording.ended).catch(() => {}) // what there is by then is what counts
    deadline.release()
    return recording.bytes !== undefined
  }

  /** Sends it; `redirect`, where it is given, goes before the caller's own. */
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
   * What is to be sent next after a redirect that says where to (Fetch standard, HTTP-redirect fetch); it is
   * discarded then. What is meant for one origin is left out for another.
   *
   * It rejects with a `TypeError` where fetch would fail.
   */
  async redirected(response: Response): Promise<Outgoing | undefined> {
    const location = locationOf(response)
    if (location === undefined) return undefined
    discard(response)
    const url = URL.canParse(location, this.url) ? new URL(location, this.url) : undefined
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new TypeError('fetch failed: redirected to what is no address of HTTP, or to one with a password')

    const method = this.#init.method?.toUpperCase() ?? 'GET'
    const becomesGet =
      response.status === 303
        ? method !== 'GET' && method !== 'HEAD'
        : response.status < 303 && method === 'POST'
    if (!becomesGet && !(await this.canRepeat()))
      throw new TypeError('fetch failed: redirected with a body that can be sent only once')

    const headers = new Headers(this.headers)
    const dropped = [
      ...(becomesGet ? OF_THE_BODY : []),
      ...(url.origin === new URL(this.url).origin ? [] : OF_THE_ORIGIN),
    ]
    for (const name of dropped) headers.delete(name)
    const { body: _, ...bodiless } = this.#init
    if (becomesGet) return new Outgoing(url.href, headers, { ...bodiless, method: 'GET' })
    return new Outgoing(url.href, headers, this.#init, { recording: this.#source.recording })
  }
}

/**
 * What `fetch(input, init)` would send to `url`. A body is copied as it is now; of one in a `Request`, up to
 * `mostBytes` are recorded while it is sent. `headers` are the caller's.
 */
export function outgoingOf(
  url: string,
  headers: Headers,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  mostBytes: number,
): Outgoing {
  if (!(input instanceof Request) && isPlain(init)) {
    if (init?.body == null) return new Outgoing(url, headers, { ...init })
    const body = copyOf(init.body)
    return body === undefined
      ? new Outgoing(url, headers, { ...init }, { isStream: true })
      : new Outgoing(url, headers, { ...init, body })
  }
  // Bun would make a request without the body of it.
  if (input instanceof Request && input.bodyUsed && init?.body == null)
    throw new TypeError('the body of the request is used already')
  const request = new Request(input, init)
  const members = Object.fromEntries(MEMBERS.map(name => [name, request[name]])) as RequestInit
  const copy = /^(GET|HEAD)$/.test(request.method) ? undefined : request.clone()
  // The copy's, because Deno sends a body in chunks that somebody has looked at.
  const recording = copy && copy.body !== null ? record(copy, mostBytes) : undefined
  return new Outgoing(url, new Headers(request.headers), members, { request, recording })
}

/** Whether a copy of `init` has all that is in it; the members of a `Request`, say, stand elsewhere. */
function isPlain(init: RequestInit | undefined): boolean {
  const prototype: unknown = init == null ? null : Object.getPrototypeOf(init)
  return prototype === null || prototype === Object.prototype
}

/** Whether a response may lead somewhere else. */
export function isRedirect({ status }: Response): boolean {
  return REDIRECTS.includes(status)
}

/** Where a response redirects to; what is beyond ASCII is UTF-8, whose bytes Headers shows as characters. */
function locationOf({ headers }: Response): string | undefined {
  const location = headers.get('location') ?? undefined
  if (!location || /^[\x00-\x7f]*$|[^\x00-\xff]/.test(location)) return location
  return new TextDecoder().decode(Uint8Array.from(location, character => character.charCodeAt(0)))
}

/** Lets go of a response that nobody will read. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {})
}
