// Callers without a usable token wait for what passes by itself, on one request; nobody waits for more than that.
// cspell:ignore Alater Astored Athird
import { expect } from '@jest/globals'
import { MemoryTokenStore, type Transport, TransportError } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { respondingWith } from '../support.ts'
import { clientOf, EXPIRED, field, granted, neighbour, startServer } from './support.ts'

const server = await startServer()
const refreshes = (): number => server.requests.filter(({ path }) => path === '/token').length

/** Returns a transport that cannot connect for the first `times` requests. */
function unreachable(times: number): Transport & { attempts: number } {
  const transport = fetchTransport()
  return {
    attempts: 0,
    send(request, options) {
      if (this.attempts++ < times) throw new TransportError('connection refused', { sent: 'no' })
      return transport.send(request, options)
    },
  }
}

for (const status of [429, 503])
  field(
    'design',
    `100 callers wait for a ${status} with Retry-After: 1, and share one more request`,
    async () => {
      const client = clientOf(server)
      await client.import(EXPIRED)
      const before = refreshes()
      server.respond('/token', { status, headers: { 'retry-after': '1' } }, granted(status))
      const begin = client.at.monotonicMs()
      const tokens = await Promise.all(Array.from({ length: 100 }, () => client.accessToken()))
      expect(new Set(tokens)).toEqual(new Set([`A${status}`]))
      expect(refreshes() - before).toBe(2)
      expect(client.at.monotonicMs() - begin).toBeGreaterThanOrEqual(1_000)
      expect(client.at.monotonicMs() - begin).toBeLessThan(2_000)
    },
  )

field('design', '100 callers wait while no connection can be made for seconds', async () => {
  const transport = unreachable(5)
  const client = clientOf(server, { transport })
  await client.import(EXPIRED)
  server.respond('/token', granted('later'))
  const tokens = await Promise.all(Array.from({ length: 100 }, () => client.accessToken()))
  expect(new Set(tokens)).toEqual(new Set(['Alater']))
  expect(transport.attempts).toBe(6)
})

neighbour('a store that fails for a second is waited for, and nothing is sent before it works', async () => {
  const store = new MemoryTokenStore()
  let failures = 0
  const client = clientOf(server, {
    store: {
      atomicity: 'process',
      async read(key) {
        if (failures-- > 0) throw Object.assign(new Error('busy'), { code: 'EBUSY' })
        return store.read(key)
      },
      compareAndSwap: (...given) => store.compareAndSwap(...given),
      remove: key => store.remove(key),
    },
  })
  await client.import(EXPIRED)
  const before = refreshes()
  server.respond('/token', granted('stored'))
  failures = 1
  await expect(client.accessToken({ maxWaitMs: 0 })).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(refreshes()).toBe(before)
  failures = 2
  expect(await client.accessToken()).toBe('Astored')
  expect(refreshes()).toBe(before + 1)
})

neighbour('maxWaitMs: 0 reports the first failure, and names when to retry in whole ms', async () => {
  const client = clientOf(server, { maxWaitMs: 0 })
  await client.import(EXPIRED)
  server.respond('/token', { status: 429, headers: { 'retry-after': '3' } }, granted('never'))
  const error = (await client.accessToken().catch((caught: unknown) => caught)) as { retryAtMs: number }
  expect(error).toMatchObject({ code: 'transient' })
  expect(Number.isInteger(error.retryAtMs)).toBe(true)
  const again = (await client.accessToken().catch((caught: unknown) => caught)) as { retryAtMs: number }
  expect(Number.isInteger(again.retryAtMs)).toBe(true)
})

neighbour(
  'a call can wait for longer or shorter than its client, and an instant too far away is reported at once',
  async () => {
    const client = clientOf(server)
    await client.import(EXPIRED)
    server.respond('/token', { status: 503, headers: { 'retry-after': '8' } }, granted('far'))
    const begin = client.at.monotonicMs()
    await expect(client.accessToken()).rejects.toMatchObject({ code: 'transient' })
    expect(client.at.monotonicMs() - begin).toBeLessThan(1_000)
    expect(await client.accessToken({ maxWaitMs: 10_000 })).toBe('Afar')
  },
)

