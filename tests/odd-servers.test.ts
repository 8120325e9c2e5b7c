// Behaviour of real servers that no RFC describes: over real HTTP, through the client, at every endpoint.
import net from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  Client,
  clientCredentials,
  type ClientOptions,
  defineProvider,
  deviceAuthorization,
  discover,
  introspect,
  type Provider,
  pushAuthorization,
  revoke,
} from '@latchkey/core'
import type { FailureCode } from '@latchkey/core/keeper'
import type { Quirks } from '@latchkey/core/provider'
import { fetchTransport } from '@latchkey/transport-fetch'
import { metadataOf, type OddResponse, type OddServer, PAGE, startOddServer } from './servers/odd-server.ts'
import { hastyClock } from './support.ts'

const transport = fetchTransport()
const METADATA = '/.well-known/oauth-authorization-server'
const GRANTED: OddResponse = {
  body: { access_token: 'a1', token_type: 'bearer', expires_in: 3600, refresh_token: 'r1' },
}

let server: OddServer
beforeEach(async () => {
  server = await startOddServer()
  server.respond(METADATA, metadataOf(server.url))
})
afterEach(() => server.close())

const discovered = (): Promise<Provider> => discover(server.url, { transport })

async function clientOf(options: ClientOptions & { quirks?: Quirks | undefined } = {}): Promise<Client> {
  const { quirks, ...others } = options
  const provider = { ...(await discovered()), quirks }
  return new Client({ client_id: 'id', client_secret: 's3cret', provider, transport, ...others })
}

/** Returns a client with a refresh token and an expired access token. */
async function expired(options: ClientOptions & { quirks?: Quirks | undefined } = {}): Promise<Client> {
  const client = await clientOf({ clock: hastyClock(Date.now()), ...options })
  await client.import({
    access_token: 'a0',
    refresh_token: 'r0',
    expires_in: 0,
    expires_at: Date.now() - 1000,
  })
  return client
}

const formsTo = (path: string) => server.requests.filter(one => one.path === path).map(({ form }) => form)

describe('a rejected grant in the server’s own words', () => {
  /** Responses, and what they mean at the exchange of a code and, where that differs, at a refresh. */
  const rows: readonly (readonly [
    string,
    OddResponse,
    Quirks | undefined,
    FailureCode,
    string,
    FailureCode?,
  ])[] = [
    [
      '400 without a body or a content type',
      { status: 400 },
      undefined,
      'unrecognized',
      'sent an empty response',
    ],
    [
      '403 invalid_code',
      { status: 403, body: { error: 'invalid_code' } },
      undefined,
      'misconfigured',
      'says: invalid_code',
      'unrecognized',
    ],
    [
      '403 invalid_code, named',
      { status: 403, body: { error: 'invalid_code' } },
      { errors: [{ word: 'invalid_code', means: 'reauth' }] },
      'invalid_grant',
      'says: invalid_code',
    ],
    [
      'invalid_request',
      { status: 400, body: { error: 'invalid_request' } },
      undefined,
      'misconfigured',
      'says: invalid_request',
      'unrecognized',
    ],
    [
      'invalid_request, named',
      { status: 400, body: { error: 'invalid_request' } },
      { errors: [{ word: 'invalid_request', means: 'reauth' }] },
      'invalid_grant',
      'says: invalid_request',
    ],
    [
      'consent_required',
      { status: 400, body: { error: 'consent_required' } },
      undefined,
      'interaction_required',
      'says: consent_required',
    ],
    [
      'consent_required, named',
      { status: 400, body: { error: 'consent_required' } },
      { errors: [{ word: 'consent_required', means: 'reauth' }] },
      'invalid_grant',
      'says: consent_required',
    ],
  ]

  test.each(rows.map(row => [row[0], row] as const))(
    '%s: a code is rejected with this error, and the flow still waits',
    async (_, [, answer, quirks, code, words]) => {
      server.respond('/token', answer, GRANTED)
      const auth = (await clientOf({ quirks })).Authorize.byCode()
      await expect(auth.authorize('c0de')).rejects.toMatchObject({
        code,
        status: answer.status,
        stillWaits: true,
        message: expect.stringContaining(`${words} (HTTP ${answer.status})`),
      })
      expect(await auth.authorize('another')).toMatchObject({ access_token: 'a1' })
    },
  )

  test.each(rows.map(row => [row[0], row] as const))(
    '%s: a refresh token is given up if the words are known to mean that, and is kept in any case',
    async (_, [, answer, quirks, atExchange, words, code = atExchange]) => {
      const client = await expired({ quirks })
      server.respond('/token', answer)
      const isDead = code === 'invalid_grant' || code === 'interaction_required'
      await expect(client.accessToken()).rejects.toMatchObject({
        code: isDead ? 'reauth_required' : code,
        message: expect.stringContaining(words),
      })
      expect(await client.status()).toMatchObject({ status: isDead ? 'reauth' : 'live' })
      expect(client.refresh_token).toBe('r0')
    },
  )
})

