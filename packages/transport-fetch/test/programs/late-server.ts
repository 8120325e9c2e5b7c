// A server in a thread of its own: it responds while the loop of the test is blocked. It posts its origin, then a
// message for each request. The path is the time in ms until it responds, `silent` for never.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'

const server = http.createServer(({ url }, response) => {
  parentPort?.postMessage('requested')
  if (url === '/silent') return
  response.setHeader('content-encoding', 'gzip')
  setTimeout(() => response.end(gzipSync('{"access_token":"late"}')), Number(url?.slice(1)))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  parentPort?.postMessage(`http://127.0.0.1:${port}`)
})
