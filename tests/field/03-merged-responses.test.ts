// What the first token response had and a refresh leaves out is not lost (RFC 6749 section 5.1, OpenID Connect Core 12.2).
import { expect } from '@jest/globals'
import { clientCredentials, MemoryTokenStore } from '@latchkey/core'
import { clientOf, field, granted, neighbour, startServer } from './support.ts'

const server = await startServer()
const jwt = (payload: object): string =>
  ['{}', JSON.stringify(payload), 's'].map(part => Buffer.from(part).toString('base64url')).join('.')

const FIRST = {
  access_token: 'A0',
  refresh_token: 'R0',
  token_type: 'Bearer',
  expires_in: 0,
  scope: 'read write',
  api_domain: 'https://www.zohoapis.eu',
  id_token: jwt({ iss: 'https://as.example', sub: 'u1' }),
  account_id: '42',
  team: { id: 'T1', name: 'Ours' },
}

field(
  'Zoho (comp#3229), js-client-oauth2#26, spring-security-oauth#828',
  'every member that a refresh leaves out is kept',
  async () => {
    server.respond('/token', { body: FIRST }, granted(1), granted(2, { scope: 'read' }))
    const client = clientOf(server)
    await client.Authorize.byCode().authorize('code')
    const { access_token: _, expires_in: __, token_type: ___, ...kept } = FIRST
    await client.accessToken()
    expect(await client.tokens()).toMatchObject({ ...kept, access_token: 'A1', expires_in: 3600 })
    await client.Authorize.regenerateFromRefreshToken()
    expect(await client.tokens()).toMatchObject({
      access_token: 'A2',
      scope: 'read',
      api_domain: FIRST.api_domain,
    })
  },
)

field('Zoho', 'what import was given is kept as well', async () => {
  server.respond('/token', granted(1, { refresh_token: null, scope: '', team: '' }))
  const client = clientOf(server)
  await client.import({ ...FIRST, expires_in: 0 })
  await client.accessToken()
  expect(await client.tokens()).toMatchObject({ refresh_token: 'R0', scope: 'read write', team: FIRST.team })
})

neighbour('what describes one response alone is not carried over', async () => {
  server.respond('/token', { body: { access_token: 'A1', token_type: 'Bearer', refresh_token: 'R1' } })
  const client = clientOf(server)
  const once = {
    issued_at: '1',
    created_at: 2,
    signature: 's',
    nonce: 'n',
    session_state: 'x',
    ext_expires_in: 9,
  }
  await client.import({ ...FIRST, ...once, refresh_token_expires_in: 100, error_uri: 'u' })
  await client.accessToken()
  const tokens = (await client.tokens())!
  for (const name of [
    ...Object.keys(once),
    'refresh_token_expires_in',
    'error_uri',
    'expires_in',
    'expires_at',
  ])
    expect(tokens).not.toHaveProperty(name)
})

neighbour('the lifetime of a refresh token stays with that refresh token', async () => {
  server.respond('/token', granted(1))
  const client = clientOf(server)
  await client.import({ ...FIRST, refresh_token_expires_in: 100 })
  await client.accessToken()
  expect(await client.tokens()).toMatchObject({ refresh_token: 'R0', refresh_token_expires_in: 100 })
})

for (const [title, more] of [
  ['account_id', { account_id: '43' }],
  ['the sub of an id_token', { id_token: jwt({ iss: 'https://as.example', sub: 'u2' }) }],
  ['the iss of an id_token', { id_token: jwt({ iss: 'https://other.example', sub: 'u1' }) }],
] as const)
  neighbour(`tokens of another account, by ${title}, are not kept`, async () => {
    server.respond('/token', granted(1, more))
    const store = new MemoryTokenStore()
    const client = clientOf(server, { store })
    await client.import(FIRST)
    await expect(client.accessToken()).rejects.toMatchObject({
      message: expect.stringContaining('another account'),
    })
    expect(JSON.stringify((await store.read(`${client.provider.name}/id/default`))!.value)).not.toContain(
      'A1',
    )
  })

neighbour('nothing is merged into client credentials, nor into another sign-in', async () => {
  server.respond(
    '/token',
    { body: { access_token: 'A1', token_type: 'Bearer', expires_in: 3600, extra: 'once' } },
    granted(2),
  )
  const client = clientOf(server)
  await clientCredentials(client)
  expect(await client.rejected('A1')).toBe('A2')
  expect(await client.tokens()).not.toHaveProperty('extra')
  await client.import({ access_token: 'other' })
  expect(Object.keys((await client.tokens())!)).toEqual(['access_token'])
})

neighbour('members of unknown name are limited to 64 kB in total', async () => {
  const big = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`m${at}`, 'x'.repeat(10_000)]))
  server.respond('/token', granted(1, { ...big, scope: 'read' }))
  const client = clientOf(server)
  await client.Authorize.byCode().authorize('code')
  const tokens = (await client.tokens())!
  expect(tokens.scope).toBe('read')
  expect(JSON.stringify(tokens).length).toBeLessThan(66_000)
  expect(tokens).toHaveProperty('m0')
})
