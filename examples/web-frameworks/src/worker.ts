// For workerd and Cloudflare Workers, which forbid what one request opened to another: each request has its own client.
import { signInRoutes } from '@latchkey/web'
import { clientOf, type Env } from './worker-client.ts'

export { TokenObject } from '../../../tests/other-databases/durable-objects.ts'

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const auth = signInRoutes(clientOf(env), { secret: env['SECRET']!, development: true })
    const response = await auth.handle(request)
    if (response) return response
    const account = await auth.account(request)
    if (!account) return Response.redirect(new URL('/auth/login', request.url).href)
    const { account_username } = (await account.tokens()) ?? {}
    return new Response(`You are ${account_username}`)
  },
}
