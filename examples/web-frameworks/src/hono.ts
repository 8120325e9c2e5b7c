import { serve } from '@hono/node-server'
import { isSignInRequired } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { signInRoutes } from '@latchkey/web'
import { Hono } from 'hono'
import { API, client } from './client.ts'

// `development` accepts http on localhost: remove it on your site.
const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })
const app = new Hono()

app.all('/auth/*', async ({ req, notFound }) => (await auth.handle(req.raw)) ?? notFound())
app.get('/', async context => {
  const account = await auth.account(context.req.raw)
  if (!account) return context.redirect('/auth/login')
  const me = await authorizedFetch(account)(`${API}/3/account/me`)
  const { data } = (await me.json()) as { data: { url: string } }
  return context.text(`You are ${data.url}`)
})
app.onError((error, context) => {
  if (isSignInRequired(error)) return context.redirect('/auth/login')
  console.error(error)
  return context.text('Please try again in a moment.', 503)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT']) })