describe('responses without optional members', () => {
  test('token_type in lower case, no scope, and no refresh_token grant in the metadata: it refreshes', async () => {
    server.respond(METADATA, metadataOf(server.url, { grant_types_supported: ['authorization_code'] }))
    server.respond('/token', GRANTED, { body: { access_token: 'a2', token_type: 'bearer' } })
    const client = await clientOf()
    const tokens = await client.Authorize.byCode().authorize('c0de')
    expect(tokens).not.toHaveProperty('scope')
    expect(await client.rejected('a1')).toBe('a2')
    expect(formsTo('/token')[1]).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'r1' })
    expect(client.refresh_token).toBe('r1')
  })

  test('device codes without an interval: 5 s, and 5 s more after each slow_down (RFC 8628 section 3.5)', async () => {
    server.respond('/device', {
      body: { device_code: 'd', user_code: 'U', verification_uri: `${server.url}/go`, expires_in: 600 },
    })
    const clock = hastyClock()
    const requestedAt: number[] = []
    const client = await clientOf({
      clock,
      transport: {
        send(request) {
          if (request.url.endsWith('/token')) requestedAt.push(clock.nowMs())
          return transport.send(request)
        },
      },
    })
    const pending: OddResponse = { status: 400, body: { error: 'authorization_pending' } }
    const slowDown: OddResponse = { status: 400, body: { error: 'slow_down' } }
    server.respond('/token', pending, slowDown, pending, slowDown, GRANTED)
    const begun = clock.nowMs()
    await (await deviceAuthorization(client)).authorize()
    const waits = requestedAt.map((at, index) => (at - (requestedAt[index - 1] ?? begun)) / 1000)
    expect(waits).toEqual([5, 5, 10, 10, 15])
  })
})

describe('a page with status 200 at any endpoint is no valid response, and costs nothing', () => {
  const unknown = {
    code: 'indeterminate',
    status: 200,
    message: expect.stringMatching(/^127\.0\.0\.1:\d+ sent .+ \(HTTP 200\)$/),
  }

  test('metadata', async () => {
    server.respond(METADATA, PAGE)
    await expect(discovered()).rejects.toMatchObject({
      code: 'discovery_failed',
      message: expect.stringContaining('is not a JSON object (HTTP 200)'),
    })
  })

  test('the token endpoint: a code, a refresh, client credentials', async () => {
    const client = await expired()
    server.respond('/token', PAGE)
    await expect(client.Authorize.byCode().authorize('c0de')).rejects.toMatchObject(unknown)
    expect(formsTo('/token')).toHaveLength(1) // a code is sent once
    await expect(client.accessToken()).rejects.toMatchObject(unknown)
    expect(client.refresh_token).toBe('r0')
    await expect(clientCredentials(client)).rejects.toMatchObject(unknown)
    server.respond('/token', GRANTED)
    expect(await client.Authorize.regenerateFromRefreshToken()).toMatchObject({ access_token: 'a1' })
  })

  test('device authorization, and its polling', async () => {
    const client = await clientOf({ clock: hastyClock() })
    server.respond('/device', PAGE)
    await expect(deviceAuthorization(client)).rejects.toMatchObject(unknown)

    server.respond('/device', {
      body: { device_code: 'd', user_code: 'U', verification_uri: `${server.url}/go`, expires_in: 600 },
    })
    server.respond('/token', PAGE, GRANTED)
    expect(await (await deviceAuthorization(client)).authorize()).toMatchObject({ access_token: 'a1' })
  })

  test('a pushed authorization request', async () => {
    server.respond('/par', PAGE)
    await expect(pushAuthorization(await clientOf())).rejects.toMatchObject(unknown)
  })

  test('revocation: nothing was revoked, and no account is signed out', async () => {
    const client = await expired()
    server.respond('/revoke', PAGE)
    await expect(revoke(client)).rejects.toMatchObject(unknown)
    expect(await client.status()).toMatchObject({ status: 'live' })
    server.respond('/revoke', { headers: { 'content-type': 'text/html' } }) // an empty response is valid with any content type
    await revoke(client)
    expect(await client.status()).toMatchObject({ status: 'signedOut' })
  })

  test('introspection', async () => {
    server.respond('/introspect', PAGE)
    await expect(introspect(await expired())).rejects.toMatchObject(unknown)
  })
})

