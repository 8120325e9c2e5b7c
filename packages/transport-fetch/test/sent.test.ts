import { expect, test } from '@jest/globals'
import net from 'node:net'
import tls from 'node:tls'
import { fetchTransport } from '../src/index.ts'
import { selfSigned } from './self-signed.ts'
import { closedPort, listen, serveRaw } from './servers.ts'

const transport = fetchTransport()
const post = (url: string, by = transport) => by.send({ method: 'POST', url, headers: {}, body: 'a=b' })

/** The expected error: its message contains only method, origin, path and code. */
function failure(sent: 'no' | 'unknown', url: string, words: string, code?: string, syscall?: string) {
  return {
    name: 'TransportError',
    sent,
    message: `POST ${url}: ${words}${code ? ` (${code})` : ''}`,
    ...(code && { cause: expect.objectContaining({ code, ...(syscall && { syscall }) }) }),
  }
}

test('a host that does not exist: not sent', async () => {
  const url = `http://${'a'.repeat(64)}.invalid/token` // a label is 63 octets at most (RFC 1035 section 2.3.4)
  await expect(post(`${url}?a=b`)).rejects.toMatchObject(
    failure('no', url, 'host not found', 'ENOTFOUND', 'getaddrinfo'),
  )
})

test('a port on which nothing listens: not sent', async () => {
  const url = `http://127.0.0.1:${await closedPort()}/oauth2/token`
  await expect(post(url)).rejects.toMatchObject(
    failure('no', url, 'connection refused', 'ECONNREFUSED', 'connect'),
  )
})

test('a port that fetch blocks (Fetch section 2.9): not sent', async () => {
  const url = 'http://127.0.0.1:6000/oauth2/token'
  await expect(post(url)).rejects.toMatchObject(failure('no', url, 'fetch blocks this port'))
})

test('a host of several addresses that all refuse the connection: not sent', async () => {
  const port = await closedPort()
  const addresses = ['127.0.0.1', '127.0.0.2'].map(address => ({ address, family: 4 }))
  const happyEyeballs = await new Promise<AggregateError>(resolve => {
    const lookup: net.LookupFunction = (_host, _options, callback) => callback(null, addresses)
    net
      .connect({ host: 'several.invalid', port, lookup, autoSelectFamily: true })
      .once('error', resolve as never)
  })
  expect(happyEyeballs.errors).toHaveLength(2)

  const url = 'https://several.invalid/'
  const failing = (cause: unknown) =>
    fetchTransport({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) })
  await expect(post(url, failing(happyEyeballs))).rejects.toMatchObject(
    failure('no', url, 'connection refused', 'ECONNREFUSED'),
  )

  // One address that may have been spoken to is enough for doubt, whatever code Node gives to the whole.
  const doubtful = new AggregateError([...happyEyeballs.errors, system('ECONNRESET', 'read')])
  Object.assign(doubtful, { code: 'ECONNREFUSED' })
  await expect(post(url, failing(doubtful))).rejects.toMatchObject({ sent: 'unknown' })
})

