import { expect, test } from '@jest/globals'
import type { HttpRequest } from '@latchkey/core'
import { gzipSync } from 'node:zlib'
import { fetchTransport } from '../src/index.ts'
import { bodyOf, occasion, serve, serveRaw, watchedFetch } from './servers.ts'

const MIB = 1024 * 1024
const transport = fetchTransport()
const get = (url: string) => transport.send({ method: 'GET', url, headers: {} })

test('method, URL, headers and body go out as they are given', async () => {
  const origin = await serve(async (request, response) => {
    const { method, url, headers } = request
    response.end(JSON.stringify({ method, url, headers, body: await bodyOf(request) }))
  })
  const echo = async (request: HttpRequest) => JSON.parse((await transport.send(request)).body)

  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Basic YTpi' }
  const posted = { method: 'POST', headers, body: 'grant_type=pin&pin=%C3%A9' } as const
  expect(await echo({ ...posted, url: `${origin}/oauth2/token` })).toMatchObject({
    ...posted,
    url: '/oauth2/token',
  })

  const asked = { method: 'GET', headers: { authorization: 'Client-ID abc' } } as const
  expect(await echo({ ...asked, url: `${origin}/3/me?a=b` })).toMatchObject({
    ...asked,
    url: '/3/me?a=b',
    body: '',
  })
})

test('the response is plain data with header names in lower case', async () => {
  const origin = await serve((_, response) =>
    response.writeHead(200, { 'X-RateLimit-UserLimit': '500', 'Content-Length': 2 }).end('{}'),
  )
  expect(await get(origin)).toEqual({
    status: 200,
    headers: expect.objectContaining({ 'x-ratelimit-userlimit': '500', 'content-length': '2' }),
    body: '{}',
  })
})

test('header names of the server reach no prototype', async () => {
  const origin = await serveRaw(socket =>
    socket.end('HTTP/1.1 200 OK\r\n__proto__: polluted\r\ncontent-length: 0\r\n\r\n'),
  )
  const { headers } = await get(origin)
  expect(Object.entries(headers)).toContainEqual(['__proto__', 'polluted'])
  expect(headers['constructor']).toBeUndefined()
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test.each([204, 400, 401, 403, 408, 413, 429, 500, 502, 503, 504])(
  'status %i is a response, asked for exactly once',
  async status => {
    let requests = 0
    const origin = await serve(async (request, response) => {
      requests += 1
      await bodyOf(request)
      response.writeHead(status, { 'retry-after': '0', 'www-authenticate': 'Basic' }).end()
    })
    for (const request of [{ method: 'GET' }, { method: 'POST', body: 'a=b' }] as const)
      expect(await transport.send({ ...request, url: origin, headers: {} })).toMatchObject({
        status,
        body: '',
      })
    expect(requests).toBe(2)
  },
)

test.each([301, 302, 303, 307, 308])(
  'a redirect with status %i is a response and is not followed (RFC 9700 section 4.12)',
  async status => {
    const paths: unknown[] = []
    const origin = await serve((request, response) => {
      paths.push(request.url)
      response.writeHead(status, { location: '/elsewhere' }).end('moved')
    })
    const answer = await transport.send({
      method: 'POST',
      url: `${origin}/token`,
      headers: {},
      body: 'secret',
    })
    expect(answer).toMatchObject({ status, headers: { location: '/elsewhere' }, body: 'moved' })
    expect(paths).toEqual(['/token'])
  },
)

test("a browser's opaque redirect is an error that says so", async () => {
  const opaque = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
  const browser = fetchTransport({ fetch: async () => opaque })
  await expect(
    browser.send({ method: 'POST', url: 'https://a.example/token', headers: {} }),
  ).rejects.toMatchObject({
    name: 'TransportError',
    sent: 'unknown',
    message: 'POST https://a.example/token: answered with a redirect, which a browser does not show',
  })
})

test('a byte order mark is dropped, and characters may be cut anywhere between chunks', async () => {
  const bytes = Buffer.from('\uFEFF{"name":"é€😀"}')
  const origin = await serve(async (_, response) => {
    for (const byte of bytes) {
      response.write(Buffer.of(byte))
      await new Promise(setImmediate) // so that each byte is a chunk of its own
    }
    response.end()
  })
  expect((await get(origin)).body).toBe('{"name":"é€😀"}')
})

test('bytes that are not UTF-8 are replaced', async () => {
  const origin = await serve((_, response) => response.end(Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82])))
  expect(await get(origin)).toMatchObject({ body: 'a\uFFFDb\uFFFD' })
})

test('a body of exactly 1 MiB is whole', async () => {
  const origin = await serve((_, response) => response.end('a'.repeat(MIB)))
  const answer = await get(origin)
  expect(answer.body).toHaveLength(MIB)
  expect(answer).not.toHaveProperty('truncated')
})

test('of a larger body the first 1 MiB is kept, without the character that the limit cuts', async () => {
  const origin = await serve((_, response) => response.end('€'.repeat(MIB / 2)))
  const { body, truncated } = await get(origin)
  expect(truncated).toBe(true)
  expect(body).toBe('€'.repeat(Math.floor(MIB / 3)))
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

test.each([
  ['less than its Content-Length', 'content-length: 100\r\n\r\n'],
  ['chunks without the last one', `transfer-encoding: chunked\r\n\r\n${PARTIAL.length.toString(16)}\r\n`],
])('of a body that ends early (%s) what arrived is kept', async (_, framing) => {
  const origin = await serveRaw(socket => socket.end(`HTTP/1.1 200 OK\r\n${framing}${PARTIAL}`))
  expect(await get(origin)).toMatchObject({ status: 200, body: PARTIAL, truncated: true })
})

test('of a body whose connection is reset what arrived is kept', async () => {
  const { fetch, firstBytes } = watchedFetch()
  const origin = await serveRaw(socket => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${PARTIAL}`)
    void firstBytes.then(() => socket.resetAndDestroy())
  })
  const answer = await fetchTransport({ fetch }).send({ method: 'GET', url: origin, headers: {} })
  expect(answer).toMatchObject({ status: 200, body: PARTIAL, truncated: true })
})

test('nothing is asked of fetch that a worker refuses', async () => {
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
  globalThis.Request = class extends original {
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      check(init)
      super(input, init)
    }
  }
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
