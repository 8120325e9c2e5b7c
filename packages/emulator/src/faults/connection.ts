import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Exchange } from '../world.ts'

/** Resets the connection, so that the client gets no answer (a TCP reset, not an orderly end). */
export function resetConnection(c: Exchange): Response {
  c.env.incoming.socket.resetAndDestroy()
  return alreadySent()
}

/** Sends the response with its whole length announced, but only so many bytes of the body, and ends the connection. */
export async function cutAfter(c: Exchange, response: Response, bytes: number): Promise<Response> {
  const { outgoing } = c.env
  const content = Buffer.from(await response.arrayBuffer())
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(response.headers),
    'Content-Length': content.length,
  })
  outgoing.flushHeaders()
  if (bytes > 0) outgoing.write(content.subarray(0, bytes))
  outgoing.socket?.destroySoon()
  c.var.note({ status: response.status })
  return alreadySent()
}

/** Whether a response is only a mark that Node's own objects have been used. */
export function isAlreadySent(response: Response): boolean {
  return [...RESPONSE_ALREADY_SENT.headers.keys()].every(name => response.headers.has(name))
}

/** A mark of its own for each request: headers added to it must not stay. */
const alreadySent = (): Response => new Response(null, RESPONSE_ALREADY_SENT)
