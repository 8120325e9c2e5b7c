import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, jest, test } from '@jest/globals'
import { Client, imgur } from '@latchkey/core'
import { signInRoutes } from '@latchkey/web'
import { toNode } from '@latchkey/web/node'
import express, { type RequestHandler } from 'express'
import fastify from 'fastify'

const servers: { close(): void }[] = []
afterEach(() => {
  jest.restoreAllMocks()
  for (const server of servers.splice(0)) server.close()
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Routes that have no path. */
const NONE = { handle: () => Promise.resolve(undefined) }

/** Starts a server without routes, which calls `next`. */
async function serve(next?: Parameters<ReturnType<typeof toNode>>[2]): Promise<string> {
  const handle = toNode(NONE)
  return listen((request, response) => handle(request, response, next))
}

test.each([
  ['rejects', () => Promise.reject(new Error('secret details'))],
  [
    'throws',
    () => {
      throw new Error('secret details')
    },
  ],
])('a next that %s is a status 500, and the process goes on', async (_, next) => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const response = await fetch(await serve(next))
  expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
  expect(warn).toHaveBeenCalledTimes(1)
})

test('without a next it responds with 404', async () => {
  expect((await fetch(await serve())).status).toBe(404)
})

const FORM = 'application/x-www-form-urlencoded'
const PARSERS: Readonly<Record<string, RequestHandler | undefined>> = {
  'no parser': undefined,
  'express.urlencoded': express.urlencoded(),
  'express.json': express.json(),
  'express.text': express.text({ type: FORM }),
  'express.raw': express.raw({ type: FORM }),
  'a parser of Express 4 that leaves {}': (request, _, next) => {
    request.body = {}
    next()
  },
}

test.each(Object.keys(PARSERS))('a form is read below a path of Express after %s', async name => {
  const parser = PARSERS[name]
  const handle = toNode({
    handle: async request => new Response(`${new URL(request.url).pathname} ${await request.text()}`),
  })
  const app = express()
  if (parser) app.use(parser)
  app.use('/app', handle)
  const body = new URLSearchParams({ to: '/a b' })
  const response = await fetch(`${await listen(app)}/app/auth/logout`, { method: 'POST', body })
  expect(await response.text()).toBe('/app/auth/logout to=%2Fa+b')
})

/** Servers with the routes in front of a parser; each responds with the length of the JSON. */
const APPLICATIONS: Readonly<Record<string, () => Promise<string>>> = {
  'node:http': () => {
    const handle = toNode(NONE)
    return listen((request, response) =>
      handle(request, response, async () => response.end(`${(await text(request)).length}`)),
    )
  },
  express: () => {
    const app = express().use(toNode(NONE), express.json({ limit: '1mb' }))
    return listen(app.post('/api', (request, response) => void response.send(lengthOf(request.body))))
  },
  fastify: async () => {
    const app = fastify()
    servers.push({ close: () => void app.close() })
    app.addHook('onRequest', ({ raw }, reply, next) => toNode(NONE)(raw, reply.raw, next))
    app.post('/api', request => lengthOf(request.body))
    return app.listen({ host: '127.0.0.1', port: 0 })
  },
}
const lengthOf = (body: unknown): string => `${JSON.stringify(body).length}`

test.each(Object.keys(APPLICATIONS))('an upload to another path of %s arrives whole', async name => {
  const base = await APPLICATIONS[name]!()
  for (const length of [100, 70_000, 500_000]) {
    const response = await fetch(`${base}/api`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify('x'.repeat(length)).replace(/.*/, '[$&]'),
      signal: AbortSignal.timeout(10_000),
    })
    expect([response.status, await response.text()]).toEqual([200, `${length + 4}`])
  }
})

test('a form as JSON: what is no text, number or boolean is left out', async () => {
  const handle = toNode({ handle: async request => new Response(await request.text()) })
  const headers = { 'content-type': 'application/json' }
  const body = '{"to":"/a","tokens":true,"x":{"toString":1},"y":["/"],"z":null}'
  const url = await listen(express().use(express.json(), handle))
  expect(await (await fetch(url, { method: 'POST', headers, body })).text()).toBe('to=%2Fa&tokens=true')
})

test('JSON that is no form, before the routes, stays with the application', async () => {
  const app = express().use(express.json({ strict: false }), toNode(NONE))
  app.post('/api', (request, response) => void response.json([request.body]))
  const base = await listen(app)
  for (const body of ['[1]', 'null', '"x"', '{"a":[{}]}']) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${base}/api`, { method: 'POST', headers, body })
    expect([response.status, await response.text()]).toEqual([200, `[${body}]`])
  }
})

test.each(['GET //', 'GET //[', 'GET //app.example/auth/login', 'GET http://[/x', 'OPTIONS *', 'TRACE /x'])(
  '%s is no request of the routes',
  async line => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const handle = toNode({
      handle: async ({ url }) =>
        new URL(url).pathname.startsWith('/auth/') ? new Response('ours') : undefined,
    })
    const url = await listen((request, response) => handle(request, response, () => response.end('next')))
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 [^]*next/)
    expect(warn).not.toHaveBeenCalled()
  },
)

test('cookies that middleware set before the routes stay', async () => {
  const handle = toNode({
    handle: () =>
      Promise.resolve(
        new Response(null, {
          headers: [
            ['set-cookie', 'b=2'],
            ['set-cookie', 'c=3'],
          ],
        }),
      ),
  })
  const app = express().use((_, response, next) => {
    response.cookie('a', '1')
    next()
  }, handle)
  const response = await fetch(await listen(app))
  expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2', 'c=3'])
})

test.each([
  ['with a Content-Length', (body: Buffer) => body],
  ['in chunks', (body: Buffer) => new Blob([body.toString()]).stream()],
])('a form of 5 MB %s has the status 413, and the connection serves the next request', async (_, bodyOf) => {
  const redirect_uri = 'http://localhost/auth/callback'
  const client = new Client({ client_id: 'app', redirect_uri, provider: imgur() })
  const secret = 'a secret of at least thirty-two characters'
  const url = await listen(toNode(signInRoutes(client, { secret, development: true })))
  const post = (body: Buffer): Promise<Response> =>
    fetch(`${url}/auth/logout`, {
      method: 'POST',
      headers: { origin: 'http://localhost' },
      body: bodyOf(body),
      duplex: 'half',
      redirect: 'manual',
    } as RequestInit)
  expect((await post(Buffer.alloc(5_000_000, 'a'))).status).toBe(413)
  expect((await post(Buffer.from('to=/'))).status).toBe(303)
})
