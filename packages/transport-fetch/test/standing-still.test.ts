// A process whose event loop stands still runs its timers before it reads its sockets.
import { afterAll, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { fetchTransport } from '../src/index.ts'

const server = new Worker(new URL('programs/late-server.ts', import.meta.url))
const [origin] = (await once(server, 'message')) as [string]
afterAll(() => server.terminate())

const TIMEOUT_MS = 1_000
const transport = fetchTransport({ timeoutMs: TIMEOUT_MS })
const send = (path: string, options?: { deadlineMs: number }) =>
  transport.send({ method: 'POST', url: `${origin}/${path}`, headers: {} }, options)

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test.each([0, 300, 600, 950])(
  'a loop that is blocked %i ms after the request, past its deadline, does not lose the response that has arrived',
  async startMs => {
    const started = performance.now()
    const response = send(`${TIMEOUT_MS}`)
    await once(server, 'message')
    // Counted as the deadline is, so that it starts before the deadline on a slow machine too.
    const blocked = sleep(Math.max(0, startMs - (performance.now() - started))).then(() => block(1_500))
    expect(await response).toMatchObject({ status: 200, body: '{"access_token":"late"}' })
    await blocked
  },
)

test('a pause counts as at most a tenth of the deadline', async () => {
  const response = send('1500', { deadlineMs: 1_000 })
  await once(server, 'message')
  block(1_000)
  expect(await response).toMatchObject({ status: 200 })
})

test('a request ends at its deadline in a loop that is busy all the time', async () => {
  const busy = setInterval(() => block(60), 1)
  const start = performance.now()
  try {
    await expect(send('silent')).rejects.toThrow(`no complete response within ${TIMEOUT_MS} ms`)
    expect(performance.now() - start).toBeLessThan(10_000)
  } finally {
    clearInterval(busy)
  }
})

test.each([0, -1, NaN, Infinity, 2 ** 31, '5000', null])('deadlineMs: %p is rejected', async deadlineMs => {
  await expect(send('0', { deadlineMs: deadlineMs as number })).rejects.toThrow(
    new TypeError('deadlineMs must be a number above 0 and at most 2147483647'),
  )
})
