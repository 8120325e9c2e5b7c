// The routes for Express, Fastify, and `node:http`.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { SignInRoutes } from './sign-in-routes.ts'

/** A request of Node, or of a framework on it: `originalUrl` is from Express, `body` from a parser that ran before. */
type NodeRequest = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown }

/**
 * Returns the routes as middleware: `app.use(toNode(routes))` in Express, a hook `onRequest` in Fastify, or
 * `createServer((request, response) => middleware(request, response, next))`. It calls `next` for a request that is not of the
 * routes; without a `next` it responds with 404. If `next` rejects, the response is status 500, and the process is warned.
 */
export function toNode(
  routes: Pick<SignInRoutes, 'handle'>,
): (request: NodeRequest, response: ServerResponse, next?: (error?: Error) => unknown) => void {
  return (request, response, next) => {
    respond(request, response, next).catch((error: Error) => {
      process.emitWarning(error)
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end('Internal Server Error')
    })
  }

  async function respond(
    request: NodeRequest,
    response: ServerResponse,
    next?: () => unknown,
  ): Promise<void> {
    const answer = await routes.handle(toRequest(request))
    if (!answer && next) return void (await next())
    const { status, headers, body } = answer ?? new Response(null, { status: 404 })
    response.statusCode = status
    for (const [name, value] of headers) if (name !== 'set-cookie') response.setHeader(name, value)
    if (headers.getSetCookie().length > 0) response.setHeader('set-cookie', headers.getSetCookie())
    response.end(body ? Buffer.from(await new Response(body).arrayBuffer()) : undefined)
  }
}

/** Only path and headers matter: the routes know their origin. */
function toRequest(request: NodeRequest): Request {
  const { method = 'GET', url = '/', originalUrl = url, headers: given } = request
  const headers = new Headers()
  for (const [name, value] of Object.entries(given))
    for (const one of [value].flat())
      if (one !== undefined && !name.startsWith(':')) headers.append(name, one)
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(request)
  return new Request(new URL(originalUrl, 'http://localhost'), { method, headers, ...body })
}

function bodyOf(request: NodeRequest): object {
  const { body } = request
  if (body === undefined) return { body: Readable.toWeb(request), duplex: 'half' }
  if (typeof body === 'string' || body instanceof Uint8Array) return { body }
  return { body: new URLSearchParams(body as Record<string, string>).toString() }
}
