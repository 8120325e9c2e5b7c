// For every server that calls a function with a `Request`: Deno and Bun here, others alike.
import { isSignInRequired } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { signInRoutes } from '@latchkey/web'
import { API, client } from './client.ts'

// `development` accepts http on localhost: remove it on your site.
const auth = signInRoutes(client, { secret: process.env['SECRET']!, development: true })

export default {
  hostname: '127.0.0.1',
  port: Number(process.env['PORT']),
  async fetch(request: Request): Promise<Response> {
    const response = await auth.handle(request)
    if (response) return response
    const login = Response.redirect(new URL('/auth/login', request.url).href)
    const account = await auth.account(request)
    if (!account) return login
    try {
      const me = await authorizedFetch(account)(`${API}/3/account/me`)
      const { data } = (await me.json()) as { data: { url: string } }
      return new Response(`You are ${data.url}`)
    } catch (error) {
      if (isSignInRequired(error)) return login
      throw error
    }
  },
}
