// An API that responds at once, in its own process.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const BODY = JSON.stringify({ data: { id: 12345678, url: 'somebody' }, success: true, status: 200 })

const server = createServer((request, response) => {
  response.statusCode = request.headers.authorization ? 200 : 401
  response.setHeader('Content-Type', 'application/json').end(BODY)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () =>
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
)
process.once('disconnect', () => process.exit())
