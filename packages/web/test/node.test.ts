import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, jest, test } from '@jest/globals'
import { toNode } from '@latchkey/web/node'

const servers: { close(): void }[] = []
afterEach(() => {
  jest.restoreAllMocks()
  for (const server of servers.splice(0)) server.close()
})

/** Starts a server without routes, which calls `next`. */
async function serve(next?: Parameters<ReturnType<typeof toNode>>[2]): Promise<string> {
  const handle = toNode({ handle: () => Promise.resolve(undefined) })
  const server = createServer((request, response) => handle(request, response, next))
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
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
