import { isSignInRequired } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { signInRoutes } from '@latchkey/web'
import { toNode } from '@latchkey/web/node'
import express, { type ErrorRequestHandler } from 'express'
import { API, client } from './client.ts'

// `development` accepts http on localhost: remove it on your site.
const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })
const app = express()

app.use(toNode(auth))
app.get('/', async (request, response) => {
  const account = await auth.account(request)
  if (!account) return response.redirect('/auth/login')
  const me = await authorizedFetch(account)(`${API}/3/account/me`)
  const { data } = (await me.json()) as { data: { url: string } }
  response.type('text').send(`You are ${data.url}`)
})

const onError: ErrorRequestHandler = (error, _request, response, next) => {
  if (isSignInRequired(error)) response.redirect('/auth/login')
  else next(error)
}
app.use(onError)

app.listen(Number(process.env['PORT']), '127.0.0.1')
