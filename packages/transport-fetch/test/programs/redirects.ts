// Compares where credentials go when an API redirects with Node's own fetch: every status, method and destination.
// Prints the number of redirects at the end.
import assert from 'node:assert/strict'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { Client, imgur } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { selfSigned } from '../self-signed.ts'

const TOKEN = 'canary4711'
const KEY = 'key4711'

interface Seen {
  readonly at: string
  readonly method: string | undefined
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}
let seen: Seen[] = []

/** `/redirect/STATUS?to=URL` redirects, any other path returns the request; `name` is the server's. */
async function listen(server: http.Server, name: string): Promise<number> {
  server.on('request', async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const body = (await request.toArray()).join('')
    const { method, headers } = request
    seen.push({ at: name, method, headers, body })
    const url = new URL(request.url!, 'http://localhost')
    const [, status] = /^\/redirect\/(\d+)/.exec(url.pathname) ?? []
    if (status) response.writeHead(Number(status), { location: url.searchParams.get('to')! }).end('moved')
    else response.end('here')
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

const servers = [http.createServer(), http.createServer(), https.createServer(selfSigned)] as const
const api = `http://127.0.0.1:${await listen(servers[0], 'api')}`
const foreign = `http://127.0.0.1:${await listen(servers[1], 'foreign')}`
const secure = `https://localhost:${await listen(servers[2], 'secure')}`

const client = new Client({
  client_id: 'id',
  access_token: TOKEN,
  mashape_key: KEY,
  provider: imgur({ baseUrl: api }),
})
const ours = authorizedFetch(client)
const back = `${foreign}/redirect/302?to=${encodeURIComponent(`${api}/back`)}`
const DESTINATIONS: Record<string, { to: string; path: string[] }> = {
  'the same origin': { to: `${api}/there`, path: ['api'] },
  'a path': { to: '/there', path: ['api'] },
  'another port': { to: `${foreign}/there`, path: ['foreign'] },
  'another host': { to: api.replace('127.0.0.1', 'localhost') + '/there', path: ['api'] },
  'another protocol': { to: `${secure}/there`, path: ['secure'] },
  'another origin and back': { to: back, path: ['foreign', 'api'] },
  'a path with the token elsewhere': { to: `//127.0.0.1:${new URL(foreign).port}/there`, path: ['foreign'] },
  "the authorization server's own endpoint": { to: `${api}/oauth2/token`, path: ['api'] },
}
const WITH_TOKEN = ['the same origin', 'a path']

/** The outcome of one request, and what the servers received. */
async function run(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<unknown> {
  seen = []
  const response = await fetch(url, init)
  const text = await response.text()
  const requests = seen.map(({ at, method, body, headers }) => ({
    at,
    method,
    body,
    type: headers['content-type'],
    length: headers['content-length'],
    cookie: headers['cookie'],
    own: headers['x-own'],
  }))
  return { status: response.status, url: response.url, redirected: response.redirected, text, requests }
}

let redirects = 0
for (const status of [301, 302, 303, 307, 308])
  for (const method of ['GET', 'HEAD', 'POST', 'PUT'])
    for (const [destination, { to, path }] of Object.entries(DESTINATIONS)) {
      const url = `${api}/redirect/${status}?to=${encodeURIComponent(to)}`
      const init = {
        method,
        headers: { 'x-own': '1', cookie: 'a=b' },
        ...(['POST', 'PUT'].includes(method) && { body: new URLSearchParams({ a: 'b' }) }),
      }
      const where = `${status} ${method} to ${destination}`
      const bare = await run(fetch, url, init)
      assert.deepEqual(await run(ours, url, init), bare, where)
      assert.deepEqual(
        seen.map(({ at }) => at),
        ['api', ...path],
        where,
      )
      const [first, ...others] = seen
      assert.equal(first!.headers.authorization, `Bearer ${TOKEN}`, where)
      assert.equal(first!.headers['x-mashape-key'], KEY, where)
      const isIn = WITH_TOKEN.includes(destination)
      for (const { headers } of others) {
        assert.equal(headers.authorization, isIn ? `Bearer ${TOKEN}` : undefined, where)
        assert.equal(headers['x-mashape-key'], isIn ? KEY : undefined, where)
        if (!isIn) assert.doesNotMatch(JSON.stringify(headers), new RegExp(`${TOKEN}|${KEY}`), where)
      }
      // The same as a Request.
      const asRequest = await run((...args) => ours(new Request(...args)), url, init)
      assert.deepEqual(asRequest, bare, `${where}, as a Request`)
      redirects++
    }

for (const server of servers) {
  server.close()
  server.closeAllConnections()
}
process.stdout.write(`${redirects} redirects\n`)
