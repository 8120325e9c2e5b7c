import type { SignInRoutes } from '@latchkey/web'
import { Browser } from '../../../tests/servers/browser.ts'
import { Cookies } from '../../../tests/servers/cookies.ts'

/** A browser that visits the routes of one application, with its cookies. */
export class Visitor {
  readonly #routes: Pick<SignInRoutes, 'handle'>
  readonly #origin: string
  readonly cookies = new Cookies()
  /** The `Set-Cookie` headers of the last response. */
  lastCookies: readonly string[] = []
  /** The names of the cookies that a browser sends with a POST of another site. */
  readonly #crossSite = new Set<string>()

  constructor(routes: Pick<SignInRoutes, 'handle'>, origin: string) {
    this.#routes = routes
    this.#origin = origin
  }

  /** A request with the cookies of this browser, for `account`. */
  get request(): Request {
    return new Request(this.#origin, { headers: { cookie: this.cookies.header } })
  }

  /** Sends a request to the routes, and keeps the cookies of the response. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.#origin)
    const headers = { cookie: this.cookies.header, ...(init.headers as Record<string, string>) }
    const response = await this.#routes.handle(new Request(url, { ...init, headers }))
    if (!response) throw new Error(`${path} is no route`)
    this.lastCookies = response.headers.getSetCookie()
    this.cookies.keep(response)
    for (const cookie of this.lastCookies)
      if (cookie.endsWith('SameSite=None')) this.#crossSite.add(cookie.split('=')[0]!)
    return response
  }

  /** Lets the user allow at a provider whose page then posts a form to `path` (`response_mode=form_post`). */
  async followByPost(path: string, response: Response): Promise<Response> {
    const location = response.headers
      .get('location')!
      .replace('response_mode=form_post', 'response_mode=query')
    const redirect = new URL(await this.follow(new Response(null, { status: 303, headers: { location } })))
    const cookies = new Cookies([...this.cookies].filter(([name]) => this.#crossSite.has(name)))
    return this.post(path, Object.fromEntries(redirect.searchParams), {
      origin: 'https://provider.example',
      cookie: cookies.header,
    })
  }

  /** Sends a form of this site; `headers` may say otherwise. */
  post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.send(path, {
      method: 'POST',
      headers: {
        origin: this.#origin,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    })
  }

  /** Starts a sign-in, and lets the user allow it at the provider. Returns the redirect, which was not opened. */
  async allow(path: string): Promise<string> {
    return this.follow(await this.send(path))
  }

  /** Follows a response to the provider, and returns its redirect. */
  async follow(response: Response): Promise<string> {
    if (response.status !== 303) throw new Error(`status ${response.status}: ${await response.text()}`)
    return new Browser(`${this.#origin}/`).open(response.headers.get('location')!)
  }

  /** Signs in. Returns where the user is sent afterwards. */
  async signIn(path: string): Promise<string | null> {
    const response = await this.send(await this.allow(path))
    if (response.status !== 303) throw new Error(`status ${response.status}: ${await response.text()}`)
    return response.headers.get('location')
  }
}
