import { Hono } from 'hono'
import { sendPage } from '../pages/layout.ts'
import { pinPage } from '../pages/pin.ts'
import { errorPage } from '../pages/error.ts'
import type { Env, ServerContext } from '../server-context.ts'
import { endpoint } from './endpoint.ts'

/** The route of the page that shows a PIN. Its address is recorded, its design is not. It shows valid PINs only. */
export function pinRoutes(context: ServerContext): Hono<Env> {
  return new Hono<Env>().get('/oauth2/pin', endpoint(context, 'pin'), c => {
    const pin = c.req.query('pin') ?? ''
    return context.pins.isLive(pin, context.clock.nowMs())
      ? sendPage(c, pinPage(pin))
      : sendPage(c, errorPage(INVALID_PIN), 404)
  })
}

const INVALID_PIN = {
  title: 'This PIN is no longer valid',
  text: 'It has expired or was already used. Start again in the application.',
}
