// The loopback receiver with requests from browsers, from others, and without any.
import { once } from 'node:events'
import { request, type RequestOptions } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { freePorts } from '../../../tools/free-ports.ts'
import { type LoopbackReceiver, startReceiver } from '../src/node/index.ts'

let receiver: LoopbackReceiver
beforeEach(async () => {
  receiver = await startReceiver({ program: 'the test' })
})
afterEach(() => receiver.close())

/** Sends one request with exactly these headers. */
async function send(url: string, options: RequestOptions = {}, body = '') {
  const sent = request(url, { agent: false, ...options })
  sent.end(body)
  const [response] = await once(sent, 'response')
  return {
    status: response.statusCode as number,
    headers: response.headers as Record<string, string>,
    body: await text(response),
  }
}

const post = (url: string, headers: Record<string, string>, body: string, options: RequestOptions = {}) =>
  send(url, { method: 'POST', headers, ...options }, body)

const signIn = <Result>(authorize: (url: string) => Result) => ({ state: 's', authorize })

test('a redirect with a code reaches authorize, and the page reports success after the exchange', async () => {
  const tokens = Promise.withResolvers<string>()
  const handed = Promise.withResolvers<string>()
  const received = receiver.receive(
    signIn(url => {
      handed.resolve(url)
      return tokens.promise
    }),
  )
  const page = send(`${receiver.redirect_uri}?state=s&code=c`)
  expect(await handed.promise).toBe(`${receiver.redirect_uri}?state=s&code=c`)
  tokens.resolve('tokens')
  expect(await received).toBe('tokens')
  const { status, body, headers } = await page
  expect(status).toBe(200)
  expect(body).toContain('You are signed in')
  expect(body).toContain('close this page and go back to the test')
  expect(body).not.toMatch(/(src|href)="(?!data:,")/)
  expect(headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  })
})

test.each([
  ['first', (state: string) => `?state=${state}&spapi_oauth_code=c`],
  ['last', (state: string) => `?spapi_oauth_code=c&state=${state}`],
  ['in a fragment', (state: string) => `#token=t&state=${state}`],
])(
  'a redirect whose parameters have names of the server is received, with the state %s',
  async (_, queryOf) => {
    const state = '0123456789abcdef0123456789abcdef'
    const url = receiver.redirect_uri + queryOf(state)
    const received = receiver.receive({ ...signIn(url => url), state })
    const { origin } = new URL(url)
    expect((await send(`${receiver.redirect_uri}?state=${state}`)).body).toContain('<script')
    await (url.includes('#') ? post(receiver.redirect_uri, { origin }, url) : send(url))
    expect(await received).toBe(url)
  },
)

test('an onStrayError that throws disturbs nothing', async () => {
  await using other = await startReceiver({
    onStrayError: () => {
      throw new Error('never')
    },
  })
  expect((await send(`${other.redirect_uri}?error=access_denied`)).status).toBe(400)
  const received = other.receive(signIn(url => url))
  await send(`${other.redirect_uri}?state=s&code=c`)
  await received
})

test('receive rejects with the error of authorize, the page shows no details, and receive can be called again', async () => {
  const denied = Object.assign(new Error('secret details'), { code: 'access_denied' })
  for (const [error, title] of [
    [denied, 'You declined access'],
    [new Error('secret details'), 'Sign-in failed'],
  ] as const) {
    const received = receiver.receive(signIn(() => Promise.reject(error)))
    received.catch(() => {})
    const { body } = await send(`${receiver.redirect_uri}?state=s&error=e`)
    await expect(received).rejects.toBe(error)
    expect(body).toContain(title)
    expect(body).not.toContain('secret')
  }
})

test('a fragment is accepted from the page itself only', async () => {
  const { redirect_uri } = receiver
  const { origin, port } = new URL(redirect_uri)
  const address = `${redirect_uri}?state=s#access_token=a`
  const long = `${redirect_uri}?${'x'.repeat(70_000)}`
  const received: string[] = []
  const done = receiver.receive(signIn(url => void received.push(url)))

  expect((await send(`${redirect_uri}?state=s`)).body).toContain('data-send-address')
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin, host: `evil.example:${port}` },
    { origin, host: `localhost:${port}` },
  ] as Record<string, string>[])
    expect((await post(redirect_uri, headers, address)).status).toBe(403)
  for (const body of ['https://evil.example/?state=s&code=a', '', long, redirect_uri])
    expect((await post(redirect_uri, { origin }, body)).status).toBe(400)
  expect((await post(redirect_uri, { origin }, address, { method: 'PUT' })).status).toBe(403)
  expect(received).toEqual([])

  const response = await post(redirect_uri, { origin }, address)
  expect(JSON.parse(response.body).title).toBe('You are signed in')
  await done
  expect(received).toEqual([address])
})

