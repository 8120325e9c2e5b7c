import { Hono } from 'hono'
import { sendJson } from '../respond.ts'
import { successEnvelope } from '../envelope.ts'
import type { Env, ServerContext } from '../server-context.ts'
import { addressOf, apiAccess } from './api-access.ts'
import { endpoint } from './endpoint.ts'

/** When the emulator's accounts were created, Unix time in seconds. */
const CREATED = 1_250_000_000

/** Routes of Imgur's API version 3 for the account and the credits. `upload.ts` has the upload. */
export function apiRoutes(context: ServerContext): Hono<Env> {
  const routes = new Hono<Env>()

  routes.get(
    '/3/account/me',
    endpoint(context, 'account'),
    apiAccess(context, { cost: 1, needsUser: true }),
    c => {
      const { account_id, account_username } = c.var.caller.user!
      return sendJson(
        c,
        successEnvelope({
          id: account_id,
          url: account_username,
          bio: null,
          reputation: 0,
          created: CREATED,
          pro_expiration: false,
        }),
      )
    },
  )

  routes.get(
    '/3/credits',
    endpoint(context, 'credits'),
    apiAccess(context, { cost: 1, needsUser: false }),
    c => {
      const user = context.credits.user(addressOf(c))
      const client = context.credits.client(c.var.caller.client_id)
      return sendJson(
        c,
        successEnvelope({
          UserLimit: user.limit,
          UserRemaining: user.remaining,
          UserReset: user.resetAtMs / 1000,
          ClientLimit: client.limit,
          ClientRemaining: client.remaining,
        }),
      )
    },
  )

  return routes
}
