import { Hono } from 'hono'
import { sendPage } from './pages/layout.ts'
import { errorPage } from './pages/error.ts'
import { addClientRoutes } from './routes/addclient.ts'
import { apiRoutes } from './routes/api.ts'
import { authorizeRoutes } from './routes/authorize.ts'
import { controlRoutes } from './routes/control.ts'
import { cors } from './routes/cors.ts'
import { frontRoutes } from './routes/front.ts'
import { pinRoutes } from './routes/pin.ts'
import { tokenRoutes } from './routes/token.ts'
import { uploadRoutes } from './routes/upload.ts'
import type { Env, ServerContext } from './server-context.ts'

/** Creates the application with all routes. */
export function createApp(context: ServerContext): Hono<Env> {
  const app = new Hono<Env>()
  app.use(async (c, next) => {
    await next()
    // A fault may have set the header.
    if (!c.res.headers.has('Date')) c.header('Date', new Date(context.clock.nowMs()).toUTCString())
  })
  app.use('/oauth2/*', cors(context, 'oauth'))
  app.use('/3/*', cors(context, 'api'))
  const routes = [
    authorizeRoutes,
    pinRoutes,
    tokenRoutes,
    addClientRoutes,
    apiRoutes,
    uploadRoutes,
    controlRoutes,
    frontRoutes,
  ]
  for (const create of routes) app.route('/', create(context))
  app.notFound(c => sendPage(c, errorPage(NOT_FOUND), 404))
  return app
}

const NOT_FOUND = { title: 'Not found', text: 'There is no page at this address.' }
