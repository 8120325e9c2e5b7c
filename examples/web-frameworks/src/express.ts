import { signInRoutes } from '@latchkey/web'
import { toNode } from '@latchkey/web/node'
import express from 'express'
import { client } from './client.ts'

const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })
const app = express()

app.use(toNode(auth))
app.get('/', async (request, response) => {
  const account = await auth.account(request)
  if (!account) return response.redirect('/auth/login')
  const { account_username } = (await account.tokens()) ?? {}
  return response.send(`You are ${account_username}`)
})

app.listen(Number(process.env['PORT']), '127.0.0.1')
