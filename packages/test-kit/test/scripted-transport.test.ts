import { expect, test } from '@jest/globals'
import { TransportError } from '@latchkey/core'
import type { HttpRequest } from '@latchkey/core/ports'
import { scriptedTransport } from '../src/index.ts'

const request = (n: number): HttpRequest => ({
  method: 'POST',
  url: `https://a.example/${n}?secret`,
  headers: {},
})

test('answers come in order, status 200 unless they say otherwise, and the requests can be looked at', async () => {
  const transport = scriptedTransport([{ body: 'a' }, { status: 503, headers: { 'retry-after': '1' } }, {}])
  expect(await transport.send(request(1))).toEqual({ status: 200, headers: {}, body: 'a' })
  expect(await transport.send(request(2))).toEqual({ status: 503, headers: { 'retry-after': '1' }, body: '' })
  expect(await transport.send(request(3))).toEqual({ status: 200, headers: {}, body: '' })
  expect(transport.requests).toEqual([request(1), request(2), request(3)])
  transport.finish()
})

test('an error is what the request rejects with, given as it is or by a function', async () => {
  const lost = new TransportError('lost', { sent: 'unknown' })
  const transport = scriptedTransport([lost, () => lost, async () => Promise.reject(lost)])
  for (let n = 1; n <= 3; n++) await expect(transport.send(request(n))).rejects.toBe(lost)
  transport.finish()
})

test('a function sees the request and its signal, and may take its time', async () => {
  const { signal } = new AbortController()
  let answer!: (body: string) => void
  const body = new Promise<string>(resolve => (answer = resolve))
  const transport = scriptedTransport([
    async ({ url }, given) => ({ body: `${url} ${given === signal} ${await body}` }),
    { body: 'second' },
  ])
  const first = transport.send(request(1), { signal })
  expect((await transport.send(request(2))).body).toBe('second')
  answer('late')
  expect((await first).body).toBe('https://a.example/1?secret true late')
})

test('a request without an answer rejects, and fails the test even if the code hid it', async () => {
  const transport = scriptedTransport([{}])
  await transport.send(request(1))
  await expect(transport.send(request(2))).rejects.toThrow(
    'the script has no answer for request 2: POST https://a.example/2',
  )
  expect(() => transport.finish()).toThrow('the script had no answer for: POST https://a.example/2')
})

test('an answer that was not used fails the test', async () => {
  const transport = scriptedTransport([{}, {}, {}])
  await transport.send(request(1))
  expect(() => transport.finish()).toThrow('2 of 3 answers of the script were not used')
})
