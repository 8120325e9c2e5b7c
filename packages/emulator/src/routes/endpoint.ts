import type { MiddlewareHandler } from 'hono'
import { isAlreadySent } from '../faults/connection.ts'
import { strike } from '../faults/effects.ts'
import type { Endpoint } from '../ledger.ts'
import type { Env, Exchange, World } from '../world.ts'

/**
 * Middleware of every endpoint: puts the request into the ledger when it arrives, lets the faults strike that
 * were scripted for it, and completes the entry when it is answered.
 *
 * @param describe notes what the request asks for, before anything is done about it.
 */
export function endpoint(
  world: World,
  name: Endpoint,
  describe: (c: Exchange) => void | Promise<void> = () => {},
): MiddlewareHandler<Env> {
  const { ledger, faults } = world
  return async (c, next) => {
    const entry = ledger.open({ method: c.req.method, path: c.req.path, endpoint: name })
    c.set('note', notes => ledger.note(entry, notes))
    await describe(c)

    const due = faults.take(name, entry.grant_type)
    if (due.length > 0) c.var.note({ faults: due.map(({ kind }) => kind) })
    const response = await strike(c, world, due, async () => {
      await next()
      if (entry.outcome === 'pending') c.var.note({ outcome: c.res.status < 400 ? 'ok' : 'refused' })
      return c.res
    })
    // Hono would mix the headers of the response it holds into the one that takes its place.
    c.res = undefined
    c.res = response
    ledger.note(entry, {
      outcome: entry.outcome === 'pending' ? 'none' : entry.outcome,
      ...(!isAlreadySent(response) && { status: response.status }),
    })
  }
}
