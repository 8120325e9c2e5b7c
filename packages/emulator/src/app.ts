import { Hono } from 'hono'
import { answerPage } from './pages/layout.ts'
import { problemPage } from './pages/problem.ts'
import { addClientRoutes } from './routes/addclient.ts'
import { apiRoutes } from './routes/api.ts'
import { authorizeRoutes } from './routes/authorize.ts'
import { controlRoutes } from './routes/control.ts'
import { cors } from './routes/cors.ts'
import { frontRoutes } from './routes/front.ts'
import { pinRoutes } from './routes/pin.ts'
import { tokenRoutes } from './routes/token.ts'
import { uploadRoutes } from './routes/upload.ts'
import type { Env, World } from './world.ts'

/** The server's routes, one after another. */
export function createApp(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.use(async (c, next) => {
    await next()
    // A fault may have set another.
    if (!c.res.headers.has('Date')) c.header('Date', new Date(world.clock.nowMs()).toUTCString())
  })
  app.use('/oauth2/*', cors(world, 'oauth'))
  app.use('/3/*', cors(world, 'api'))
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
  for (const create of routes) app.route('/', create(world))
  app.notFound(c => answerPage(c, problemPage(NOT_FOUND), 404))
  return app
}

const NOT_FOUND = { title: 'Nothing here', text: 'There is no page at this address.' }
