import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, jest, test } from '@jest/globals'
import { toNode } from '@latchkey/web/node'
import express, { type RequestHandler } from 'express'

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

/** Starts a server without routes, which calls `next`. */
async function serve(next?: Parameters<ReturnType<typeof toNode>>[2]): Promise<string> {
  const handle = toNode({ handle: () => Promise.resolve(undefined) })
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
