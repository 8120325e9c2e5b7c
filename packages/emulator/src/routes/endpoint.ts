import type { MiddlewareHandler } from 'hono'
import { isAlreadySent } from '../faults/connection.ts'
import { applyFaults } from '../faults/effects.ts'
import type { Endpoint } from '../ledger.ts'
import type { Env, HonoContext, ServerContext } from '../server-context.ts'

/**
 * Middleware of every endpoint: adds the request to the ledger, applies the matching faults, and completes the entry
 * with the response.
 *
 * @param noteRequest Adds the parameters of the request to its entry before it is handled.
 */
export function endpoint(
  context: ServerContext,
  name: Endpoint,
  noteRequest: (c: HonoContext) => void | Promise<void> = () => {},
): MiddlewareHandler<Env> {
  const { ledger, faults } = context
  return async (c, next) => {
    const entry = ledger.add({ method: c.req.method, path: c.req.path, endpoint: name })
    c.set('note', notes => ledger.note(entry, notes))
    await noteRequest(c)

    const matching = faults.takeMatching(name, entry.grant_type)
    if (matching.length > 0) c.var.note({ faults: matching.map(({ kind }) => kind) })
    const response = await applyFaults(c, context, matching, async () => {
      await next()
      if (entry.outcome === 'pending') c.var.note({ outcome: c.res.status < 400 ? 'ok' : 'rejected' })
      return c.res
    })
    // Otherwise Hono would merge the headers of the previous response.
    c.res = undefined
    c.res = response
    ledger.note(entry, {
      outcome: entry.outcome === 'pending' ? 'none' : entry.outcome,
      ...(!isAlreadySent(response) && { status: response.status }),
    })
  }
}
