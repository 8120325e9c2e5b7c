import { Hono } from 'hono'
import { answerPage } from './pages/layout.ts'
import { problemPage } from './pages/problem.ts'
import { apiRoutes } from './routes/api.ts'
import { authorizeRoutes } from './routes/authorize.ts'
import { frontRoutes } from './routes/front.ts'
import { pinRoutes } from './routes/pin.ts'
import { tokenRoutes } from './routes/token.ts'
import type { Env, World } from './world.ts'

/** The server's routes, one after another. */
export function createApp(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.use(async (c, next) => {
    await next()
    c.header('Date', new Date(world.clock.nowMs()).toUTCString())
  })
  const routes = [authorizeRoutes, pinRoutes, tokenRoutes, apiRoutes, frontRoutes]
  for (const create of routes) app.route('/', create(world))
  app.notFound(c => answerPage(c, problemPage(NOT_FOUND), 404))
  return app
}

const NOT_FOUND = { title: 'Nothing here', text: 'There is no page at this address.' }
