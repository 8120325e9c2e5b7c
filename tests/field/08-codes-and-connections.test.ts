// A code is worth one exchange: a connection that died while idle, and a server that did not process it, do not use it.
import { afterAll, expect } from '@jest/globals'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Client, defineProvider, MemoryTokenStore } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import type { OddResponse } from '../servers/odd-server.ts'
import { clientOf, field, granted, neighbour, startServer } from './support.ts'

const server = await startServer()
const ends: (() => unknown)[] = []
afterAll(() => ends.forEach(end => end()))

/** A server that sees each request, and responds or ends the connection as `script` says, request by request. */
async function scripted(...script: readonly ('respond' | 'close' | 'partial')[]) {
  const received: { connection: number; body: string }[] = []
  let connections = 0
  const body = JSON.stringify({ access_token: `A1`, token_type: 'Bearer', expires_in: 3600 })
  const response = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const tcp: Server = createServer((socket: Socket) => {
    const connection = ++connections
    socket.on('error', () => {})
    socket.on('data', data => {
      const doing = script[received.length] ?? 'respond'
      received.push({ connection, body: String(data) })
      if (doing === 'respond') socket.write(response)
      else {
        if (doing === 'partial') socket.write(response.slice(0, 30))
        socket.end()
      }
    })
  }).listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  ends.push(() => tcp.close())
  const url = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`
  const client = new Client({
    client_id: 'id',
    provider: defineProvider({
      name: 'as',
      authorizationEndpoint: `${url}/a`,
      tokenEndpoint: `${url}/t`,
      pkce: 'none',
    }),
    transport: fetchTransport(),
  })
  return { client, received }
}

/** Resolves once the connection is idle, so that the next request is sent on it. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

field(
  'starman, xoauth',
  'a code whose request met the end of an idle connection is sent once more',
  async () => {
    const { client, received } = await scripted('respond', 'close', 'respond')
    await client.Authorize.byCode().authorize('first')
    await idle()
    await client.Authorize.byCode().authorize('second')
    expect(received.map(({ connection }) => connection)).toEqual([1, 1, 2])
    expect(received.slice(1).every(({ body }) => body.includes('code=second'))).toBe(true)
  },
)

neighbour('it is sent no third time', async () => {
  const { client, received } = await scripted('respond', 'close', 'close', 'respond')
  await client.Authorize.byCode().authorize('first')
  await idle()
  await expect(client.Authorize.byCode().authorize('second')).rejects.toMatchObject({ code: 'indeterminate' })
  expect(received).toHaveLength(3)
})

neighbour('a new connection that ends without a response is no idle one: the code is sent once', async () => {
  const { client, received } = await scripted('close', 'respond')
  await expect(client.Authorize.byCode().authorize('code')).rejects.toMatchObject({ code: 'indeterminate' })
  expect(received).toHaveLength(1)
})

neighbour('a response that began is none either', async () => {
  const { client, received } = await scripted('respond', 'partial', 'respond')
  await client.Authorize.byCode().authorize('first')
  await idle()
  await expect(client.Authorize.byCode().authorize('second')).rejects.toMatchObject({ code: 'indeterminate' })
  expect(received).toHaveLength(2)
})

const NOT_PROCESSED: readonly (readonly [string, OddResponse])[] = [
  ['408', { status: 408 }],
  ['425', { status: 425 }],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' } }],
  ['503 with Retry-After', { status: 503, headers: { 'retry-after': '1' } }],
]
const PROCESSED: readonly (readonly [string, OddResponse])[] = [
  ['503 without Retry-After', { status: 503 }],
  [
    '503 with an OAuth error',
    { status: 503, headers: { 'retry-after': '1' }, body: { error: 'server_error' } },
  ],
  ['500', { status: 500 }],
  ['400 invalid_grant', { status: 400, body: { error: 'invalid_grant' } }],
]

/** Saves a flow, and brings its redirect back `times` times; resolves to the code of each outcome. */
async function bringBack(times: number): Promise<(string | undefined)[]> {
  const client = clientOf(server, { store: new MemoryTokenStore(), clock: undefined, account: 'default' })
  const pending = client.Authorize.byCode()
  const { binding } = await pending.save()
  const codes: (string | undefined)[] = []
  for (let time = 0; time < times; time++)
    codes.push(
      await client.Authorize.complete(`https://app.example/callback?code=c&state=${pending.state}`, {
        binding,
      }).then(
        ({ tokens }) => tokens.access_token,
        (error: { code: string }) => error.code,
      ),
    )
  return codes
}

for (const [title, response] of NOT_PROCESSED)
  neighbour(`after ${title} complete() takes the same redirect again`, async () => {
    server.respond('/token', response, response, granted(1))
    expect(await bringBack(4)).toEqual(['transient', 'transient', 'A1', 'callback_replayed'])
  })

neighbour('three times at most', async () => {
  server.respond('/token', { status: 429 })
  expect(await bringBack(6)).toEqual([
    ...Array(4).fill('transient'),
    'callback_replayed',
    'callback_replayed',
  ])
})

for (const [title, response] of PROCESSED)
  neighbour(`after ${title} the code may be used, and so is the flow`, async () => {
    server.respond('/token', response, granted(1))
    expect((await bringBack(2))[1]).toBe('callback_replayed')
  })

neighbour('a connection that is refused restores the flow', async () => {
  const client = clientOf(
    server,
    { clock: undefined, account: 'default' },
    { tokenEndpoint: 'http://127.0.0.1:9/token' },
  )
  const pending = client.Authorize.byCode()
  const { binding } = await pending.save()
  const redirect = `https://app.example/callback?code=c&state=${pending.state}`
  for (let time = 0; time < 2; time++)
    await expect(client.Authorize.complete(redirect, { binding })).rejects.toMatchObject({
      code: 'transient',
      stillWaits: true,
    })
})
