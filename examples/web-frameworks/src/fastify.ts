import { isSignInRequired } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { signInRoutes } from '@latchkey/web'
import { toNode } from '@latchkey/web/node'
import fastify from 'fastify'
import { API, client } from './client.ts'

// `development` accepts http on localhost: remove it on your site.
const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })
const app = fastify()

app.addHook('onRequest', ({ raw }, reply, next) => toNode(auth)(raw, reply.raw, next))
app.get('/', async (request, reply) => {
  const account = await auth.account(request)
  if (!account) return reply.redirect('/auth/login')
  const me = await authorizedFetch(account)(`${API}/3/account/me`)
  const { data } = (await me.json()) as { data: { url: string } }
  return `You are ${data.url}`
})
app.setErrorHandler((error, _request, reply) =>
  isSignInRequired(error) ? reply.redirect('/auth/login') : reply.send(error),
)

await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) })
