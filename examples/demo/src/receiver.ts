import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Where a browser comes back to from the authorization server. */
export interface Receiver extends AsyncDisposable {
  readonly redirect_uri: string
}

const PATH = '/callback'
const MAX_ADDRESS_BYTES = 16_384

const file = (name: string): string => readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')

const PAGE: Readonly<Record<string, { type: string; content: string }>> = {
  [PATH]: { type: 'text/html', content: file('callback.html') },
  '/callback.css': { type: 'text/css', content: file('callback.css') },
  '/callback.js': { type: 'text/javascript', content: file('callback.js') },
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

/** Waits for redirects on a free port of loopback (RFC 8252 section 7.3) and passes on their whole address. */
export async function startReceiver(onRedirect: (url: string) => void): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, content: string, type = 'text/plain'): void => {
      response.writeHead(status, { ...HEADERS, 'Content-Type': `${type}; charset=utf-8` }).end(content)
    }
    // Names that were pointed at loopback (DNS rebinding) show in Host, other people's pages in Origin.
    if (request.headers.host !== new URL(origin).host) return answer(403, 'not from this machine')
    const page = PAGE[request.url!.split('?', 1)[0]!]
    if (!page) return answer(404, 'nothing here')
    if (request.method === 'GET') return answer(200, page.content, page.type)
    if (request.method !== 'POST' || request.headers.origin !== origin)
      return answer(403, 'not from our page')
    const address = await bodyOf(request)
    if (!address?.startsWith(redirect_uri)) return answer(400, 'That is no address of this page.')
    const { search, hash } = new URL(address)
    if (!search && !hash) return answer(200, 'There was nothing in this address.')
    const what = isDenial(search + hash) ? 'You said no.' : 'Received.'
    answer(200, `${what} You can close this page: the demo goes on in the terminal.`)
    onRedirect(address)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const redirect_uri = origin + PATH
  return {
    redirect_uri,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const isDenial = (parameters: string): boolean => /[?&#]error=/.test(parameters)

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? Infinity) > MAX_ADDRESS_BYTES) return undefined
  return text(request).catch(() => undefined)
}
