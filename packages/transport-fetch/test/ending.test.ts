import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { AbortSignalLike } from '@latchkey/core/ports'
import { fetchTransport } from '../src/index.ts'
import { occasion, serve, serveRaw, watchedFetch } from './servers.ts'

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'
const PARTIAL = '{"refresh_token":"kept","acc'

// Fakes only the deadline's timer, not the timers of Node's HTTP.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] })
})
afterEach(() => {
  jest.useRealTimers()
})

/** A signal with only the members that the port requires, which counts its listeners. */
class PlainSignal implements AbortSignalLike {
  aborted = false
  readonly listeners = new Set<() => void>()
  addEventListener(_: 'abort', listener: () => void): void {
    this.listeners.add(listener)
  }
  removeEventListener(_: 'abort', listener: () => void): void {
    this.listeners.delete(listener)
  }
  abort(): void {
    this.aborted = true
    for (const listener of this.listeners) listener()
  }
}

/** A server that accepts a request and never responds. */
async function silent(): Promise<{ origin: string; asked: Promise<void>; hungUp: Promise<void> }> {
  const asked = occasion()
  const hungUp = occasion()
  const origin = await serve(request => {
    request.socket.once('close', hungUp.happens)
    asked.happens()
  })
  return { origin, asked: asked.happened, hungUp: hungUp.happened }
}

test('a request without a response ends after 10 s, and so does its connection', async () => {
  const { origin, asked, hungUp } = await silent()
  const answer = fetchTransport().send({
    method: 'POST',
    url: `${origin}/oauth2/token`,
    headers: {},
    body: 'a=b',
  })
  const ended = jest.fn()
  answer.catch(ended)
  await asked
  await jest.advanceTimersByTimeAsync(9_999)
  expect(ended).not.toHaveBeenCalled()
  await jest.advanceTimersByTimeAsync(1)
  await expect(answer).rejects.toMatchObject({
    name: 'TransportError',
    sent: 'unknown',
    message: `POST ${origin}/oauth2/token: no complete response within 10000 ms`,
    cause: { name: 'TimeoutError' },
  })
  await hungUp
})

test('timeoutMs is the only limit: a longer one than the default works too', async () => {
  const { origin, asked } = await silent()
  const answer = fetchTransport({ timeoutMs: 60_000 }).send({ method: 'GET', url: origin, headers: {} })
  const ended = jest.fn()
  answer.catch(ended)
  await asked
  await jest.advanceTimersByTimeAsync(59_999)
  expect(ended).not.toHaveBeenCalled()
  await jest.advanceTimersByTimeAsync(1)
  await expect(answer).rejects.toThrow('no complete response within 60000 ms')
})

test('the timeout covers the body: what arrived until then is the response', async () => {
  const { fetch, firstBytes } = watchedFetch()
  const origin = await serveRaw(socket => socket.write(HEAD + PARTIAL))
  const answer = fetchTransport({ timeoutMs: 500, fetch }).send({ method: 'GET', url: origin, headers: {} })
  await firstBytes
  await jest.advanceTimersByTimeAsync(500)
  expect(await answer).toMatchObject({ status: 200, body: PARTIAL, truncated: true })
})

test('the timeout works even for a fetch that ignores its signal', async () => {
  const deaf = fetchTransport({ timeoutMs: 500, fetch: () => new Promise(() => {}) })
  const answer = expect(
    deaf.send({ method: 'GET', url: 'https://a.example/', headers: {} }),
  ).rejects.toMatchObject({
    message: 'GET https://a.example/: no complete response within 500 ms',
  })
  await jest.advanceTimersByTimeAsync(500)
  await answer
})

test('the timeout works even for a body that stalls and cannot be cancelled', async () => {
  const body = new ReadableStream({
    start: controller => controller.enqueue(new TextEncoder().encode(PARTIAL)),
    cancel: () => new Promise(() => {}),
  })
  const deaf = fetchTransport({ timeoutMs: 500, fetch: async () => new Response(body) })
  const answer = deaf.send({ method: 'GET', url: 'https://a.example/', headers: {} })
  await jest.advanceTimersByTimeAsync(500)
  expect(await answer).toMatchObject({ body: PARTIAL, truncated: true })
})

test('a caller who aborted beforehand: nothing was sent', async () => {
  let requests = 0
  const origin = await serve((_, response) => {
    requests += 1
    response.end()
  })
  const transport = fetchTransport()
  const request = { method: 'GET', url: origin, headers: {} } as const
  for (const signal of [AbortSignal.abort('secret'), Object.assign(new PlainSignal(), { aborted: true })])
    await expect(transport.send(request, { signal })).rejects.toMatchObject({
      name: 'TransportError',
      sent: 'no',
      message: `GET ${origin}/: aborted by the caller`,
      cause: { name: 'AbortError' },
    })
  expect(await transport.send(request)).toMatchObject({ status: 200 })
  expect(requests).toBe(1)
})

test.each([
  ["the DOM's", () => new AbortController()],
  ['a plain', () => Object.assign(new PlainSignal(), { signal: undefined })],
])('a caller who aborts while waiting, by %s signal: it may have been sent', async (_, make) => {
  const { origin, asked, hungUp } = await silent()
  const aborter = make()
  const signal = aborter instanceof AbortController ? aborter.signal : aborter
  const answer = fetchTransport().send({ method: 'POST', url: origin, headers: {} }, { signal })
  await asked
  aborter.abort()
  await expect(answer).rejects.toMatchObject({
    sent: 'unknown',
    message: `POST ${origin}/: aborted by the caller`,
  })
  await hungUp
})

test('a caller who aborts after the status line gets what arrived', async () => {
  const { fetch, firstBytes } = watchedFetch()
  const origin = await serveRaw(socket => socket.write(HEAD + PARTIAL))
  const signal = new PlainSignal()
  const answer = fetchTransport({ fetch }).send({ method: 'GET', url: origin, headers: {} }, { signal })
  await firstBytes
  signal.abort()
  expect(await answer).toMatchObject({ status: 200, body: PARTIAL, truncated: true })
})

test('a request leaves no timer and no listener on the signal, however it ends', async () => {
  const signal = new PlainSignal()
  let listening = 0
  const origin = await serve((request, response) => {
    listening = signal.listeners.size
    if (request.url === '/broken') response.destroy()
    else response.end('{}')
  })
  const transport = fetchTransport()
  const outcome = (url: string) =>
    transport.send({ method: 'GET', url, headers: {} }, { signal }).then(
      answer => answer.status,
      error => error.sent,
    )
  const outcomes = []
  for (const url of [`${origin}/`, `${origin}/broken`, 'not a URL']) {
    outcomes.push(await outcome(url))
    expect(signal.listeners.size).toBe(0)
    expect(jest.getTimerCount()).toBe(0)
  }
  signal.abort()
  outcomes.push(await outcome(`${origin}/`))
  expect(signal.listeners.size).toBe(0)
  expect(jest.getTimerCount()).toBe(0)
  expect(outcomes).toEqual([200, 'unknown', 'no', 'no'])
  expect(listening).toBe(1)
})
