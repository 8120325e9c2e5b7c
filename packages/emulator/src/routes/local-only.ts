import type { MiddlewareHandler } from 'hono'
import { isLocalRequest } from '../loopback.ts'
import { answerPage } from '../pages/layout.ts'
import { problemPage } from '../pages/problem.ts'
import type { Env } from '../world.ts'

/**
 * Middleware that lets only this machine in.
 *
 * @param pages whose pages may lead here: only the emulator's own, or any, which is right for a page that a
 * link leads to and that does nothing by being opened.
 */
export function localOnly(pages: 'own' | 'any'): MiddlewareHandler<Env> {
  return async (c, next) => {
    const isLocal = isLocalRequest({
      remoteAddress: c.env.incoming.socket.remoteAddress,
      host: c.req.header('host'),
      origin: pages === 'own' ? c.req.header('origin') : undefined,
      fetchSite: pages === 'own' ? c.req.header('sec-fetch-site') : undefined,
    })
    return isLocal ? next() : answerPage(c, problemPage(FOREIGN), 403)
  }
}

const FOREIGN = {
  title: 'Only from this machine',
  text: 'This part of the emulator shows its secrets and steers it, so it answers only to the machine it runs on, at an address such as http://127.0.0.1.',
}
