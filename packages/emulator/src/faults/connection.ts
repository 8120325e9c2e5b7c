import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { HonoContext } from '../server-context.ts'

/** Resets the connection with a TCP RST, so that the client gets no response. */
export function resetConnection(c: HonoContext): Response {
  c.env.incoming.socket.resetAndDestroy()
  return alreadySent()
}

/** Sends the response with its full Content-Length but only `bytes` bytes of the body, and closes the connection. */
export async function cutAfter(c: HonoContext, response: Response, bytes: number): Promise<Response> {
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

/** Returns whether a response only marks that Node's response was used directly. */
export function isAlreadySent(response: Response): boolean {
  return [...RESPONSE_ALREADY_SENT.headers.keys()].every(name => response.headers.has(name))
}

/** A new object for each request, since headers may be added to it. */
const alreadySent = (): Response => new Response(null, RESPONSE_ALREADY_SENT)