neighbour("a caller's signal ends its wait for a retry", async () => {
  const client = clientOf(server)
  await client.import(EXPIRED)
  server.respond('/token', { status: 503, headers: { 'retry-after': '2' } }, granted('after'))
  const controller = new AbortController()
  client.on('refresh-failed', () => controller.abort(new Error('enough')))
  await expect(client.accessToken({ signal: controller.signal })).rejects.toThrow('enough')
})

neighbour(
  'an outage that lasts is reported when the wait is over, after retries at 1, 2 and 4 s',
  async () => {
    const transport = unreachable(Infinity)
    const client = clientOf(server, { transport })
    await client.import(EXPIRED)
    const begin = client.at.monotonicMs()
    await expect(client.accessToken()).rejects.toMatchObject({ code: 'transient' })
    const waitedMs = client.at.monotonicMs() - begin
    // Each of four attempts sends three times, with pauses of 0.5 and 1 s.
    expect(waitedMs).toBeGreaterThanOrEqual(4 * 1_500 + 3_000)
    expect(waitedMs).toBeLessThanOrEqual(4 * 1_500 + 5_000)
    expect(transport.attempts).toBe(12)
  },
)

neighbour('errors that do not pass by themselves are not waited for', async () => {
  for (const [response, code] of [
    [{ status: 400, body: { error: 'invalid_grant' } }, 'reauth_required'],
    [{ status: 401, body: { error: 'invalid_client' } }, 'misconfigured'],
    [{ status: 400, body: { error: 'odd' } }, 'unrecognized'],
  ] as const) {
    const client = clientOf(server)
    await client.import(EXPIRED)
    server.respond('/token', response)
    const before = client.at.monotonicMs()
    await expect(client.accessToken()).rejects.toMatchObject({ code })
    expect(client.at.monotonicMs() - before).toBeLessThan(20_000)
  }
})

neighbour('maxWaitMs must be a number of ms', async () => {
  for (const maxWaitMs of [-1, NaN, '5' as unknown as number])
    await expect(clientOf(server).accessToken({ maxWaitMs })).rejects.toThrow(TypeError)
})

neighbour('the resends after a 5xx are at least 500 ms apart', async () => {
  const client = clientOf(server, { maxWaitMs: 0 })
  await client.import(EXPIRED)
  server.respond('/token', { status: 503 }, { status: 503 }, granted('third'))
  const begin = client.at.monotonicMs()
  expect(await client.accessToken()).toBe('Athird')
  expect(client.at.monotonicMs() - begin).toBeGreaterThanOrEqual(1_500)
})

/** A response that is cut off after `length` characters. */
const cutOff = (length: number) => (): object => ({
  body: '{"access_token":"A1","expires_in":3600,"token_type":"bearer","refresh_token":"R1","scope":"read"}'.slice(
    0,
    length,
  ),
  truncated: true,
})

neighbour('a response that was cut off after its tokens is used: nothing is sent again', async () => {
  const whole = '{"access_token":"A1","expires_in":3600,"token_type":"bearer","refresh_token":"R1"'.length
  for (const length of [whole, whole + 1, whole + 10]) {
    const transport = respondingWith(cutOff(length))
    const client = clientOf(server, { transport })
    await client.import(EXPIRED)
    expect(await client.accessToken()).toBe('A1')
    expect(transport.requests).toHaveLength(1)
    expect(await client.tokens()).toMatchObject({ refresh_token: 'R1', expires_in: 3600 })
  }
})

neighbour('a response that was cut off before its refresh token is requested once more', async () => {
  const transport = respondingWith(cutOff(60))
  const client = clientOf(server, { transport, maxWaitMs: 0 })
  await client.import(EXPIRED)
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'indeterminate' })
  expect(transport.requests.length).toBeGreaterThan(1)
})

neighbour('a number that was cut off is not taken for a shorter one', async () => {
  const transport = respondingWith(() => ({
    body: '{"access_token":"A1","token_type":"bearer","refresh_token":"R1","expires_in":36',
    truncated: true,
  }))
  const client = clientOf(server, { transport })
  await client.import(EXPIRED)
  expect(await client.accessToken()).toBe('A1')
  expect((await client.tokens())?.expires_in).toBe(undefined)
})
