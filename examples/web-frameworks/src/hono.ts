import { serve } from '@hono/node-server'
import { signInRoutes } from '@latchkey/web'
import { Hono } from 'hono'
import { client } from './client.ts'

const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })
const app = new Hono()

app.all('/auth/*', async ({ req, notFound }) => (await auth.handle(req.raw)) ?? notFound())
app.get('/', async context => {
  const account = await auth.account(context.req.raw)
  if (!account) return context.redirect('/auth/login')
  const { account_username } = (await account.tokens()) ?? {}
  return context.text(`You are ${account_username}`)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT']) })
