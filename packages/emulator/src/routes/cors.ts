import type { MiddlewareHandler } from 'hono'
import type { Env, ServerContext } from '../server-context.ts'

const METHODS = 'GET, PUT, POST, DELETE, OPTIONS'

/** Recorded on the API in 2018, for every request with or without an Origin. */
const HEADERS_2018 = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': METHODS,
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Accept, X-Mashape-Authorization, IMGURPLATFORM, IMGURUIDJAFO, SESSIONCOUNT, IMGURMWBETA, IMGURMWBETAOPTIN',
  'Access-Control-Expose-Headers':
    'X-RateLimit-ClientLimit, X-RateLimit-ClientRemaining, X-RateLimit-UserLimit, X-RateLimit-UserRemaining, X-RateLimit-UserReset',
}

/** Recorded in 2025. Browsers reject the star for requests with credentials. */
const HEADERS_2025 = {
  ...HEADERS_2018,
  'Access-Control-Allow-Methods': `${METHODS}, PATCH`,
  'Access-Control-Allow-Credentials': 'true',
}

const HEADERS = { '2018': HEADERS_2018, '2025': HEADERS_2025 }

/** Middleware that handles preflights and sets the CORS headers on responses of the API or the OAuth endpoints. */
export function cors({ switches }: ServerContext, area: 'api' | 'oauth'): MiddlewareHandler<Env> {
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
