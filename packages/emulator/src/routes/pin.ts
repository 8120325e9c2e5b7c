import { Hono } from 'hono'
import { answerPage } from '../pages/layout.ts'
import { pinPage } from '../pages/pin.ts'
import { problemPage } from '../pages/problem.ts'
import type { Env, World } from '../world.ts'
import { endpoint } from './endpoint.ts'

/** The page that shows a PIN (its address is recorded, its looks are not). It shows nothing that is not a live PIN. */
export function pinRoutes(world: World): Hono<Env> {
  return new Hono<Env>().get('/oauth2/pin', endpoint(world, 'pin'), c => {
    const pin = c.req.query('pin') ?? ''
    return world.pins.isLive(pin, world.clock.nowMs())
      ? answerPage(c, pinPage(pin))
      : answerPage(c, problemPage(GONE), 404)
  })
}

const GONE = {
  title: 'This PIN is no longer valid',
  text: 'It was used already, or too much time has passed. Start again in the application that asked for it.',
}
