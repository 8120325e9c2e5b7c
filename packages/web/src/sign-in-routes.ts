import { type Client, isSignInRequired, LatchkeyError, pushAuthorization } from '@latchkey/core'
import { textOf } from './body.ts'
import { cookieNames, cookieOf, type HasHeaders, headerOf, setCookie } from './cookies.ts'
import { NotAllowedError, OtherAccountError } from './errors.ts'
import { readOptions, type Registered, type Session, type SignInRoutesOptions } from './options.ts'
import { errorPage, explain, page } from './pages.ts'
import { type SealedSession, sealWith, SESSION_S } from './session.ts'

/** The routes of one application. */
export interface SignInRoutes {
  /** Responds to a request of the routes; resolves to `undefined` for any other request. It does not throw. */
  handle(request: Request): Promise<Response | undefined>
  /**
   * Returns the client of the account that this browser is signed in to at a provider, by default the only one; `undefined` if
   * there is none, or the account was signed out.
   *
   * @throws {StoreError} when the store fails.
   */
  account(request: HasHeaders, provider?: string): Promise<Client | undefined>
  /** Returns the session of a browser, or `undefined`. */
  session(request: HasHeaders): Promise<Session | undefined>
}

/** What a sign-in keeps in the store until the user returns. */
interface AppState {
  readonly to: string
  /** The session that it adds to. */
  readonly root?: string
}

const LOGIN_S = 600
const MAX_PATH = 2_000
/** A header that no form and no other site can send. */
const TOKEN_HEADER = 'x-latchkey'

/**
 * Returns the routes that sign users in and out, below `path` (by default `/auth`):
 *
 * - `GET /auth/login?to=/page`, or `/auth/github/login` for each of several providers: to the provider, and afterwards to `to`;
 * - `/auth/callback`, or `/auth/github/callback`: the `redirect_uri` of the client, to register at the provider;
 * - `POST /auth/github/connect`, fields `to` and `scope`: adds a provider, or scope, to the session;
 * - `POST /auth/logout`, fields `to` and `tokens`: ends the session of this browser; with `tokens=true` it also removes and
 *   revokes the tokens of its accounts, in every browser.
 *
 * The session is a sealed cookie of at most 7 days. There is no table of users: make your own in `onSignIn`.
 *
 * @throws {TypeError} when an option or a client's `redirect_uri` is wrong; the message says what it should be.
 */
