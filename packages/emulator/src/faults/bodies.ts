import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'

const CHUNK_BYTES = 65_536

/** The same response, its body followed by spaces until it has so many bytes; JSON stays JSON. */
export function padded(response: Response, bytes: number): Response {
  async function* body(): AsyncGenerator<Uint8Array> {
    const content = Buffer.from(await response.arrayBuffer())
    yield content
    for (let left = bytes - content.length; left > 0; left -= CHUNK_BYTES) {
      yield Buffer.alloc(Math.min(left, CHUNK_BYTES), ' ')
    }
  }
  return streamed(response, Readable.from(body()))
}

/** The same response compressed. */
export function gzipped(response: Response): Response {
  const plain = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
  return streamed(response, plain.pipe(createGzip()), { 'Content-Encoding': 'gzip' })
}

/** The same response, its body in pieces with a pause before each. */
export function trickled(response: Response, chunkBytes: number, pause: () => Promise<void>): Response {
  async function* body(): AsyncGenerator<Uint8Array> {
    const content = Buffer.from(await response.arrayBuffer())
    for (let start = 0; start < content.length; start += Math.max(1, chunkBytes)) {
      await pause()
      yield content.subarray(start, start + Math.max(1, chunkBytes))
    }
  }
  return streamed(response, Readable.from(body()))
}

function streamed(response: Response, body: Readable, added: Record<string, string> = {}): Response {
  const headers = new Headers(response.headers)
  headers.delete('Content-Length')
  for (const [name, value] of Object.entries(added)) headers.set(name, value)
  return new Response(Readable.toWeb(body) as ReadableStream, { status: response.status, headers })
}
