// For workerd and Cloudflare Workers, which forbid what one request opened to another: each request has its own client.
import { isSignInRequired } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { signInRoutes } from '@latchkey/web'
import { apiOf, clientOf, type Env } from './worker-client.ts'

export { TokenObject } from './durable-objects.ts'

/** The part of `ExecutionContext` that it needs. */
interface Context {
  waitUntil(work: Promise<unknown>): void
}

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    const auth = signInRoutes(clientOf(env), { secret: env['SECRET']!, development: true })
    const response = await auth.handle(request)
    if (response) return response
    const login = Response.redirect(new URL('/auth/login', request.url).href)
    const account = await auth.account(request)
    if (!account) return login
    try {
      const me = await authorizedFetch(account)(`${apiOf(env)}/3/account/me`)
      const { data } = (await me.json()) as { data: { url: string } }
      context.waitUntil(account.settled()) // a refresh in the background would end with the response
      return new Response(`You are ${data.url}`)
    } catch (error) {
      if (isSignInRequired(error)) return login
      throw error
    }
  },
}
