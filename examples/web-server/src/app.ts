// Visitors sign in at Imgur, and their page shows what Imgur's API says of them. Whatever one process begins another
// can end: sign-ins that wait, tokens and sessions are all in Redis.
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

// `__Host-`: no other host can set them. `Lax`: they come along when the authorization server sends somebody back.
const LOGIN = '__Host-login'
const SESSION = '__Host-session'
const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const

const STATUS: Readonly<Record<FailureKind, number>> = {
  declined: 400,
  reauth: 400,
  transient: 503,
  indeterminate: 503,
  misconfigured: 500,
}

/** The web server, which does not listen yet. */
export function webServer(client: Client, sessions: Sessions): FastifyInstance {
  const [api] = client.provider.apiOrigins!
  const app = fastify()
  app.register(cookies)
  app.register(forms)
  app.addHook('onSend', async (_, reply) => void reply.headers(HEADERS))

  app.get('/', (_, reply) => page(reply, 'Welcome', '<a href="/account">Your account at Imgur</a>'))

  app.get('/account', async (request, reply) => {
    const account = await accountOf(request)
    if (!account) return signIn(request, reply)
    const response = await authorizedFetch(account)(`${api}/3/account/me`)
    if (!response.ok) return page(reply.code(502), 'Imgur has trouble', `It answered ${response.status}.`)
    const { data } = (await response.json()) as { data: { url: string } }
    const signOut = '<form method="post" action="/sign-out"><button>Sign out</button></form>'
    return page(reply, `You are ${data.url}`, signOut)
  })

  app.get('/callback', async (request, reply) => {
    const { account, appState } = await client.Authorize.complete(request.url, {
      binding: request.cookies[LOGIN],
      account: ({ account_username }) => account_username as string,
    })
    await sessions.end(request.cookies[SESSION])
    reply.setCookie(SESSION, await sessions.begin(account), COOKIE)
    return reply.redirect(appState as string)
  })

  app.post('/sign-out', async (request, reply) => {
    const account = await accountOf(request)
    await sessions.end(request.cookies[SESSION])
    await account?.signOut() // everywhere: other browsers and other processes find no tokens any more
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
    if (status >= 500) console.error(`${error.name}: ${error.message}`) // never a secret in it
    const title = error.code === 'access_denied' ? 'You said no' : 'That did not work'
    return page(reply.code(status), title, `${error.code} <a href="/account">Try again</a>`)
  })

  /** The visitor's account; `undefined` when there is none, or when it signed out elsewhere. */
  async function accountOf(request: FastifyRequest): Promise<Client | undefined> {
    const name = await sessions.accountOf(request.cookies[SESSION])
    const account = name === undefined ? undefined : client.account(name)
    return (await account?.status())?.status === 'live' ? account : undefined
  }

  /** Sends the visitor to Imgur, and afterwards back to where they wanted to go: a path of ours, since a route took it. */
  async function signIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const auth = client.Authorize.byCode()
    const { binding } = await auth.save(request.url, { binding: request.cookies[LOGIN] })
    return reply.setCookie(LOGIN, binding, COOKIE).redirect(auth.url)
  }

  return app
}
