import type { MiddlewareHandler } from 'hono'
import type { Env, World } from '../world.ts'

const METHODS = 'GET, PUT, POST, DELETE, OPTIONS'

/** Recorded on the API in 2018, to every request, whether it has an Origin or not. */
const HEADERS_2018 = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': METHODS,
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Accept, X-Mashape-Authorization, IMGURPLATFORM, IMGURUIDJAFO, SESSIONCOUNT, IMGURMWBETA, IMGURMWBETAOPTIN',
  'Access-Control-Expose-Headers':
    'X-RateLimit-ClientLimit, X-RateLimit-ClientRemaining, X-RateLimit-UserLimit, X-RateLimit-UserRemaining, X-RateLimit-UserReset',
}

/** Recorded in 2025. Browsers take the star for a mistake where credentials are sent along. */
const HEADERS_2025 = {
  ...HEADERS_2018,
  'Access-Control-Allow-Methods': `${METHODS}, PATCH`,
  'Access-Control-Allow-Credentials': 'true',
}

const HEADERS = { '2018': HEADERS_2018, '2025': HEADERS_2025 }

/** Middleware that answers preflights and puts the CORS headers on every answer of the API, or of the OAuth endpoints. */
export function cors({ switches }: World, area: 'api' | 'oauth'): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (area === 'oauth' && switches.oauthCors === 'none') return next()
    const isPreflight = c.req.method === 'OPTIONS'
    if (isPreflight && switches.failLocalhostPreflight && isLocalhost(c.req.header('origin'))) {
      return c.body(null, 403)
    }
    if (!isPreflight) await next()
    for (const [name, value] of Object.entries(HEADERS[switches.apiCors])) c.header(name, value)
    return isPreflight ? c.body(null, 200) : undefined
  }
}

const isLocalhost = (origin: string | undefined): boolean =>
  origin !== undefined && URL.canParse(origin) && new URL(origin).hostname === 'localhost'
