import { expect, test } from '@jest/globals'
import tls from 'node:tls'
import { inspect } from 'node:util'
import type { HttpRequest } from '@latchkey/core/ports'
import { fetchTransport } from '../src/index.ts'
import { selfSigned } from './self-signed.ts'
import { closedPort, listen, serve, serveRaw } from './servers.ts'

const CANARY = 'canary4711'
const BASE64 = btoa(`id:${CANARY}`)

/** A request with a secret in every possible place. */
function request(url: string, headers: Record<string, string> = {}): HttpRequest {
  return {
    method: 'POST',
    url: `${url}?token=${CANARY}#${CANARY}`,
    headers: { authorization: `Basic ${BASE64}`, 'x-api-key': CANARY, ...headers },
    body: `refresh_token=${CANARY}`,
  }
}

/** Everything that a logger, a debugger or a listener can read from an error. */
function everythingIn(error: Error): string {
  const { message, stack, cause } = error
  const deep = inspect(error, { showHidden: true, depth: Infinity, getters: true, maxStringLength: Infinity })
  return [message, stack, String(error), JSON.stringify(error), JSON.stringify(cause), deep].join('\n')
}

const selfSignedServer = () => listen(tls.createServer(selfSigned).on('tlsClientError', () => {}))
const NOBODY = 'https://a.example/token'
const failing = (error: unknown) => fetchTransport({ fetch: () => Promise.reject(error) })

const PATHS: Record<string, () => Promise<unknown>> = {
  'connection refused': async () =>
    fetchTransport().send(request(`http://127.0.0.1:${await closedPort()}/token`)),
  'host not found': () => fetchTransport().send(request(`http://${'a'.repeat(64)}.invalid/token`)),
  'connection closed': async () => fetchTransport().send(request(await serveRaw(socket => socket.end()))),
  'connection reset': async () =>
    fetchTransport().send(request(await serveRaw(socket => socket.resetAndDestroy()))),
  'answer that is not HTTP': async () =>
    fetchTransport().send(request(await serveRaw((socket, data) => socket.end(data)))),
  'certificate not trusted': async () =>
    fetchTransport().send(request(`https://127.0.0.1:${await selfSignedServer()}/token`)),
  'time is up': async () => fetchTransport({ timeoutMs: 1 }).send(request(await serve(() => {}))),
  'aborted beforehand': () => fetchTransport().send(request(NOBODY), { signal: AbortSignal.abort(CANARY) }),
  'aborted while waiting': async () => {
    const aborter = new AbortController()
    const origin = await serve(() => aborter.abort(new Error(CANARY)))
    return fetchTransport().send(request(origin), { signal: aborter.signal })
  },
  'opaque redirect': () => {
    const opaque = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
    return fetchTransport({ fetch: async () => opaque }).send(request(NOBODY))
  },
  'URL that is none': () => fetchTransport().send(request(`a.example/${CANARY}`)),
  'URL with a bad port': () => fetchTransport().send(request(`https://${CANARY}:99999/`)),
  'URL with a password': () => fetchTransport().send(request(`https://user:${CANARY}@a.example/token`)),
  'URL that is not HTTP': () => fetchTransport().send(request(`secret:${CANARY}`)),
  'header with a line break': () => fetchTransport().send(request(NOBODY, { 'x-a': `${CANARY}\r\nx-b: c` })),
  'header with a NUL': () => fetchTransport().send(request(NOBODY, { 'x-a': `${CANARY}\0` })),
  'header beyond Latin-1': () => fetchTransport().send(request(NOBODY, { 'x-a': `${CANARY}€` })),
  'header name that is none': () => fetchTransport().send(request(NOBODY, { [`${CANARY} a`]: 'b' })),
  'error that quotes the request': () =>
    failing(Object.assign(new TypeError(CANARY, { cause: new Error(CANARY) }), { request: CANARY })).send(
      request(NOBODY),
    ),
  'string for an error': () => failing(CANARY).send(request(NOBODY)),
}

test.each(Object.entries(PATHS))('the error contains no secret: %s', async (_, fail) => {
  const error = (await fail().catch(error => error)) as Error
  expect(error).toMatchObject({ name: 'TransportError' })
  expect(everythingIn(error)).not.toMatch(new RegExp(`${CANARY}|${BASE64}`))
})

test('the canary can be found: the error of plain fetch contains it', async () => {
  const headers = { authorization: `Bearer ${CANARY}\r\n.` }
  const error = await fetch(NOBODY, { headers }).catch(error => error)
  expect(everythingIn(error)).toMatch(CANARY)
})
