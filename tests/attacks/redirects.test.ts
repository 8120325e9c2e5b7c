// Redirects of authorizedFetch: status x method x route x form of the request, over real HTTP. No credential may reach
// another origin, nor the first one again once a redirect has left it. Method and body are those of the Fetch standard.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, defineProvider } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'

const TOKEN = 'canary4711'
const KEY = 'mashape4711'
const STATUSES = [301, 302, 303, 307, 308]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The stops of a redirect after the first request, by the names of `ORIGINS`, and the requests that get credentials. */
const ROUTES: readonly { readonly stops: readonly string[]; readonly signed: number }[] = [
  { stops: ['api'], signed: 2 },
  { stops: ['other'], signed: 1 },
  { stops: ['api', 'other'], signed: 2 },
  { stops: ['other', 'api'], signed: 1 },
  { stops: ['other', 'other', 'api', 'api'], signed: 1 },
  { stops: ['api', 'other', 'api'], signed: 2 },
  { stops: ['localhost'], signed: 1 },
  { stops: ['localhost', 'api'], signed: 1 },
  { stops: ['token'], signed: 1 },
  { stops: ['token', 'api'], signed: 1 },
]

type Form = (url: string, init: RequestInit) => readonly [RequestInfo | URL, RequestInit?]

const FORMS: Readonly<Record<string, Form>> = {
  'a URL as text': (url, init) => [url, init],
  'a URL object': (url, init) => [new URL(url), init],
  'a Request': (url, init) => [new Request(url, init)],
  'a Request and init': (url, init) => [new Request(url), init],
  'headers as Headers': (url, init) => [url, { ...init, headers: new Headers(init.headers) }],
}

/** The bodies of the methods that have one. */
const BODIES: readonly (() => BodyInit)[] = [
  () => 'text',
  () => new TextEncoder().encode('text'),
  () => new Blob(['text']),
]

interface Arrived {
  readonly origin: string
  readonly method: string
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** The requests that arrived, by case. */
const arrived = new Map<string, Arrived[]>()
const origins: Record<string, string> = {}
const servers = ['api', 'other'].map(name => {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const url = new URL(request.url!, `http://${request.headers.host}`)
    const id = url.searchParams.get('id')!
    const requests = arrived.get(id) ?? []
    arrived.set(id, [
      ...requests,
      { origin: url.origin, method: request.method!, body, headers: request.headers },
    ])
    const [next, ...rest] = JSON.parse(url.searchParams.get('stops')!) as string[]
    if (next === undefined) return void response.end('end')
    const location = addressOf(next, id, url.searchParams.get('status')!, rest)
    response.writeHead(Number(url.searchParams.get('status')), { location }).end()
  })
  return { name, server }
})

function addressOf(stop: string, id: string, status: string | number, stops: readonly string[]): string {
  const parameters = new URLSearchParams({ id, status: String(status), stops: JSON.stringify(stops) })
  return `${origins[stop]}?${parameters}`
}

beforeAll(async () => {
  for (const { name, server } of servers) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    origins[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  origins['localhost'] = origins['api']!.replace('127.0.0.1', 'localhost')
  origins['token'] = `${origins['api']}oauth/token`
})
afterAll(() => servers.forEach(({ server }) => void server.close().closeAllConnections()))

/** The method and whether the body is kept after each redirect (Fetch standard, HTTP-redirect fetch, step 12). */
function afterRedirect(status: number, method: string): { method: string; keepsBody: boolean } {
  const becomesGet = status === 303 ? !/^(GET|HEAD)$/.test(method) : status < 303 && method === 'POST'
  return becomesGet ? { method: 'GET', keepsBody: false } : { method, keepsBody: true }
}

let cases = 0

for (const [formName, form] of Object.entries(FORMS))
  test(`no redirect takes credentials to another origin: ${formName}`, async () => {
    const api = origins['api']!.slice(0, -1)
    const client = new Client({
      client_id: 'id',
      access_token: TOKEN,
      mashape_key: KEY,
      provider: defineProvider({
        name: 'as',
        tokenEndpoint: origins['token']!,
        api: { origins: [api], headers: { 'X-Mashape-Key': '{mashape_key}' } },
      }),
    })
    const send = authorizedFetch(client)
    const table = STATUSES.flatMap(status =>
      METHODS.flatMap(method => ROUTES.map(route => ({ status, method, ...route }))),
    )
    const check = async ({ status, method, stops, signed }: (typeof table)[number], index: number) => {
      cases++
      const id = `${formName} ${status} ${method} ${stops.join('-')}`
      const body = /^(GET|HEAD)$/.test(method) ? undefined : BODIES[index % BODIES.length]!()
      const headers = { cookie: 'session=canary', 'content-type': 'text/x-own', 'x-own': 'kept' }
      const init = { method, headers, ...(body !== undefined && { body }) }
      const response = await send(...form(addressOf('api', id, status, stops), init))
      await response.body?.cancel()
      expect([id, response.status, response.redirected]).toEqual([id, 200, true])

      const requests = arrived.get(id)!
      expect([id, requests.length]).toEqual([id, stops.length + 1])
      const after = afterRedirect(status, method)
      let isAtHome = true
      requests.forEach((request, hop) => {
        isAtHome &&= request.origin === api
        expect([id, hop, request.headers['authorization'], request.headers['x-mashape-key']]).toEqual(
          hop < signed ? [id, hop, `Bearer ${TOKEN}`, KEY] : [id, hop, undefined, undefined],
        )
        const hasBody = body !== undefined && (hop === 0 || after.keepsBody)
        expect([id, hop, request]).toEqual([
          id,
          hop,
          expect.objectContaining({ method: hop === 0 ? method : after.method, body: hasBody ? 'text' : '' }),
        ])
        expect([id, hop, request.headers['cookie'], request.headers['x-own']]).toEqual([
          id,
          hop,
          isAtHome ? 'session=canary' : undefined,
          'kept',
        ])
        if (hop > 0 && !after.keepsBody) expect(request.headers).not.toHaveProperty('content-type')
      })
    }
    // At most 30 at a time, as a program would.
    for (let at = 0; at < table.length; at += 30)
      await Promise.all(table.slice(at, at + 30).map((one, index) => check(one, at + index)))
  })

test('there are at least 1,000 cases', () => {
  expect(cases).toBeGreaterThanOrEqual(1_000)
})