test('requests with another path, host, method or state do not end the wait', async () => {
  const { redirect_uri } = receiver
  const { origin, port } = new URL(redirect_uri)
  const received = receiver.receive(signIn(() => 'mine'))
  for (const path of ['/favicon.ico', '/', '//', '*', '/callback/more?state=s&code=c'])
    expect((await send(origin, { path })).status).toBe(404)
  expect((await send(`${redirect_uri}?state=s&code=c`, { headers: { host: `evil:${port}` } })).status).toBe(
    403,
  )
  expect((await send(`${redirect_uri}?state=s&code=c`, { method: 'HEAD' })).status).toBe(403)
  for (const query of ['state=other&code=c', 'code=c', 'state=&code=c', 'state=__proto__&error=e']) {
    const { status, body } = await send(`${redirect_uri}?${query}`)
    expect(status).toBe(400)
    expect(body).toContain('No such sign-in')
  }
  await send(`${redirect_uri}?state=s&code=c`)
  expect(await received).toBe('mine')
  expect((await send(`${redirect_uri}?state=s&code=c`)).body).toContain('was finished before')
})

test('several sign-ins wait concurrently, each for its own redirect', async () => {
  const waits = ['a', 'b'].map(state => receiver.receive({ state, authorize: url => new URL(url).search }))
  await send(`${receiver.redirect_uri}?state=b&code=1`)
  await send(`${receiver.redirect_uri}?state=a&code=2`)
  expect(await Promise.all(waits)).toEqual(['?state=a&code=2', '?state=b&code=1'])
})

test('receive resolves even if the browser disconnects during the exchange', async () => {
  const tokens = Promise.withResolvers<string>()
  const handed = Promise.withResolvers<void>()
  const received = receiver.receive(
    signIn(() => {
      handed.resolve()
      return tokens.promise
    }),
  )
  const sent = request(`${receiver.redirect_uri}?state=s&code=c`, { agent: false })
  sent.on('error', () => {}).end()
  await handed.promise
  sent.destroy()
  tokens.resolve('tokens')
  expect(await received).toBe('tokens')
})

test('an abort, a timeout and a closed receiver each end the wait, and the port is free afterwards', async () => {
  const abort = new AbortController()
  const { signal } = abort
  const aborted = receiver.receive(
    signIn(() => 1),
    { signal },
  )
  abort.abort(new Error('ctrl-C'))
  await expect(aborted).rejects.toThrow('ctrl-C')
  await expect(
    receiver.receive(
      signIn(() => 1),
      { signal },
    ),
  ).rejects.toThrow('ctrl-C')
  await expect(
    receiver.receive(
      signIn(() => 1),
      { timeoutMs: 1 },
    ),
  ).rejects.toMatchObject({
    name: 'ReceiverError',
    code: 'timed_out',
  })
  const closed = receiver.receive(signIn(() => 1))
  const rejects = expect(closed).rejects.toMatchObject({ code: 'receiver_closed' })
  await receiver.close()
  await receiver.close()
  await rejects

  const again = await startReceiver({ redirect_uri: receiver.redirect_uri })
  expect(again.redirect_uri).toBe(receiver.redirect_uri)
  await again.close()
})

test('a second wait for the same sign-in, and a timeoutMs out of range, are TypeErrors', async () => {
  const waiting = receiver.receive(signIn(() => 'mine'))
  await expect(receiver.receive(signIn(() => 'again'))).rejects.toThrow(TypeError)
  for (const timeoutMs of [Infinity, 2 ** 31, -1, NaN, '5' as never])
    await expect(receiver.receive({ state: 'other', authorize: () => 1 }, { timeoutMs })).rejects.toThrow(
      'timeoutMs',
    )
  await send(`${receiver.redirect_uri}?state=s&code=c`)
  expect(await waiting).toBe('mine')
})

test('a port in use rejects with port_in_use', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  try {
    await expect(startReceiver({ redirect_uri: `http://localhost:${port}/back` })).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(`port ${port}`),
    })
  } finally {
    other.close()
  }
})

test.each([
  'https://127.0.0.1/callback',
  'http://example.org/callback',
  'http://127.0.0.1/?q=1',
  'http://127.0.0.1/#f',
  'nothing',
])('%s is not a loopback redirect URI', async redirect_uri => {
  await expect(startReceiver({ redirect_uri })).rejects.toThrow(TypeError)
})

test('host: the receiver listens on another address, the redirect URI stays, and only PKCE is received', async () => {
  const [port] = (await freePorts(1)) as [number]
  const redirect_uri = `http://127.0.0.1:${port}/callback`
  await using published = await startReceiver({ host: '0.0.0.0', redirect_uri })
  expect(published.redirect_uri).toBe(redirect_uri)
  const at = (query: string) => ({ ...signIn(url => url), url: `https://as.example/authorize?${query}` })
  for (const query of ['response_type=token', 'response_type=code', ''])
    await expect(published.receive(at(query))).rejects.toThrow('only a sign-in by code with PKCE')
  await expect(published.receive(signIn(url => url))).rejects.toThrow(TypeError)
  const received = published.receive(at('response_type=code&code_challenge=c'))
  // Another address of this machine, with the right Host header and with a wrong one.
  const url = `http://127.0.0.2:${port}/callback?state=s&code=c`
  expect((await send(url)).status).toBe(403)
  expect((await send(url, { headers: { host: `127.0.0.1:${port}` } })).status).toBe(200)
  expect(await received).toBe(`${redirect_uri}?state=s&code=c`)
})

test.each([
  [{ host: '0.0.0.0' }],
  [{ host: 'localhost', redirect_uri: 'http://127.0.0.1:8080/callback' }],
  [{ host: '', redirect_uri: 'http://127.0.0.1:8080/callback' }],
])('%j is a TypeError', async options => {
  await expect(startReceiver(options)).rejects.toThrow('host must be an IP address')
})
