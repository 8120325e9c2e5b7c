import { signInRoutes } from '@latchkey/web'
import { toNode } from '@latchkey/web/node'
import fastify from 'fastify'
import { client } from './client.ts'

const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })
const app = fastify()

app.addHook('onRequest', ({ raw }, reply, next) => toNode(auth)(raw, reply.raw, next))
app.get('/', async (request, reply) => {
  const account = await auth.account(request)
  if (!account) return reply.redirect('/auth/login')
  const { account_username } = (await account.tokens()) ?? {}
  return `You are ${account_username}`
})

await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) })
