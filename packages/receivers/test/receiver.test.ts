// The loopback receiver, asked by browsers, by everybody else, and by nobody.
import { once } from 'node:events'
import { request, type RequestOptions } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type LoopbackReceiver, startReceiver } from '../src/node/index.ts'

let receiver: LoopbackReceiver
beforeEach(async () => {
  receiver = await startReceiver({ program: 'the test' })
})
afterEach(() => receiver.close())

/** One request, with headers as given. */
async function ask(url: string, options: RequestOptions = {}, body = '') {
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
  ask(url, { method: 'POST', headers, ...options }, body)

const signIn = <Result>(authorize: (url: string) => Result) => ({ state: 's', authorize })

test('a redirect with a code is handed on, and the page says so when the tokens are there', async () => {
  const tokens = Promise.withResolvers<string>()
  const handed = Promise.withResolvers<string>()
  const received = receiver.receive(
    signIn(url => {
      handed.resolve(url)
      return tokens.promise
    }),
  )
  const page = ask(`${receiver.redirect_uri}?state=s&code=c`)
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

test('what the sign-in throws is thrown, the page says so without details, and it may be waited for again', async () => {
  const denied = Object.assign(new Error('secret details'), { code: 'access_denied' })
  for (const [error, words] of [
    [denied, 'You said no'],
    [new Error('secret details'), 'That did not work'],
  ] as const) {
    const received = receiver.receive(signIn(() => Promise.reject(error)))
    received.catch(() => {})
    const { body } = await ask(`${receiver.redirect_uri}?state=s&error=e`)
    await expect(received).rejects.toBe(error)
    expect(body).toContain(words)
    expect(body).not.toContain('secret')
  }
})

test('a fragment comes over from the page itself, and from nowhere else', async () => {
  const { redirect_uri } = receiver
  const { origin, port } = new URL(redirect_uri)
  const address = `${redirect_uri}?state=s#access_token=a`
  const long = `${redirect_uri}?${'x'.repeat(70_000)}`
  const received: string[] = []
  const done = receiver.receive(signIn(url => void received.push(url)))

  expect((await ask(`${redirect_uri}?state=s`)).body).toContain('data-hand-over')
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

  const answer = await post(redirect_uri, { origin }, address)
  expect(JSON.parse(answer.body).title).toBe('You are signed in')
  await done
  expect(received).toEqual([address])
})

test('strays are answered and waited past: other paths, other hosts, other states, other people', async () => {
  const { redirect_uri } = receiver
  const { origin, port } = new URL(redirect_uri)
  const received = receiver.receive(signIn(() => 'mine'))
  for (const path of ['/favicon.ico', '/', '//', '*', '/callback/more?state=s&code=c'])
    expect((await ask(origin, { path })).status).toBe(404)
  expect((await ask(`${redirect_uri}?state=s&code=c`, { headers: { host: `evil:${port}` } })).status).toBe(
    403,
  )
  expect((await ask(`${redirect_uri}?state=s&code=c`, { method: 'HEAD' })).status).toBe(403)
  for (const query of ['state=other&code=c', 'code=c', 'state=&code=c', 'state=__proto__&error=e']) {
    const { status, body } = await ask(`${redirect_uri}?${query}`)
    expect(status).toBe(400)
    expect(body).toContain('Not what is waited for')
  }
  await ask(`${redirect_uri}?state=s&code=c`)
  expect(await received).toBe('mine')
  expect((await ask(`${redirect_uri}?state=s&code=c`)).body).toContain('was used before')
})

test('several sign-ins are waited for at once, each for its own redirect', async () => {
  const waits = ['a', 'b'].map(state => receiver.receive({ state, authorize: url => new URL(url).search }))
  await ask(`${receiver.redirect_uri}?state=b&code=1`)
  await ask(`${receiver.redirect_uri}?state=a&code=2`)
  expect(await Promise.all(waits)).toEqual(['?state=a&code=2', '?state=b&code=1'])
})

test('a browser that is gone before the tokens are there does not keep anybody waiting', async () => {
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

test('a sign-in that is waited for already, and a time that no timer can run, are TypeErrors', async () => {
  const waiting = receiver.receive(signIn(() => 'mine'))
  await expect(receiver.receive(signIn(() => 'again'))).rejects.toThrow(TypeError)
  for (const timeoutMs of [Infinity, 2 ** 31, -1, NaN, '5' as never])
    await expect(receiver.receive({ state: 'other', authorize: () => 1 }, { timeoutMs })).rejects.toThrow(
      'timeoutMs',
    )
  await ask(`${receiver.redirect_uri}?state=s&code=c`)
  expect(await waiting).toBe('mine')
})

test('a port that another program has is told', async () => {
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
])('%s is no redirect URI of loopback', async redirect_uri => {
  await expect(startReceiver({ redirect_uri })).rejects.toThrow(TypeError)
})
