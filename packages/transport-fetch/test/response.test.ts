import { expect, test } from '@jest/globals'
import { gzipSync } from 'node:zlib'
import { fetchTransport } from '../src/index.ts'
import { bodyOf, occasion, serve, serveRaw, watchedFetch } from './servers.ts'

const MIB = 1024 * 1024
const transport = fetchTransport()
const get = (url: string) => transport.send({ method: 'GET', url, headers: {} })

// What every transport does with a response is in contract.test.ts; this is what is fetch's own.

test('status 408 is a response to one request, although RFC 9110 section 15.5.9 allows a retry', async () => {
  let requests = 0
  const origin = await serve(async (request, response) => {
    requests += 1
    await bodyOf(request)
    response.writeHead(408).end()
  })
  for (const request of [{ method: 'GET' }, { method: 'POST', body: 'a=b' }] as const)
    expect(await transport.send({ ...request, url: origin, headers: {} })).toMatchObject({ status: 408 })
  expect(requests).toBe(2)
})

test("a browser's opaque redirect is an error with its own message", async () => {
  const opaque = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
  const browser = fetchTransport({ fetch: async () => opaque })
  await expect(
    browser.send({ method: 'POST', url: 'https://a.example/token', headers: {} }),
  ).rejects.toMatchObject({
    name: 'TransportError',
    sent: 'unknown',
    message: 'POST https://a.example/token: the response is a redirect, which browsers hide',
  })
})

test('the limit counts decompressed bytes, and the rest of a gzip bomb is never fetched', async () => {
  const hungUp = occasion()
  const bomb = gzipSync(Buffer.alloc(8 * MIB, 'a'))
  const origin = await serve((_, response) => {
    response.once('close', hungUp.happens).writeHead(200, { 'content-encoding': 'gzip' }).write(bomb) // and no end
  })
  const { body, truncated } = await get(origin)
  expect(truncated).toBe(true)
  expect(body).toBe('a'.repeat(MIB))
  await hungUp.happened
})

const PARTIAL = '{"refresh_token":"kept","acc'

test('the received part of a body is kept when the connection is reset', async () => {
  const { fetch, firstBytes } = watchedFetch()
  const origin = await serveRaw(socket => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${PARTIAL}`)
    void firstBytes.then(() => socket.resetAndDestroy())
  })
  const answer = await fetchTransport({ fetch }).send({ method: 'GET', url: origin, headers: {} })
  expect(answer).toMatchObject({ status: 200, body: PARTIAL, truncated: true })
})

test('fetch gets no option that a worker rejects', async () => {
  const refused = [
    'cache',
    'credentials',
    'mode',
    'keepalive',
    'referrer',
    'referrerPolicy',
    'integrity',
    'priority',
  ]
  const check = (init: RequestInit = {}) => {
    for (const member of refused)
      if (member in init) throw new TypeError(`the '${member}' field is not implemented`)
    if (init.redirect === 'error') throw new TypeError('Invalid redirect value')
  }
  const original = globalThis.Request
  // Its prototype has no `cache`, like that of a worker before 2024-11-11.
  const OldRequest = function (input: RequestInfo | URL, init?: RequestInit): Request {
    check(init)
    return new original(input, init)
  }
  globalThis.Request = OldRequest as unknown as typeof Request
  try {
    const worker = fetchTransport({
      fetch: async (request, init) => {
        check(init)
        return new Response(await (request as Request).text())
      },
    })
    const request = { method: 'POST', url: 'https://a.example/', headers: {}, body: 'a=b' } as const
    expect(await worker.send(request)).toMatchObject({ status: 200, body: 'a=b' })
    expect(() => new Request('https://a.example/', { cache: 'no-store' })).toThrow('not implemented')
  } finally {
    globalThis.Request = original
  }
})

/** Returns a fetch that caches every response like that of Next.js 14, unless the request says `no-store`. */
function cachingFetch(send: typeof fetch): typeof fetch {
  const cached = new Map<string, Response>()
  return async (input, init) => {
    const request = new Request(input, init)
    if (request.cache === 'no-store') return send(request)
    const key = `${request.method} ${request.url} ${await request.clone().text()}`
    if (!cached.has(key)) cached.set(key, await send(request))
    return cached.get(key)!.clone()
  }
}

test.each(['GET', 'POST'] as const)(
  'every %s reaches the server, even if fetch has a cache',
  async method => {
    let requests = 0
    const origin = await serve((_, response) => {
      requests += 1
      response.setHeader('cache-control', 'max-age=3600').end(`token ${requests}`)
    })
    const original = globalThis.fetch
    globalThis.fetch = cachingFetch(original)
    try {
      const send = async () => (await transport.send({ method, url: origin, headers: {} })).body
      expect([await send(), await send()]).toEqual(['token 1', 'token 2'])
      const plain = async () => (await fetch(origin, { method })).text()
      expect([await plain(), await plain()]).toEqual(['token 3', 'token 3'])
    } finally {
      globalThis.fetch = original
    }
  },
)