export function signInRoutes(
  given: Client | Readonly<Record<string, Client>>,
  options: SignInRoutesOptions,
): SignInRoutes {
  const { clients, origin, prefix, path, isSingle } = readOptions(given, options)
  const { secret, account: accountOf, onSignIn, onError, tokenRoute = false, logger = console } = options
  const { seal, open } = sealWith(secret)
  const isLoopback = origin.startsWith('http:')
  const names = cookieNames(isLoopback)
  const loginPath = `${prefix}${path}/login`

  const sessionOf = (request: HasHeaders, name = names.session): Promise<SealedSession | undefined> =>
    open(cookieOf(request, name))

  /** Returns the path of this origin that a parameter names; anything else would send users to another site. */
  const ownPath = (to: string | null | undefined): string => {
    const isPath = /^\/(?![/\\])[^\s\\\p{Cc}]*$/u.test(to ?? '')
    const url = isPath ? URL.parse(to!, origin) : null
    if (url?.origin !== origin) return `${prefix}/`
    const own = url.pathname + url.search + url.hash
    // `/.//host` becomes `//host`, another site. A flow keeps at most 4,096 bytes.
    return own.startsWith('//') || own.length > MAX_PATH ? `${prefix}/` : own
  }

  /**
   * A page with `Referrer-Policy: no-referrer` sends the origin `null`; then browsers still tell the site.
   *
   * @throws {NotAllowedError} when another site, or no page at all, sent a POST.
   */
  const checkOrigin = (request: Request): void => {
    const from = headerOf(request, 'origin') ?? 'null'
    const isOwn = from === 'null' && headerOf(request, 'sec-fetch-site') === 'same-origin'
    if (from !== origin && !isOwn) throw new NotAllowedError()
  }

  const isFormPost = ({ provider }: Client): boolean =>
    provider.authorizationParameters?.['response_mode'] === 'form_post'
  /** Sent with a POST of another site; browsers accept it with `Secure` only. */
  const anySite = isLoopback ? 'lax' : 'none'

  async function toProvider(
    request: Request,
    client: Client,
    appState: AppState,
    scope?: string,
    cookies: readonly string[] = [],
  ): Promise<Response> {
    const { requirePushedAuthorizationRequests: mustPush } = client.provider
    const own = scope ? { scope } : {}
    const pending = await (mustPush ? pushAuthorization(client, own) : client.Authorize.byCode(own))
    const name = isFormPost(client) ? names.post : names.login
    const { binding } = await pending.save({ ...appState }, { binding: cookieOf(request, name) })
    const sameSite = isFormPost(client) ? anySite : 'lax'
    return redirect(pending.url, setCookie(name, binding, { maxAge: LOGIN_S, sameSite }), ...cookies)
  }

  async function callback(request: Request, name: string, { client }: Registered): Promise<Response> {
    // A proxy may have removed a prefix of the path. The path is known to be that of the callback.
    const { pathname } = new URL(client.redirect_uri!)
    const { search } = new URL(request.url)
    const answer = request.method === 'POST' ? await textOf(request) : origin + pathname + search
    const [cookie, current] = isFormPost(client) ? [names.post, names.connect] : [names.login, names.session]
    const before = await sessionOf(request, current)
    const done = await client.Authorize.complete(answer, {
      binding: cookieOf(request, cookie),
      redirectUriIsOwn: true,
      async account(tokens, { appState, identify }) {
        const { root } = appState as unknown as AppState
        if (root !== undefined && root !== before?.root) throw new NotAllowedError()
        const user = (await (accountOf ? accountOf(name, tokens, identify) : identify())) as string
        const known = root === undefined ? undefined : before?.accounts[name]
        if (known !== undefined && String(user) !== known) throw new OtherAccountError()
        return user
      },
    })
    const { to, root } = done.appState as unknown as AppState
    const nowS = Math.floor(Date.now() / 1000)
    const kept = root === undefined ? undefined : before
    // A new id, so that nobody who knew the old one is signed in (session fixation).
    const id = crypto.randomUUID()
    const accounts = { ...kept?.accounts, [name]: done.account }
    const exp = kept?.exp ?? nowS + SESSION_S
    const { account, tokens, redirect: more } = done
    await onSignIn?.({
      session: { sid: id, accounts },
      provider: name,
      account,
      tokens,
      redirect: more,
      request,
    })
    // The cookie of the sign-in stays: another tab may still need it.
    const sealed = await seal({ sid: id, root: root ?? id, accounts, iat: nowS, exp })
    return redirect(ownPath(to), ...sessionCookies(request, sealed, exp - nowS))
  }

  /** Sets the session, or none, and changes its copy likewise if the browser has one. */
  function sessionCookies(request: Request, sealed?: string, maxAge?: number): readonly string[] {
    const session = setCookie(names.session, sealed, { maxAge })
    return cookieOf(request, names.connect) === undefined ? [session] : [session, connectCookie(sealed)]
  }

  const connectCookie = (sealed: string | undefined): string =>
    setCookie(names.connect, sealed, { maxAge: LOGIN_S, sameSite: anySite })

  async function signOut(request: Request): Promise<Response> {
    checkOrigin(request)
    const fields = new URLSearchParams(await textOf(request))
    const { accounts = {} } = (await sessionOf(request)) ?? {}
    if (fields.get('tokens') === 'true')
      for (const [name, account] of Object.entries(accounts))
        await clients.get(name)?.client.account(account).signOut()
    return redirect(ownPath(fields.get('to')), ...sessionCookies(request))
  }

  /** Adds a provider, or more scope, to the session of the browser that asks. */
  async function connect(request: Request, name: string, { client }: Registered): Promise<Response> {
    checkOrigin(request)
    const session = await sessionOf(request)
    if (!session) throw new NotAllowedError()
    const fields = new URLSearchParams(await textOf(request))
    const appState = { to: ownPath(fields.get('to')), root: session.root }
    const cookies = isFormPost(client) ? [connectCookie(cookieOf(request, names.session))] : []
    return toProvider(request, client, appState, fields.get('scope') ?? undefined, cookies)
  }

  /** Gives a page of this origin the access token of its user, and nothing else. */
  async function token(request: Request, name: string): Promise<Response> {
    const isOwn =
      headerOf(request, 'sec-fetch-site') === 'same-origin' && headerOf(request, TOKEN_HEADER) === 'token'
    const headers = { 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin' }
    try {
      const client = isOwn ? await accountIn(request, name) : undefined
      if (!client) return Response.json({ error: 'not_signed_in' }, { status: 401, headers })
      const access_token = await client.accessToken()
      const { expires_at } = (await client.tokens()) ?? {}
      return Response.json({ access_token, expires_at }, { headers })
    } catch (error) {
      note(error, 'no access token for a page')
      const { code, text } = explain(error)
      return Response.json({ error: code }, { status: isSignInRequired(error) ? 401 : text[0], headers })
    }
  }

  /** Logs what is no fault of the user. */
  function note(error: unknown, what = 'a sign-in failed'): void {
    if (explain(error).text[0] >= 500) logger.warn(`Latchkey: ${what}: ${String(error)}`)
  }

  async function accountIn(request: HasHeaders, name: string): Promise<Client | undefined> {
    const registered = clients.get(name)
    if (!registered)
      throw new TypeError(`there is no provider '${name}': there are ${[...clients.keys()].join(', ')}`)
    const account = (await sessionOf(request))?.accounts[name]
    if (account === undefined) return undefined
    const client = registered.client.account(account)
    return (await client.status()).status === 'signedOut' ? undefined : client
  }

  /** The page that shows all providers. */
  function choose(to: string): Response {
    const links = [...clients].map(([name, { base, client }]): [string, string] => [
      `${prefix}${base}/login?to=${encodeURIComponent(to)}`,
      client.provider.about?.name ?? name[0]!.toUpperCase() + name.slice(1),
    ])
    return page(200, 'Sign in', 'Continue with:', links)
  }

  type Route = (request: Request, name: string, registered: Registered) => Promise<Response>
  const login: Route = (request, _, { client }) =>
    toProvider(request, client, { to: ownPath(new URL(request.url).searchParams.get('to')) })
  /** The routes of each provider. */
  const ROUTES: Readonly<Record<string, Route | undefined>> = {
    'GET login': login,
    'GET callback': callback,
    'POST callback': (request, name, registered) => {
      if (!isFormPost(registered.client)) throw new NotAllowedError()
      return callback(request, name, registered)
    },
    'POST connect': connect,
    ...(tokenRoute && { 'POST token': token }),
  }

  async function respond(request: Request, pathname: string): Promise<Response> {
    const { method } = request
    if (pathname === `${path}/logout` && method === 'POST') return signOut(request)
    if (pathname === `${path}/login` && method === 'GET' && !isSingle)
      return choose(ownPath(new URL(request.url).searchParams.get('to')))
    for (const [name, registered] of clients) {
      const { base } = registered
      if (!pathname.startsWith(`${base}/`)) continue
      const route = ROUTES[`${method} ${pathname.slice(base.length + 1)}`]
      if (route) return route(request, name, registered)
    }
    throw new NotAllowedError(404)
  }

  async function failed(error: unknown, request: Request): Promise<Response> {
    const own = await onError?.(error, request)
    if (own) return own
    if (error instanceof LatchkeyError && error.code === 'callback_replayed' && (await sessionOf(request)))
      return redirect(`${prefix}/`) // the same redirect, once more: the first one signed in
    note(error)
    return errorPage(error, loginPath)
  }

  return {
    async handle(request) {
      const { pathname } = new URL(request.url)
      if (!pathname.startsWith(`${path}/`)) return undefined
      // A prefetch would use the code before the user comes. The browser sends the request again when the user does.
      if (/prefetch/.test(`${headerOf(request, 'sec-purpose') ?? headerOf(request, 'purpose')}`))
        return new Response(null, { status: 503 })
      try {
        return await respond(request, pathname)
      } catch (error) {
        return failed(error, request).catch((thrown: unknown) => {
          logger.warn(`Latchkey: onError failed: ${String(thrown)}`)
          return errorPage(thrown, loginPath)
        })
      }
    },
    account(request, provider) {
      const [only] = clients.keys()
      if (provider === undefined && clients.size > 1)
        throw new TypeError(`account() needs the name of a provider: ${[...clients.keys()].join(', ')}`)
      return accountIn(request, provider ?? only!)
    },
    async session(request) {
      const session = await sessionOf(request)
      return session && { sid: session.sid, accounts: session.accounts }
    },
  }
}

function redirect(location: string, ...cookies: readonly string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
