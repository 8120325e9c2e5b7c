// The routes for Express, Fastify, and `node:http`.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ReadableStream } from 'node:stream/web'
import type { SignInRoutes } from './sign-in-routes.ts'

/** A request of Node, or of a framework on it: `originalUrl` is from Express, `body` from a parser that ran before. */
type NodeRequest = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown }

/**
 * Returns the routes as middleware: `app.use(toNode(routes))` in Express, a hook `onRequest` in Fastify, or
 * `createServer((request, response) => middleware(request, response, next))`. It calls `next` for a request that is not of the
 * routes, and reads nothing of its body; without a `next` it responds with 404. If `next` rejects, the response is status 500,
 * and the process is warned.
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
    const asked = toRequest(request)
    const answer = asked && (await routes.handle(asked))
    if (!answer && next) return void (await next())
    const { status, headers, body } = answer ?? new Response(null, { status: 404 })
    response.statusCode = status
    for (const [name, value] of headers)
      if (name === 'set-cookie') response.appendHeader(name, value)
      else response.setHeader(name, value)
    response.end(body ? Buffer.from(await new Response(body).arrayBuffer()) : undefined)
    request.resume() // what the routes did not read would hold the connection
  }
}

/**
 * Only path and headers matter: the routes know their origin. Returns `undefined` for what cannot be a `Request`, such as
 * `TRACE /`: it is not of the routes.
 */
function toRequest(request: NodeRequest): Request | undefined {
  const { method = 'GET', url = '/', originalUrl = url, headers: given } = request
  // Not as the base of a URL, since the path `//host` would become a host.
  const href = originalUrl.startsWith('/') ? `http://localhost${originalUrl}` : originalUrl
  if (!URL.canParse(href) || /^(CONNECT|TRACE|TRACK)$/.test(method)) return undefined
  const headers = new Headers()
  for (const [name, value] of Object.entries(given))
    for (const one of [value].flat())
      if (one !== undefined && !name.startsWith(':')) headers.append(name, one)
  const isEmpty = method === 'GET' || method === 'HEAD'
  const body = isEmpty ? null : (ReadableStream.from(bodyOf(request)) as BodyInit)
  return new Request(href, { method, headers, body, duplex: 'half' } as RequestInit)
}

/** Reads nothing before the routes do: the body of another path belongs to the application. */
async function* bodyOf(request: NodeRequest): AsyncGenerator<Uint8Array> {
  const { body, readableDidRead } = request
  // Some parsers leave `{}` for what they do not read.
  const isParsed = body !== undefined && (readableDidRead || Object.keys(Object(body)).length > 0)
  if (!isParsed) return yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  if (body instanceof Uint8Array) return yield body
  if (typeof body === 'string') return yield Buffer.from(body)
  const fields = Object.entries(Object(body)).filter(([, value]) => typeof value !== 'object')
  yield Buffer.from(new URLSearchParams(fields as [string, string][]).toString())
}
