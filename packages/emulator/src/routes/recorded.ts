import type { MiddlewareHandler } from 'hono'
import type { Endpoint } from '../ledger.ts'
import type { Env, World } from '../world.ts'

/** Middleware that puts a request into the ledger when it arrives and completes the entry when it is answered. */
export function recorded({ ledger }: World, endpoint: Endpoint): MiddlewareHandler<Env> {
  return async (c, next) => {
    const entry = ledger.open({ method: c.req.method, path: c.req.path, endpoint })
    c.set('note', notes => ledger.note(entry, notes))
    await next()
    const { status } = c.res
    const outcome = entry.outcome === 'pending' ? (status < 400 ? 'ok' : 'refused') : entry.outcome
    ledger.note(entry, { status, outcome })
  }
}
