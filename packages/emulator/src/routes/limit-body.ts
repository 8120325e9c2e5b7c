import type { MiddlewareHandler } from 'hono'
import type { Env } from '../server-context.ts'

/**
 * Middleware that rejects a body of more than `maxBytes` bytes with 413, and reads a smaller one completely.
 *
 * Hono's own middleware fails for bodies of unknown length unless the adapter overrides the global classes. This one
 * creates a new request.
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

/** Reads the whole stream; `undefined` if it is longer, with the rest unread. */
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