describe('a keep-alive connection that the server closes during the next request', () => {
  /** Responds to the first request on each connection with `answer`, and closes it at the second. */
  async function startImpatient(
    answer: () => object,
  ): Promise<{ url: string; bodies: string[]; close(): void }> {
    const bodies: string[] = []
    const sockets = new Set<net.Socket>()
    const listening = net.createServer(socket => {
      sockets.add(socket)
      let requests = 0
      let text = ''
      socket.on('error', () => {})
      socket.on('data', data => {
        text += String(data)
        const [head = '', body = ''] = text.split('\r\n\r\n')
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (!text.includes('\r\n\r\n') || body.length < length) return
        text = ''
        bodies.push(body)
        if (++requests > 1) return void socket.destroy()
        const json = JSON.stringify(answer())
        socket.write(
          `HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
        )
      })
    })
    await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', resolve))
    return {
      url: `http://127.0.0.1:${(listening.address() as net.AddressInfo).port}`,
      bodies,
      close() {
        listening.close()
        sockets.forEach(socket => socket.destroy())
      },
    }
  }

  let impatient: Awaited<ReturnType<typeof startImpatient>>
  let client: Client
  beforeEach(async () => {
    let count = 0
    impatient = await startImpatient(() => ({ ...(GRANTED.body as object), access_token: `a${++count}` }))
    const provider = defineProvider({
      name: 'impatient',
      authorizationEndpoint: `${impatient.url}/authorize`,
      tokenEndpoint: `${impatient.url}/token`,
    })
    client = new Client({
      client_id: 'id',
      client_secret: 's3cret',
      provider,
      transport,
      clock: hastyClock(),
    })
  })
  afterEach(() => impatient.close())

  // A second connection may be opened, so each test sends requests until a connection is reused.
  test('a code is sent once more, on a new connection: no byte of a response had come', async () => {
    const sent = (one: number) => impatient.bodies.filter(body => body.includes(`code=code-${one}-`)).length
    const counts: number[] = []
    for (let one = 0; one < 20 && !counts.includes(2); one++) {
      await client.Authorize.byCode().authorize(`code-${one}-`)
      counts.push(sent(one))
    }
    expect(counts.slice(0, -1).every(count => count === 1)).toBe(true)
    expect(counts.at(-1)).toBe(2)
  })

  test('a refresh token is sent again, because a retry cannot lose more', async () => {
    await client.import({ access_token: 'a0', refresh_token: 'r1' })
    let refreshes = 0
    while (impatient.bodies.length === refreshes && refreshes < 20) {
      const tokens = await client.Authorize.regenerateFromRefreshToken()
      expect(tokens).toMatchObject({ access_token: `a${++refreshes}`, refresh_token: 'r1' })
    }
    expect(impatient.bodies.length).toBeGreaterThan(refreshes)
    for (const body of impatient.bodies) expect(body).toContain('refresh_token=r1')
  })
})
