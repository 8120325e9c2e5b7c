// The server that `transportContract` sends requests to. It allows requests from any origin.
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** A running contract server on loopback. */
export interface ContractServer {
  /** The origin of the server: `http://127.0.0.1:port`. */
  readonly origin: string
  /** An origin on which nothing listens. */
  readonly refusedOrigin: string
  /** Stops listening, and closes every connection. */
  close(): Promise<void>
}

const PARTIAL = '{"refresh_token":"kept","acc'
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, x-contract, x-api-key',
  'access-control-expose-headers': '*',
  'access-control-max-age': '600',
}
/** The head of a response that is written to the socket directly. */
const HEAD =
  'HTTP/1.1 200 OK\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n'

interface Exchange {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  readonly url: URL
  /** The part of the path after the name. */
  readonly rest: string
  /** The number of requests per `?id=`. */
  readonly counts: Map<string, number>
}

/** The behaviour of the server, by the first part of the path. */
const BEHAVIOURS: Readonly<Record<string, (exchange: Exchange) => unknown>> = {
  async echo({ request, response }) {
    const { method, url, headers } = request
    const body = (await request.toArray()).join('')
    response.end(JSON.stringify({ method, url, headers, body }))
  },
  count({ url, response, counts }) {
    response.end(String(counts.get(url.searchParams.get('of') ?? '') ?? 0))
  },
  status({ response, rest }) {
    response.writeHead(Number(rest), { 'retry-after': '0', 'www-authenticate': 'Bearer' }).end()
  },
  redirect({ response, rest, url }) {
    const location = `/status/200?id=${url.searchParams.get('then')}`
    response.writeHead(Number(rest), { location }).end('moved')
  },
  headers({ response }) {
    response.writeHead(200, { 'X-Contract-Header': 'Some Value' }).end('{}')
  },
  prototype({ request }) {
    request.socket.end(`${HEAD}__proto__: polluted\r\ncontent-length: 0\r\n\r\n`)
  },
  bytes({ response, rest }) {
    response.end('a'.repeat(Number(rest)))
  },
  euros({ response, rest }) {
    response.end('€'.repeat(Number(rest)))
  },
  gzip({ response, rest }) {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(Number(rest))))
  },
  async crumbs({ response }) {
    for (const byte of Buffer.from('\uFEFF{"name":"é€😀"}')) {
      response.write(Buffer.of(byte))
      await turn() // so that each byte is a chunk of its own
    }
    response.end()
  },
  latin1({ response }) {
    response.end(Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82]))
  },
  short({ request }) {
    request.socket.end(`${HEAD}content-length: 100\r\n\r\n${PARTIAL}`)
  },
  unfinished({ request }) {
    const chunk = `${PARTIAL.length.toString(16)}\r\n${PARTIAL}\r\n`
    request.socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n${chunk}`)
  },
  stalling({ request }) {
    request.socket.write(`${HEAD}content-length: 100\r\n\r\n${PARTIAL}`)
  },
  silent() {},
  closing({ request }) {
    request.socket.end()
  },
  resetting({ request }) {
    request.socket.resetAndDestroy()
  },
  garbage({ request }) {
    request.socket.end('SSH-2.0-OpenSSH_9.6\r\n')
  },
}

/** Starts the server on a free loopback port. */
export async function startContractServer(): Promise<ContractServer> {
  const counts = new Map<string, number>()
  const server = http.createServer((request, response) => {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value)
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    const url = new URL(request.url ?? '/', 'http://contract.invalid')
    const [, name = '', rest = ''] = url.pathname.split('/')
    const id = url.searchParams.get('id')
    if (id) counts.set(id, (counts.get(id) ?? 0) + 1)
    const behave = Object.hasOwn(BEHAVIOURS, name) ? BEHAVIOURS[name] : undefined
    if (!behave) return response.writeHead(404).end()
    return void behave({ request, response, url, rest, counts })
  })
  server.on('connection', socket => socket.on('error', () => {})) // clients may close the connection
  const port = await listen(server)
  const origin = `http://127.0.0.1:${port}`

  const closedServer = net.createServer()
  const refusedOrigin = `http://127.0.0.1:${await listen(closedServer)}`
  await new Promise(closed => closedServer.close(closed))

  return {
    origin,
    refusedOrigin,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}
