// Small things that the test suites of other libraries check: scopes, an abort during a poll, a revocation sent twice.
import { expect } from '@jest/globals'
import {
  type Client,
  clientCredentials,
  type ClientOptions,
  deviceAuthorization,
  MemoryTokenStore,
  revoke,
  StoreError,
} from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { deferred, storeWith, until } from '../support.ts'
import { clientOf, field, granted, HOUR_MS, neighbour, outcomeOf, startServer } from './support.ts'

const server = await startServer()

const scopesSent = (): (string | undefined)[] =>
  server.requests.filter(({ path }) => path === '/token').map(({ form }) => form['scope'])

/** Returns how many requests were sent since now. */
const counter = (): (() => readonly (typeof server.requests)[number][]) => {
  const from = server.requests.length
  return () => server.requests.slice(from)
}

/** Returns a client of a server whose client credentials give the tokens A1, A2 and so on. */
function machineClient(options: ClientOptions): Client & { readonly at: ReturnType<typeof clientOf>['at'] } {
  server.respond('/token', ...[1, 2, 3, 4, 5, 6].map(suffix => granted(suffix)))
  return clientOf(server, options, { grants: ['client_credentials'] })
}

field('test suites of other libraries', 'tokens of different scopes never mix', async () => {
  const store = new MemoryTokenStore()
  const reader = machineClient({ store, scope: 'read' })
  const writer = machineClient({ store, scope: 'write' })
  const sent = scopesSent().length
  await clientCredentials(reader)
  expect(await writer.tokens()).toBeUndefined()
  expect(await writer.status()).toMatchObject({ status: 'live' })
  expect(await Promise.all([writer.accessToken(), writer.accessToken()])).toEqual(['A2', 'A2'])
  expect(await reader.tokens()).toBeUndefined()
  await reader.at.advance(HOUR_MS)
  expect(await reader.accessToken()).toBe('A3')
  expect(writer.access_token).toBe('A2')
  await writer.at.advance(HOUR_MS)
  expect(await writer.accessToken()).toBe('A4')
  expect(await writer.accessToken()).toBe('A4')
  expect(scopesSent().slice(sent)).toEqual(['read', 'write', 'read', 'write'])
})

field(
  'test suites of other libraries',
  'a changed scope is noticed, in a new process and in this one',
  async () => {
    const store = new MemoryTokenStore()
    await clientCredentials(machineClient({ store, scope: 'read' }))
    const client = machineClient({ store, scope: 'read write' })
    expect(await client.accessToken()).toBe('A1')
    expect(scopesSent().at(-1)).toBe('read write')
    expect(await client.accessToken()).toBe('A1')
    client.scope = 'read'
    expect(client.access_token).toBeNull()
    expect(await client.accessToken()).toBe('A2')
    client.scope = null
    expect(await client.accessToken()).toBe('A3')
    expect(scopesSent().slice(-2)).toEqual(['read', undefined])
  },
)

neighbour('a rejected token of another scope is replaced by one of the own scope', async () => {
  const store = new MemoryTokenStore()
  await clientCredentials(machineClient({ store, scope: 'read' }))
  const writer = machineClient({ store, scope: 'write' })
  server.respond('/token', granted('W'))
  expect(await writer.rejected('A1')).toBe('AW')
  expect(scopesSent().at(-1)).toBe('write')
})

neighbour('a server that declines the new scope does not cost the token of the old one', async () => {
  const store = new MemoryTokenStore()
  const reader = machineClient({ store, scope: 'read' })
  await clientCredentials(reader)
  server.respond('/token', { status: 400, body: { error: 'invalid_scope' } })
  const writer = clientOf(server, { store, scope: 'write' }, { grants: ['client_credentials'] })
  expect(await outcomeOf(writer.accessToken())).not.toBe('A1')
  const again = clientOf(server, { store, scope: 'read' }, { grants: ['client_credentials'] })
  expect(await again.accessToken()).toBe('A1')
})

neighbour('tokens that could not be stored are not used for another scope', async () => {
  const store = new MemoryTokenStore()
  const failing = storeWith(store, {
    compareAndSwap: async () => {
      throw new StoreError('the disk is full')
    },
  })
  const client = machineClient({ store: failing, scope: 'read' })
  await clientCredentials(client)
  expect(await client.accessToken()).toBe('A1')
  client.scope = 'write'
  expect(await outcomeOf(client.accessToken())).toMatchObject({ code: 'store_unavailable' })
})

