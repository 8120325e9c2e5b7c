// Users sign in with Imgur or with an OpenID Connect server, and their page shows who they are there. Any process can
// continue what another started: pending sign-ins and tokens are in PostgreSQL, and the session is in a cookie.
import { type Client, ReauthRequiredError } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import type { SignInRoutes } from '@latchkey/web'
import { toNode } from '@latchkey/web/node'
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import { HEADERS, page } from './page.ts'

/** Creates the web server. It does not listen yet. */
export function webServer(auth: SignInRoutes): FastifyInstance {
  const app = fastify()
  app.addHook('onRequest', ({ raw }, reply, next) => toNode(auth)(raw, reply.raw, next))
  app.addHook('onSend', async (_, reply) => void reply.headers(HEADERS))

  app.get('/', (_, reply) => page(reply, 'Welcome', '<a href="/account">Your account</a>'))

  app.get('/account', async (request, reply) => {
    const imgur = await auth.account(request, 'imgur')
    const openid = await auth.account(request, 'openid')
    if (!imgur && !openid) return reply.redirect('/auth/login?to=/account')
    const names = [imgur && (await imgurName(imgur)), openid?.toJSON().account]
    const add = imgur ? 'openid' : 'imgur'
    return page(
      reply,
      `You are ${names.filter(Boolean).join(' and ')}`,
      form('/auth/logout', 'Sign out', { to: '/' }) +
        form('/auth/logout', 'Sign out everywhere', { to: '/', tokens: 'true' }) +
        form(`/auth/${add}/connect`, `Add ${add}`, { to: '/account' }),
    )
  })

  app.setErrorHandler(async (error: FastifyError, request: FastifyRequest, reply) => {
    if (error instanceof ReauthRequiredError) return reply.redirect(`/auth/imgur/login?to=${request.url}`)
    console.error(`${error.name}: ${error.message}`) // contains no secret
    return page(
      reply.code(error.statusCode ?? 503),
      'Something does not work',
      'Please try again in a moment.',
    )
  })

  return app
}

/** Asks Imgur's API for the name of a user. */
async function imgurName(account: Client): Promise<string> {
  const api = new URL(account.provider.tokenEndpoint).origin
  const response = await authorizedFetch(account)(`${api}/3/account/me`)
  const { data } = (await response.json()) as { data: { url: string } }
  return data.url
}

const form = (action: string, label: string, fields: Record<string, string>): string =>
  `<form method="post" action="${action}">${Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
    .join('')}<button>${label}</button></form>`
