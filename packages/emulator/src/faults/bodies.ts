import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'

const CHUNK_BYTES = 65_536

/** Pads the body with spaces to `bytes` bytes. JSON stays valid. */
export function pad(response: Response, bytes: number): Response {
  async function* body(): AsyncGenerator<Uint8Array> {
    const content = Buffer.from(await response.arrayBuffer())
    yield content
    for (let remaining = bytes - content.length; remaining > 0; remaining -= CHUNK_BYTES) {
      yield Buffer.alloc(Math.min(remaining, CHUNK_BYTES), ' ')
    }
  }
  return withBody(response, Readable.from(body()))
}

/** Compresses the body with gzip. */
export function compress(response: Response): Response {
  const plain = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
  return withBody(response, plain.pipe(createGzip()), { 'Content-Encoding': 'gzip' })
}

/** Sends the body in chunks, with a pause before each. */
export function throttle(response: Response, chunkBytes: number, pause: () => Promise<void>): Response {
  async function* body(): AsyncGenerator<Uint8Array> {
    const content = Buffer.from(await response.arrayBuffer())
    for (let start = 0; start < content.length; start += Math.max(1, chunkBytes)) {
      await pause()
      yield content.subarray(start, start + Math.max(1, chunkBytes))
    }
  }
  return withBody(response, Readable.from(body()))
}

function withBody(response: Response, body: Readable, added: Record<string, string> = {}): Response {
  const headers = new Headers(response.headers)
  headers.delete('Content-Length')
  for (const [name, value] of Object.entries(added)) headers.set(name, value)
  return new Response(Readable.toWeb(body) as ReadableStream, { status: response.status, headers })
}