neighbour('the scope of a user who signed in is not compared', async () => {
  const client = clientOf(server, { scope: 'read' })
  await client.import({ access_token: 'A', expires_in: 3600 })
  client.scope = 'write'
  expect(await client.accessToken()).toBe('A')
})

/** Starts a device's sign-in whose first poll stays on the wire until the test releases it. */
async function deviceWith(response: object) {
  server.respond('/device', {
    body: { device_code: 'D', user_code: 'U', verification_uri: 'https://as.example/d', expires_in: 600 },
  })
  server.respond('/token', response)
  const http = fetchTransport()
  const { promise: released, resolve: release } = deferred<void>()
  let polls = 0
  const client = clientOf(
    server,
    {
      transport: {
        async send(request) {
          const received = await http.send(request)
          if (!request.url.endsWith('/token')) return received
          polls++
          await released
          return received
        },
      },
    },
    { grants: ['device_code'], deviceAuthorizationEndpoint: `${server.url}/device` },
  )
  const device = await deviceAuthorization(client)
  const controller = new AbortController()
  const waiting = outcomeOf(device.authorize({ signal: controller.signal }))
  await until(() => polls === 1)
  controller.abort(new Error('left'))
  expect(await waiting).toMatchObject({ message: 'left' })
  return { client, device, release, polls: () => polls }
}

field(
  'test suites of other libraries',
  'an abort ends the wait during a poll, and its late success is kept',
  async () => {
    const { client, device, release, polls } = await deviceWith(granted('late'))
    release()
    await until(() => client.access_token !== null)
    expect(await client.accessToken()).toBe('Alate')
    expect(await device.authorize()).toMatchObject({ access_token: 'Alate' })
    expect(await outcomeOf(device.authorize())).toMatchObject({ code: 'flow_state' })
    expect(polls()).toBe(1)
  },
)

neighbour('authorize() after an abort waits for the poll that is on the wire', async () => {
  const { client, device, release, polls } = await deviceWith(granted('Joined'))
  const again = device.authorize()
  release()
  expect(await again).toMatchObject({ access_token: 'AJoined' })
  expect(await client.accessToken()).toBe('AJoined')
  expect(polls()).toBe(1)
})

neighbour('a late denial is reported by the next call', async () => {
  const { client, device, release } = await deviceWith({ status: 400, body: { error: 'access_denied' } })
  release()
  expect(await outcomeOf(device.authorize())).toMatchObject({ code: 'access_denied' })
  expect(await client.status()).toMatchObject({ because: 'never-signed-in' })
})

const REVOCATION = () => ({ revocationEndpoint: `${server.url}/revoke` })

field('test suites of other libraries', 'revoke() sends each revocation once', async () => {
  server.respond('/revoke', { status: 200 })
  const client = clientOf(server, {}, REVOCATION())
  await client.import({ access_token: 'A', refresh_token: 'R', expires_in: 3600 })
  const sent = counter()
  await revoke(client)
  expect(sent().map(({ form }) => form['token'])).toEqual(['R', 'A'])
  expect(await client.status()).toMatchObject({ status: 'signedOut' })
})

neighbour('revoke() of an access token alone sends one revocation', async () => {
  server.respond('/revoke', { status: 200 })
  const client = clientOf(server, {}, REVOCATION())
  await client.import({ access_token: 'A', expires_in: 3600 })
  const sent = counter()
  await revoke(client)
  expect(sent().map(({ form }) => form['token'])).toEqual(['A'])
})

neighbour('tokens that were replaced during revoke() are revoked as well', async () => {
  const store = new MemoryTokenStore()
  const http = fetchTransport()
  const other = clientOf(server, { store }, REVOCATION())
  server.respond('/revoke', { status: 200 })
  let isFirst = true
  const client = clientOf(
    server,
    {
      store,
      transport: {
        async send(request) {
          if (isFirst) {
            isFirst = false
            await other.import({ access_token: 'B', refresh_token: 'RB', expires_in: 3600 })
          }
          return http.send(request)
        },
      },
    },
    REVOCATION(),
  )
  await client.import({ access_token: 'A', refresh_token: 'R', expires_in: 3600 })
  const sent = counter()
  await revoke(client)
  expect(sent().map(({ form }) => form['token'])).toEqual(['R', 'A', 'RB', 'B'])
})
