// For every server that calls a function with a `Request`: Deno and Bun here, others alike.
import { signInRoutes } from '@latchkey/web'
import { client } from './client.ts'

const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })

export default {
  hostname: '127.0.0.1',
  port: Number(process.env['PORT']),
  async fetch(request: Request): Promise<Response> {
    const response = await auth.handle(request)
    if (response) return response
    const account = await auth.account(request)
    if (!account) return Response.redirect(new URL('/auth/login', request.url))
    const { account_username } = (await account.tokens()) ?? {}
    return new Response(`You are ${account_username}`)
  },
}
