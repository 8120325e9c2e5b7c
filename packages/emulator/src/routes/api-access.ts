import type { MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { sendError } from '../respond.ts'
import { shorten } from '../ledger.ts'
import type { Caller, Env, HonoContext, ServerContext } from '../server-context.ts'

/** Recorded, with the trailing dot. The same message is sent for expired, revoked and unknown tokens. */
const BAD_TOKEN = 'The access token provided is invalid.'
const BAD_TOKEN_STATUS = { '403': 403, '401': 401, '429': 429 } as const

/**
 * Middleware of the API's endpoints: identifies the caller, charges the call, and sets the rate limit headers.
 *
 * @param cost The cost in credits (documented: an upload costs 10).
 */
export function apiAccess(
  context: ServerContext,
  { cost, needsUser }: { cost: number; needsUser: boolean },
): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async (c, next) => {
    const { credits, switches } = context
    const address = addressOf(c)
    const caller = identify(context, c)
    if (caller === 'none') return sendError(c, 401, 'Authentication required')
    if (caller === 'malformed') return sendError(c, 403, 'Malformed auth header.')
    if (caller === 'unknown-client') return sendError(c, 403, 'Invalid client_id')
    if (caller === 'bad-token') return sendError(c, BAD_TOKEN_STATUS[switches.rejectedTokenStatus], BAD_TOKEN)
    c.var.note({ client_id: caller.client_id })
    if (caller.user) c.var.note({ account_username: caller.user.account_username })
    else if (needsUser) return sendError(c, 401, 'Authentication required')

    const isCharged = credits.charge(caller.client_id, address, cost)
    if (c.req.method === 'POST') credits.chargePost(address)
    setRateLimits(context, c, caller.client_id)
    if (!isCharged) return sendError(c, 429, 'Daily client requests exceeded')
    c.set('caller', caller)
    return next()
  })
}

function identify(
  { registry, tokens }: ServerContext,
  c: HonoContext,
): Caller | 'none' | 'malformed' | 'unknown-client' | 'bad-token' {
  const authorization = c.req.header('authorization')
  if (!authorization) return 'none'
  const [, scheme, value = ''] = /^(bearer|client-id) +(\S+)$/i.exec(authorization) ?? []
  if (!scheme) return 'malformed'
  if (scheme.toLowerCase() === 'client-id') {
    return registry.clients.has(value) ? { client_id: value, user: undefined } : 'unknown-client'
  }
  c.var.note({ presented: shorten(value) })
  return tokens.findAccess(value) ?? 'bad-token'
}

/** Sets the rate limit headers. UserReset is Unix time in s, Post-Rate-Limit-Reset is s from now (documented). */
export function setRateLimits({ credits, clock }: ServerContext, c: HonoContext, client_id: string): void {
  const address = addressOf(c)
  const user = credits.user(address)
  const client = credits.client(client_id)
  c.header('X-RateLimit-UserLimit', String(user.limit))
  c.header('X-RateLimit-UserRemaining', String(user.remaining))
  c.header('X-RateLimit-UserReset', String(user.resetAtMs / 1000))
  c.header('X-RateLimit-ClientLimit', String(client.limit))
  c.header('X-RateLimit-ClientRemaining', String(client.remaining))
  if (c.req.method !== 'POST') return
  const posts = credits.posts(address)
  c.header('X-Post-Rate-Limit-Limit', String(posts.limit))
  c.header('X-Post-Rate-Limit-Remaining', String(posts.remaining))
  c.header('X-Post-Rate-Limit-Reset', String(Math.ceil((posts.resetAtMs - clock.nowMs()) / 1000)))
}

/** Returns the remote address. Imgur counts a user's credits by address. */
export const addressOf = (c: HonoContext): string => c.env.incoming.socket.remoteAddress ?? ''
