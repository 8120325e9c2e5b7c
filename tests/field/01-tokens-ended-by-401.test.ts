// A server that names no lifetime ends its tokens by status 401: that is their regular end, and not to be punished.
import { describe, expect } from '@jest/globals'
import { clientCredentials } from '@latchkey/core'
import { clientOf, field, HOUR_MS, MINUTE_MS, neighbour, startServer } from './support.ts'

const server = await startServer()
let issued = 0
const counting = () =>
  server.respond(
    '/token',
    ...Array.from({ length: 500 }, () => ({ body: { access_token: `A${issued++}`, token_type: 'Bearer' } })),
  )

describe.each([
  ['Salesforce (xagent#1540, cerb#836, nforce#69)', 2 * HOUR_MS],
  ['ShareX#1138', 24 * HOUR_MS],
])('%s', (source, lifetimeMs) => {
  field(
    source,
    `a token that ends after ${lifetimeMs / HOUR_MS} h is refreshed at once, each time`,
    async () => {
      counting()
      const client = clientOf(server)
      await client.import({ access_token: 'first', refresh_token: 'R' })
      let token = await client.accessToken()
      for (let end = 0; end < 20; end++) {
        await client.at.advance(lifetimeMs)
        const next = await client.rejected(token)
        expect(next).not.toBe(token)
        token = next
      }
    },
  )
})

neighbour('client credentials without a lifetime are renewed at each rejection as well', async () => {
  counting()
  const client = clientOf(server)
  let token = (await clientCredentials(client)).access_token
  for (let end = 0; end < 10; end++) {
    await client.at.advance(10 * MINUTE_MS)
    token = await client.rejected(token)
  }
  expect(await client.status()).toMatchObject({ status: 'live' })
})

neighbour(
  'the count does not grow for ever: three rejections in a burst, an hour later three more',
  async () => {
    counting()
    const client = clientOf(server)
    await client.import({ access_token: 'first', refresh_token: 'R' })
    let token = await client.accessToken()
    for (let burst = 0; burst < 5; burst++) {
      for (let one = 0; one < 3; one++) token = await client.rejected(token)
      await client.at.advance(HOUR_MS)
    }
  },
)

neighbour('an account whose every token is rejected at once costs at most 20 refreshes an hour', async () => {
  counting()
  const client = clientOf(server)
  await client.import({ access_token: 'first', refresh_token: 'R' })
  let token = await client.accessToken()
  const began = server.requests.length
  const beganAtMs = client.at.nowMs()
  const perHour: number[] = []
  let failure: unknown
  while (client.at.nowMs() < beganAtMs + 5 * HOUR_MS) {
    try {
      token = await client.rejected(token)
    } catch (error) {
      failure = error
    }
    await client.at.advance(10_000)
    const hour = Math.floor((client.at.nowMs() - beganAtMs) / HOUR_MS)
    perHour[hour] =
      server.requests.length - began - perHour.slice(0, hour).reduce((sum, count) => sum + count, 0)
  }
  expect(failure).toMatchObject({ code: 'transient', retryAtMs: expect.any(Number) })
  expect(Math.max(...perHour)).toBeLessThanOrEqual(20)
  expect(Math.min(...perHour.slice(0, 5))).toBeGreaterThan(10)
})
