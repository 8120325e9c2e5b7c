import type { MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { refuse } from '../answer.ts'
import { shorten } from '../ledger.ts'
import type { Caller, Env, Exchange, World } from '../world.ts'

/** Recorded: the trailing dot belongs to it, and expired, revoked and made-up tokens are told the same. */
const BAD_TOKEN = 'The access token provided is invalid.'
const BAD_TOKEN_STATUS = { '403': 403, '401': 401, '429': 429 } as const

/**
 * Middleware of the API's endpoints: finds out who calls, charges the call, and puts the rate limits on the
 * answer.
 *
 * @param cost in credits (documented: an upload costs 10).
 */
export function apiAccess(
  world: World,
  { cost, needsUser }: { cost: number; needsUser: boolean },
): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async (c, next) => {
    const { credits, switches } = world
    const address = addressOf(c)
    const caller = identify(world, c)
    if (caller === 'none') return refuse(c, 401, 'Authentication required')
    if (caller === 'malformed') return refuse(c, 403, 'Malformed auth header.')
    if (caller === 'unknown-client') return refuse(c, 403, 'Invalid client_id')
    if (caller === 'bad-token') return refuse(c, BAD_TOKEN_STATUS[switches.badToken], BAD_TOKEN)
    c.var.note({ client_id: caller.client_id })
    if (caller.user) c.var.note({ account_username: caller.user.account_username })
    else if (needsUser) return refuse(c, 401, 'Authentication required')

    const isCharged = credits.charge(caller.client_id, address, cost)
    if (c.req.method === 'POST') credits.chargePost(address)
    setRateLimits(world, c, caller.client_id)
    if (!isCharged) return refuse(c, 429, 'Daily client requests exceeded')
    c.set('caller', caller)
    return next()
  })
}

function identify(
  { registry, tokens }: World,
  c: Exchange,
): Caller | 'none' | 'malformed' | 'unknown-client' | 'bad-token' {
  const authorization = c.req.header('authorization')
  if (!authorization) return 'none'
  const [, scheme, value = ''] = /^(bearer|client-id) +(\S+)$/i.exec(authorization) ?? []
  if (!scheme) return 'malformed'
  if (scheme.toLowerCase() === 'client-id') {
    return registry.clients.has(value) ? { client_id: value, user: undefined } : 'unknown-client'
  }
  c.var.note({ presented: shorten(value) })
  return tokens.holder(value) ?? 'bad-token'
}

/** UserReset is Unix time in seconds, Post-Rate-Limit-Reset is seconds from now; both as documented. */
export function setRateLimits({ credits, clock }: World, c: Exchange, client_id: string): void {
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

/** Where a request comes from: Imgur counts by address what it calls a user's credits. */
export const addressOf = (c: Exchange): string => c.env.incoming.socket.remoteAddress ?? ''
