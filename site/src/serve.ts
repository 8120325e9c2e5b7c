// Serves the built site as a web server does that compresses, for tests and pictures.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DIST } from './places.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
}

export interface Served {
  /** Its address, without a slash at the end. */
  readonly url: string
  /** The bytes of all bodies sent so far, compressed. */
  bytes(): number
  close(): Promise<void>
}

/** Serves site/dist on a free port of 127.0.0.1. */
export async function serveSite(): Promise<Served> {
  let bytes = 0
  const server = createServer((request, response) => {
    const path = decodeURI(new URL(request.url!, 'http://site').pathname).replace(/\/$/, '/index.html')
    const file = [path, `${path}.html`]
      .map(one => join(DIST, one))
      .find(one => extname(one) && existsSync(one))
    if (!file) return void response.writeHead(404).end()
    const body = gzipSync(readFileSync(file))
    bytes += body.length
    response
      .writeHead(200, { 'content-type': TYPES[extname(file)] ?? '', 'content-encoding': 'gzip' })
      .end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    close: () => new Promise(resolve => void server.close(() => resolve()).closeAllConnections()),
  }
}
