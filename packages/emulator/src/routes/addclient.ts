import { Hono } from 'hono'
import { readTextForm } from '../form.ts'
import { clientPage, registrationPage } from '../pages/registration.ts'
import { sendPage } from '../pages/layout.ts'
import type { Env, ServerContext } from '../server-context.ts'
import { endpoint } from './endpoint.ts'
import { limitBody } from './limit-body.ts'
import { localOnly } from './local-only.ts'

const PATH = '/oauth2/addclient'
const MAX_FORM_BYTES = 65_536

/** Routes that register applications. Since 2025 Imgur's page redirects home (recorded); its form is unknown. */
export function addClientRoutes(context: ServerContext): Hono<Env> {
  const { registry, switches } = context
  return new Hono<Env>()
    .use(PATH, limitBody(MAX_FORM_BYTES), endpoint(context, 'addclient'), async (c, next) => {
      if (switches.addclient === 'form') return next()
      return c.body(null, 301, { Location: `${new URL(c.req.url).origin}/`, 'Cache-Control': 'no-store' })
    })
    .get(PATH, c => sendPage(c, registrationPage()))
    .post(PATH, localOnly('own'), async c => {
      const { redirect_uri } = await readTextForm(c)
      try {
        return sendPage(c, clientPage(registry.addClient(redirect_uri ? { redirect_uri } : {})))
      } catch (error) {
        if (error instanceof TypeError) return sendPage(c, registrationPage(error.message), 400)
        throw error
      }
    })
}
