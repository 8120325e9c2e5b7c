import type { MiddlewareHandler } from 'hono'
import { isLocalRequest } from '../loopback.ts'
import { sendPage } from '../pages/layout.ts'
import { errorPage } from '../pages/error.ts'
import type { Env } from '../server-context.ts'

/**
 * Middleware that rejects requests from other machines.
 *
 * @param pages Which pages may send requests: the emulator's own, or any. `any` suits a page without side effects
 * that other pages may link to.
 */
export function localOnly(pages: 'own' | 'any'): MiddlewareHandler<Env> {
  return async (c, next) => {
    const isLocal = isLocalRequest({
      remoteAddress: c.env.incoming.socket.remoteAddress,
      host: c.req.header('host'),
      origin: pages === 'own' ? c.req.header('origin') : undefined,
      fetchSite: pages === 'own' ? c.req.header('sec-fetch-site') : undefined,
    })
    return isLocal ? next() : sendPage(c, errorPage(NOT_LOCAL), 403)
  }
}

const NOT_LOCAL = {
  title: 'Only from this machine',
  text: 'This page shows secrets and controls the emulator. Open it on the machine that runs the emulator, at an address such as http://127.0.0.1.',
}
