import { expect, test } from '@jest/globals'
import type { FetchTransportOptions } from '../src/index.ts'
import { fetchTransport } from '../src/index.ts'
import { serve } from './servers.ts'

test.each([0, -1, NaN, Infinity, 2 ** 31, '5000', null])('timeoutMs: %p is rejected', timeoutMs => {
  expect(() => fetchTransport({ timeoutMs } as FetchTransportOptions)).toThrow(
    new TypeError('timeoutMs must be a number above 0 and at most 2147483647'),
  )
})

test('the longest time a timer can run is accepted, and does not overflow it', async () => {
  const origin = await serve((_, response) => response.end('{}'))
  const transport = fetchTransport({ timeoutMs: 2 ** 31 - 1 })
  expect(await transport.send({ method: 'GET', url: origin, headers: {} })).toMatchObject({ status: 200 })
})

test.each(['https://a.example', {}, null])('fetch: %p is rejected', fetch => {
  expect(() => fetchTransport({ fetch } as FetchTransportOptions)).toThrow(
    new TypeError('fetch must be a function'),
  )
})

test('the fetch option sends, called as a plain function', async () => {
  // Browsers and workers throw "Illegal invocation" when their fetch is called as a method of something else.
  const calls: unknown[] = []
  const transport = fetchTransport({
    fetch: async function (this: unknown, request) {
      calls.push([this, (request as Request).url])
      return new Response('{}')
    },
  })
  expect(await transport.send({ method: 'GET', url: 'https://a.example/', headers: {} })).toMatchObject({
    body: '{}',
  })
  expect(calls).toEqual([[undefined, 'https://a.example/']])
})

test('without one it is the global fetch as it is when a request is made', async () => {
  const transport = fetchTransport()
  const original = globalThis.fetch
  globalThis.fetch = async () => new Response('instrumented')
  try {
    const answer = await transport.send({ method: 'GET', url: 'https://a.example/', headers: {} })
    expect(answer.body).toBe('instrumented')
  } finally {
    globalThis.fetch = original
  }
})
