// Lifetimes that say something else than they seem to, and arguments that cannot be right.
import { expect } from '@jest/globals'
import { Client, keepTokens, MemoryTokenStore } from '@latchkey/core'
import { hastyClock } from '../support.ts'
import { clientOf, EXPIRED, field, granted, HOUR_MS, neighbour, startServer } from './support.ts'

const server = await startServer()

field(
  'VK, gotosocial#731',
  'expires_in 0 without a refresh token means that the token never ends',
  async () => {
    server.respond('/token', { body: { access_token: 'A1', token_type: 'Bearer', expires_in: 0 } })
    const client = clientOf(server)
    await client.Authorize.byCode().authorize('code')
    await client.at.advance(1000 * HOUR_MS)
    expect(await client.accessToken()).toBe('A1')
    const imported = clientOf(server)
    await imported.import({ access_token: 'A1', expires_in: 0 })
    expect(await imported.accessToken()).toBe('A1')
  },
)

field('vercel#13888, next-auth#4540', 'an expires_at in seconds is a TypeError that says so', async () => {
  const client = clientOf(server)
  const tokens = { access_token: 'A', refresh_token: 'R', expires_at: 1_795_888_253 }
  await expect(client.import(tokens)).rejects.toThrow(
    new TypeError('expires_at looks like seconds: pass Unix time in ms'),
  )
  expect(await client.status()).toMatchObject({ because: 'never-signed-in' })
})

field(
  'next-auth#4540',
  'in keepTokens it does not lead to a refresh in a loop, and the refresh token is kept',
  async () => {
    const clock = hastyClock()
    let calls = 0
    const kept = keepTokens({
      store: new MemoryTokenStore({ clock }),
      key: 'k',
      clock,
      logger: { warn() {} },
      refresh: async () => ({
        access_token: `A${++calls}`,
        refresh_token: `R${calls}`,
        expires_at: 1_795_888_253,
      }),
    })
    await kept.import({ ...EXPIRED })
    const beganAtMs = clock.nowMs()
    while (clock.nowMs() < beganAtMs + HOUR_MS) {
      await expect(kept.accessToken()).rejects.toMatchObject({
        message: expect.stringContaining('looks like seconds'),
      })
      await clock.advance(10_000)
    }
    expect(calls).toBeLessThanOrEqual(70)
  },
)

field('Google (OmniRoute#5214)', 'an empty refresh_token does not cost the access token', async () => {
  server.respond('/token', granted(1, { refresh_token: '' }))
  const client = clientOf(server)
  await client.import(EXPIRED)
  expect(await client.accessToken()).toBe('A1')
  expect(await client.tokens()).toMatchObject({ refresh_token: 'R0' })
  expect(server.requests.filter(({ form }) => form['refresh_token'] === 'R0')).toHaveLength(1)
})

for (const [name, value] of Object.entries({
  refresh_token: 7,
  scope: ['read'],
  expires_in: 'soon',
  id_token: null,
}))
  neighbour(`an unusable ${name} does not cost the access token`, async () => {
    server.respond('/token', granted(1, { [name]: value }))
    const client = clientOf(server)
    await client.Authorize.byCode().authorize('code')
    expect(await client.accessToken()).toBe('A1')
  })

field(
  'aws-lb-controller#3936',
  'a line break at the end of a secret is a TypeError that names it',
  async () => {
    expect(() => new Client({ client_id: 'id', client_secret: 'shh\n' })).toThrow(
      new TypeError('client_secret has a control character, such as a line break at its end: remove it'),
    )
  },
)

for (const name of ['client_id', 'redirect_uri', 'scope'] as const)
  neighbour(`a control character in ${name}, given or assigned later, is one as well`, async () => {
    expect(() => new Client({ client_id: 'id', [name]: 'a\r' })).toThrow(
      new RegExp(`^${name} has a control character`),
    )
    const client = clientOf(server)
    client[name] = 'a\0b'
    expect(() => client.Authorize.byCode()).toThrow(new RegExp(`^${name} has a control character`))
  })

neighbour('an assigned refresh token leaves the lifetime of the access token as it is', async () => {
  server.respond('/token', granted(1))
  const client = clientOf(server)
  await client.import(EXPIRED)
  client.refresh_token = 'R-new'
  expect(await client.accessToken()).toBe('A1')
  expect(server.requests.at(-1)!.form['refresh_token']).toBe('R-new')
})
