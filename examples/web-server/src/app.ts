// Users sign in with Imgur, and their page shows their account from Imgur's API. Any process can continue what another
// started: pending sign-ins, tokens and sessions are in Redis.
import cookies from '@fastify/cookie'
import forms from '@fastify/formbody'
import { AuthorizationError, type Client, type FailureKind, ReauthRequiredError } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { HEADERS, page } from './page.ts'
import type { Sessions } from './sessions.ts'

// `__Host-`: no other host can set them. `Lax`: they are sent with the redirect from the authorization server.
const LOGIN = '__Host-login'
const SESSION = '__Host-session'
const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const

const STATUS: Readonly<Record<FailureKind, number>> = {
  declined: 400,
  reauth: 400,
  transient: 503,
  unrecognized: 502,
  indeterminate: 503,
  misconfigured: 500,
}

/** Creates the web server. It does not listen yet. */
export function webServer(client: Client, sessions: Sessions): FastifyInstance {
  const api = new URL(client.provider.tokenEndpoint).origin
  const app = fastify()
  app.register(cookies)
  app.register(forms)
  app.addHook('onSend', async (_, reply) => void reply.headers(HEADERS))
  // A prefetch would use the code before the user comes. The browser sends the request again when the user does.
  app.addHook('onRequest', async ({ headers }, reply) =>
    /prefetch/.test(`${headers['sec-purpose'] ?? headers['purpose']}`) ? reply.code(503).send() : undefined,
  )

  app.get('/', (_, reply) => page(reply, 'Welcome', '<a href="/account">Your account at Imgur</a>'))

  app.get('/account', async (request, reply) => {
    const account = await accountOf(request)
    if (!account) return signIn(request, reply)
    const response = await authorizedFetch(account)(`${api}/3/account/me`)
    if (!response.ok)
      return page(reply.code(502), 'Imgur is unavailable', `It returned status ${response.status}.`)
    const { data } = (await response.json()) as { data: { url: string } }
    const signOut = '<form method="post" action="/sign-out"><button>Sign out</button></form>'
    return page(reply, `You are ${data.url}`, signOut)
  })

  app.get('/callback', async (request, reply) => {
    const { account, appState } = await client.Authorize.complete(request.url, {
      binding: request.cookies[LOGIN],
    })
    await sessions.end(request.cookies[SESSION])
    reply.setCookie(SESSION, await sessions.start(account), COOKIE)
    return reply.redirect(appState as string)
  })

  app.post('/sign-out', async (request, reply) => {
    const account = await accountOf(request)
    await sessions.end(request.cookies[SESSION])
    await account?.signOut() // for all browsers and processes
    return reply.clearCookie(SESSION, COOKIE).redirect('/', 303)
  })

  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    if (error instanceof ReauthRequiredError) return signIn(request, reply)
    // A redirect that failed a check has no kind.
    const status =
      error instanceof AuthorizationError
        ? error.kind
          ? STATUS[error.kind]
          : 400
        : (error.statusCode ?? 503)
    if (status >= 500) console.error(`${error.name}: ${error.message}`) // contains no secret
    const title = error.code === 'access_denied' ? 'You declined access' : 'Sign-in failed'
    return page(reply.code(status), title, `${error.code} <a href="/account">Try again</a>`)
  })

  /** Returns the user's account; `undefined` if there is none or it was signed out. */
  async function accountOf(request: FastifyRequest): Promise<Client | undefined> {
    const name = await sessions.accountOf(request.cookies[SESSION])
    const account = name === undefined ? undefined : client.account(name)
    return (await account?.status())?.status === 'live' ? account : undefined
  }

  /** Sends the user to Imgur and afterwards to the requested path, which is a route of this site. */
  async function signIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const auth = client.Authorize.byCode()
    const { binding } = await auth.save(request.url, { binding: request.cookies[LOGIN] })
    return reply.setCookie(LOGIN, binding, COOKIE).redirect(auth.url)
  }

  return app
}
