import { Hono } from 'hono'
import { answerJson } from '../answer.ts'
import { successEnvelope } from '../envelope.ts'
import type { Env, World } from '../world.ts'
import { addressOf, apiAccess } from './api-access.ts'
import { endpoint } from './endpoint.ts'

/** When the emulator's accounts were opened, Unix time in seconds. */
const CREATED = 1_250_000_000

/** As much of Imgur's API version 3 as it takes to use a token: the account and the credits here, an upload in `upload.ts`. */
export function apiRoutes(world: World): Hono<Env> {
  const routes = new Hono<Env>()

  routes.get(
    '/3/account/me',
    endpoint(world, 'account'),
    apiAccess(world, { cost: 1, needsUser: true }),
    c => {
      const { account_id, account_username } = c.var.caller.user!
      return answerJson(
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

  routes.get('/3/credits', endpoint(world, 'credits'), apiAccess(world, { cost: 1, needsUser: false }), c => {
    const user = world.credits.user(addressOf(c))
    const client = world.credits.client(c.var.caller.client_id)
    return answerJson(
      c,
      successEnvelope({
        UserLimit: user.limit,
        UserRemaining: user.remaining,
        UserReset: user.resetAtMs / 1000,
        ClientLimit: client.limit,
        ClientRemaining: client.remaining,
      }),
    )
  })

  return routes
}