test('a self-signed certificate: not sent', async () => {
  const asked: unknown[] = []
  const server = tls.createServer(selfSigned, socket => socket.on('data', data => asked.push(data)))
  server.on('tlsClientError', () => {})
  const url = `https://127.0.0.1:${await listen(server)}/token`
  await expect(post(url)).rejects.toMatchObject(
    failure('no', url, 'certificate not trusted', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
  )
  expect(asked).toEqual([])
})

test('a TLS handshake that the server rejects: not sent', async () => {
  const server = tls.createServer({}) // no certificate, so no cipher in common
  server.on('tlsClientError', () => {})
  const url = `https://127.0.0.1:${await listen(server)}/`
  await expect(post(url)).rejects.toMatchObject({
    sent: 'no',
    message: expect.stringMatching(/^POST \S+: TLS handshake failed \(ERR_SSL_\S+HANDSHAKE_FAILURE\)$/),
  })
})

test('a TLS handshake that the server ends: not sent, unlike a connection that breaks later', async () => {
  const url = (await serveRaw(socket => socket.end())).replace('http:', 'https:') + '/'
  await expect(post(url)).rejects.toMatchObject(failure('no', url, 'connection lost', 'ECONNRESET'))
})

test('a TLS handshake that is reset: unknown, since it looks like any other reset', async () => {
  const url = (await serveRaw(socket => socket.resetAndDestroy())).replace('http:', 'https:') + '/'
  await expect(post(url)).rejects.toMatchObject(
    failure('unknown', url, 'connection lost', 'ECONNRESET', 'read'),
  )
})

test('HTTP where TLS is expected: unknown', async () => {
  const origin = await serveRaw(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const url = origin.replace('http:', 'https:') + '/'
  await expect(post(url)).rejects.toMatchObject(
    failure('unknown', url, 'the response is not TLS', 'ERR_SSL_WRONG_VERSION_NUMBER'),
  )
})

test('a connection closed without a response: unknown', async () => {
  const url = `${await serveRaw(socket => socket.end())}/`
  await expect(post(url)).rejects.toMatchObject(failure('unknown', url, 'connection lost', 'UND_ERR_SOCKET'))
})

test('a connection reset without a response: unknown', async () => {
  const url = `${await serveRaw(socket => socket.resetAndDestroy())}/`
  await expect(post(url)).rejects.toMatchObject(
    failure('unknown', url, 'connection lost', 'ECONNRESET', 'read'),
  )
})

test('a response that is not HTTP: unknown', async () => {
  const url = `${await serveRaw(socket => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))}/`
  await expect(post(url)).rejects.toMatchObject({
    ...failure('unknown', url, 'no response'),
    message: expect.stringMatching(/: no response( \(HPE_\w+\))?$/), // a code of Node 22's parser
  })
})

test.each(['GET', 'POST'] as const)(
  'an idle connection that the server closes as %s reuses it: unknown, and not sent again (RFC 9110 section 9.2.2)',
  async method => {
    const asked = new Map<net.Socket, number>()
    const origin = await serveRaw(socket => {
      asked.set(socket, (asked.get(socket) ?? 0) + 1)
      if (asked.get(socket) === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
      else socket.destroy()
    })
    const send = () => transport.send({ method, url: origin, headers: {} })

    // undici may open a second connection before it comes back to the first, so ask until one is used again.
    let sends = 0
    const reuse = async (): Promise<unknown> => {
      sends += 1
      await send()
      return sends < 20 ? reuse() : undefined
    }
    await expect(reuse()).rejects.toMatchObject({
      sent: 'unknown',
      message: expect.stringMatching(/connection lost/),
    })
    expect([...asked.values()].reduce((sum, count) => sum + count)).toBe(sends)
  },
)

test.each([
  ['a URL that is none', { url: 'api.imgur.com/token?s=1' }, '(invalid URL)'],
  ['a URL with a password', { url: 'https://user:pass@a.example/token?s=1' }, 'https://a.example/token'],
  ['a header with a line break', { headers: { authorization: 'a\r\nb' } }, 'https://a.example/'],
  ['a header beyond Latin-1', { headers: { authorization: '€' } }, 'https://a.example/'],
  ['a header name with a space', { headers: { 'a b': 'c' } }, 'https://a.example/'],
])('%s: not sent', async (_, part, place) => {
  const request = { method: 'POST', url: 'https://a.example/', headers: {}, body: 'a=b', ...part } as const
  await expect(transport.send(request)).rejects.toMatchObject({
    name: 'TransportError',
    sent: 'no',
    message: expect.stringMatching(/: invalid URL or header( \(ERR_INVALID_URL\))?$/),
  })
  await expect(transport.send(request)).rejects.toThrow(`POST ${place}: `)
})

/** A system error like Node's. */
function system(code: string, syscall?: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, ...(syscall && { syscall }) })
}

// Errors of fetch that a test cannot cause on loopback.
test.each([
  ['no', 'no connection in time', 'UND_ERR_CONNECT_TIMEOUT', undefined],
  ['no', 'no response in time', 'ETIMEDOUT', 'connect'],
  ['no', 'host unreachable', 'EHOSTUNREACH', 'connect'],
  ['unknown', 'host unreachable', 'EHOSTUNREACH', 'read'],
  ['no', 'host unreachable', 'ENETUNREACH', 'connect'],
  ['no', 'no response', 'EACCES', 'connect'],
  ['no', 'no response', 'EAI_FAIL', 'getaddrinfo'],
  ['no', 'host not found', 'EAI_AGAIN', undefined],
  ['no', 'certificate for another host', 'ERR_TLS_CERT_ALTNAME_INVALID', undefined],
  ['unknown', 'no response in time', 'UND_ERR_HEADERS_TIMEOUT', undefined],
  ['unknown', 'connection lost', 'EPIPE', 'write'],
  ['unknown', 'no response', 'SOMETHING_NEW', undefined],
] as const)('%s: %s (%s by %s)', async (sent, words, code, syscall) => {
  const cause = system(code, syscall)
  const failing = fetchTransport({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) })
  await expect(post('https://a.example/', failing)).rejects.toMatchObject(
    failure(sent, 'https://a.example/', words, code, syscall),
  )
})

test.each([
  ['Chromium', new TypeError('Failed to fetch')],
  ['Firefox', new TypeError('NetworkError when attempting to fetch resource.')],
  ['Safari', new TypeError('Load failed')],
  ['a DOMException, whose code is a number', new DOMException('The network is down.', 'NetworkError')],
  ['something that is no error', 'offline'],
])('a browser reports no cause (%s): unknown', async (_, error) => {
  const browser = fetchTransport({ fetch: () => Promise.reject(error) })
  await expect(post('https://a.example/', browser)).rejects.toMatchObject(
    failure('unknown', 'https://a.example/', 'no response'),
  )
})

test('a tunnel that a proxy rejects, as Bun reports it: not sent', async () => {
  const cause = Object.assign(new Error('Proxy refused to open a tunnel: 407 No'), {
    code: 'ERR_PROXY_TUNNEL',
  })
  const words = 'the proxy rejected the connection with status 407'
  await expect(
    post('https://a.example/', fetchTransport({ fetch: () => Promise.reject(cause) })),
  ).rejects.toMatchObject(failure('no', 'https://a.example/', words, 'ERR_PROXY_TUNNEL'))
})
