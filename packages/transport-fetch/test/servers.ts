import { afterEach } from '@jest/globals'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map(cleanup => cleanup()))
})

/** Starts any server on loopback and returns its port. The server and its connections end with the test. */
export async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {}) // a client that hangs up is what many of these tests are about
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(closed => server.close(closed))
  })
  return (server.address() as net.AddressInfo).port
}

/** An HTTP server; returns its origin. */
export async function serve(handler: http.RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(http.createServer(handler))}`
}

/** A server that sends the bytes of the test whenever it receives something; returns its origin. */
export async function serveRaw(onData: (socket: net.Socket, data: string) => void): Promise<string> {
  const server = net.createServer(socket =>
    socket.on('data', data => onData(socket, data.toString('latin1'))),
  )
  return `http://127.0.0.1:${await listen(server)}`
}

/** A port of loopback on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await new Promise(closed => server.close(closed))
  return port
}

/** Reads the body of a request. */
export async function bodyOf(request: http.IncomingMessage): Promise<string> {
  return (await request.toArray()).join('')
}

/** An event that a test waits for: `happens` fulfils `happened`. */
export function occasion(): { happened: Promise<void>; happens: () => void } {
  let happens!: () => void
  const happened = new Promise<void>(resolve => (happens = resolve))
  return { happened, happens }
}

/** The real fetch, and a promise for the moment when the reader has got the first bytes of a body. */
export function watchedFetch(): { fetch: typeof fetch; firstBytes: Promise<void> } {
  const { happened, happens } = occasion()
  const watch = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk)
      setImmediate(happens)
    },
  })
  return {
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      return new Response(response.body!.pipeThrough(watch), response)
    },
    firstBytes: happened,
  }
}
