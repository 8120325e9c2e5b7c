import { expect, test } from '@jest/globals'
import { TransportError } from '@latchkey/core'
import type { HttpRequest } from '@latchkey/core/ports'
import { scriptedTransport } from '../src/index.ts'

const request = (n: number): HttpRequest => ({
  method: 'POST',
  url: `https://a.example/${n}?secret`,
  headers: {},
})

test('responses come in order, with status 200 by default, and requests are recorded', async () => {
  const transport = scriptedTransport([{ body: 'a' }, { status: 503, headers: { 'retry-after': '1' } }, {}])
  expect(await transport.send(request(1))).toEqual({ status: 200, headers: {}, body: 'a' })
  expect(await transport.send(request(2))).toEqual({ status: 503, headers: { 'retry-after': '1' }, body: '' })
  expect(await transport.send(request(3))).toEqual({ status: 200, headers: {}, body: '' })
  expect(transport.requests).toEqual([request(1), request(2), request(3)])
  transport.finish()
})

test('a request rejects with a scripted error, or with one that a function returns or throws', async () => {
  const lost = new TransportError('lost', { sent: 'unknown' })
  const transport = scriptedTransport([lost, () => lost, async () => Promise.reject(lost)])
  for (let n = 1; n <= 3; n++) await expect(transport.send(request(n))).rejects.toBe(lost)
  transport.finish()
})

test('a function receives the request and its signal, and may be asynchronous', async () => {
  const { signal } = new AbortController()
  let respond!: (body: string) => void
  const body = new Promise<string>(resolve => (respond = resolve))
  const transport = scriptedTransport([
    async ({ url }, given) => ({ body: `${url} ${given === signal} ${await body}` }),
    { body: 'second' },
  ])
  const first = transport.send(request(1), { signal })
  expect((await transport.send(request(2))).body).toBe('second')
  respond('late')
  expect((await first).body).toBe('https://a.example/1?secret true late')
})

test('a request without a response rejects, and fails the test even if the code caught the error', async () => {
  const transport = scriptedTransport([{}])
  await transport.send(request(1))
  await expect(transport.send(request(2))).rejects.toThrow(
    'the script has no response for request 2: POST https://a.example/2',
  )
  expect(() => transport.finish()).toThrow('the script had no response for: POST https://a.example/2')
})

test('an unused response fails the test', async () => {
  const transport = scriptedTransport([{}, {}, {}])
  await transport.send(request(1))
  expect(() => transport.finish()).toThrow('2 of 3 scripted responses were not used')
})
