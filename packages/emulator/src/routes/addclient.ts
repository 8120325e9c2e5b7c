import { Hono } from 'hono'
import { readTextForm } from '../form.ts'
import { clientPage, registrationPage } from '../pages/registration.ts'
import { answerPage } from '../pages/layout.ts'
import type { Env, World } from '../world.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'
import { localOnly } from './local-only.ts'

const PATH = '/oauth2/addclient'
const MAX_FORM_BYTES = 65_536

/** Where people register applications. Since 2025 Imgur's leads home (recorded); what its form looked like is not known. */
export function addClientRoutes(world: World): Hono<Env> {
  const { registry, switches } = world
  return new Hono<Env>()
    .use(PATH, limitBody(MAX_FORM_BYTES), endpoint(world, 'addclient'), async (c, next) => {
      if (switches.addclient === 'form') return next()
      return c.body(null, 301, { Location: `${new URL(c.req.url).origin}/`, 'Cache-Control': 'no-store' })
    })
    .get(PATH, c => answerPage(c, registrationPage()))
    .post(PATH, localOnly('own'), async c => {
      const { redirect_uri } = await readTextForm(c)
      try {
        return answerPage(c, clientPage(registry.addClient(redirect_uri ? { redirect_uri } : {})))
      } catch (error) {
        if (error instanceof TypeError) return answerPage(c, registrationPage(error.message), 400)
        throw error
      }
    })
}
