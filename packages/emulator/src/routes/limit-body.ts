import type { MiddlewareHandler } from 'hono'
import type { Env } from '../world.ts'

/**
 * Middleware that refuses a body of more than so many bytes with 413, and hands a smaller one on whole.
 *
 * Hono's own rebuilds a request of unknown length from the adapter's, which Node's `Request` does not take
 * while the global classes are left alone; here it is built anew.
 */
export function limitBody(maxBytes: number): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { method, url, body } = c.req.raw
    if (!body) return next()
    const bytes = await readAtMost(body, maxBytes)
    if (!bytes) return c.text('The body is too large', 413)
    const headers = new Headers(c.req.raw.headers)
    headers.delete('Transfer-Encoding')
    c.req.raw = new Request(url, { method, headers, body: bytes })
    return next()
  }
}

/** The whole stream; `undefined`, and the rest left unread, when it is longer. */
async function readAtMost(
  stream: ReadableStream,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Uint8Array(Buffer.concat(chunks))
    size += value.length
    if (size > maxBytes) return undefined
    chunks.push(value)
  }
}
