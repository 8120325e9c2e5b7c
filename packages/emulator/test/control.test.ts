import { expect, test } from '@jest/globals'
import type { Emulator } from '../src/index.ts'
import { REFRESH_TOKEN, emulatorWith, rawRequest, refresh, request } from './support.ts'

/** Sends a request to the control endpoint of an emulator. */
const control = ({ url }: Emulator, method: string, path: string, body?: unknown) =>
  request(`${url}/_emulator${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })

test('the control endpoint returns the state', async () => {
  const emulator = await emulatorWith({ era: '2014' })
  const { json } = await control(emulator, 'GET', '')
  expect(json).toMatchObject({
    nowMs: emulator.clock.nowMs(),
    scenario: null,
    switches: { era: '2014', rotation: 'rotate-keep-old' },
    faults: [],
    clients: [emulator.client],
    users: [emulator.user],
  })
})

test('the control endpoint changes switches, and rejects invalid ones with a message', async () => {
  const emulator = await emulatorWith()
  const { status, json } = await control(emulator, 'PATCH', '/switches', {
    era: 'docs',
    requireSecret: false,
  })
  expect([status, json.switches.era]).toEqual([200, 'docs'])
  expect(emulator.switches).toMatchObject({ era: 'docs', requireSecret: false })
  const wrong = await control(emulator, 'PATCH', '/switches', { era: '1999' })
  expect([wrong.status, wrong.json]).toEqual([400, { error: 'era must be one of 2014, 2016, 2021, docs' }])
})

test('the control endpoint adds and removes faults', async () => {
  const emulator = await emulatorWith()
  for (const kind of ['reset', 'truncate', 'response']) await control(emulator, 'POST', '/faults', { kind })
  const [first] = emulator.faults.armed
  expect((await control(emulator, 'DELETE', `/faults/${first!.id}`)).json.faults).toHaveLength(2)
  expect((await control(emulator, 'DELETE', `/faults/${first!.id}`)).status).toBe(404)
  expect((await control(emulator, 'DELETE', '/faults')).json.faults).toEqual([])
  const wrong = await control(emulator, 'POST', '/faults', { kind: 'flood' })
  expect([wrong.status, wrong.json.error]).toEqual([
    400,
    expect.stringMatching(/^fault\.kind must be one of/),
  ])
})

test('the control endpoint moves the clock', async () => {
  const emulator = await emulatorWith({ now: () => 1000 })
  expect((await control(emulator, 'POST', '/clock', { advanceMs: 500 })).json.nowMs).toBe(1500)
  expect((await control(emulator, 'POST', '/clock', { nowMs: 0 })).json.nowMs).toBe(0)
  for (const body of [{}, { advanceMs: 1, nowMs: 1 }, { advanceMs: '5' }, { nowMs: null }]) {
    expect((await control(emulator, 'POST', '/clock', body)).status).toBe(400)
  }
  expect(emulator.clock.nowMs()).toBe(0)
})

test('the control endpoint starts a scenario and resets the emulator', async () => {
  const emulator = await emulatorWith({ requireSecret: false })
  emulator.set({ era: '2014' })
  const playing = await control(emulator, 'POST', '/scenario', { name: 'lost-response' })
  expect(playing.json).toMatchObject({
    scenario: 'lost-response',
    switches: { rotation: 'single', era: '2021', requireSecret: false },
    faults: [{ fault: { kind: 'reset' } }],
  })
  const reset = await control(emulator, 'POST', '/reset')
  expect(reset.json).toMatchObject({ scenario: null, switches: { rotation: 'rotate-keep-old' }, faults: [] })
  const unknown = await control(emulator, 'POST', '/scenario', { name: 'constructor' })
  expect([unknown.status, unknown.json.error]).toEqual([
    400,
    expect.stringMatching(/^scenario must be one of/),
  ])
})

test('the control endpoint registers clients', async () => {
  const emulator = await emulatorWith()
  const { json } = await control(emulator, 'POST', '/clients', { client_id: 'mine', redirect_uri: 'my:/' })
  expect(json.clients[1]).toMatchObject({ client_id: 'mine', redirect_uri: 'my:/' })
  expect((await control(emulator, 'POST', '/clients', { client_id: 'mine' })).json.error).toBe(
    'client.client_id must be registered only once',
  )
})

test('the ledger is read and cleared over HTTP, and numbering continues', async () => {
  const emulator = await emulatorWith()
  await refresh(emulator, REFRESH_TOKEN)
  expect((await control(emulator, 'GET', '/ledger')).json).toEqual(emulator.ledger)
  await control(emulator, 'DELETE', '/ledger')
  expect(emulator.ledger).toEqual([])
  await refresh(emulator, REFRESH_TOKEN)
  expect(emulator.ledger).toMatchObject([{ id: 2 }])
})

test('the ledger is sent as events: earlier entries, then new ones', async () => {
  const emulator = await emulatorWith()
  await refresh(emulator, 'unknown')
  const response = await fetch(`${emulator.url}/_emulator/events`)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (part: string) => {
    while (!text.includes(part)) text += (await reader.read()).value
  }
  await until('"message":"Invalid refresh token"')
  await refresh(emulator, REFRESH_TOKEN)
  await until('"id":2')
  await until('"status":200')
  expect(text).toMatch(/^event: entry\ndata: \{"id":1,/)
  await reader.cancel()
})

test.each([
  ['/switches', 'PATCH', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415],
  ['/switches', 'PATCH', { headers: { 'content-type': 'application/json' }, body: 'no' }, 400],
  ['/switches', 'PATCH', { headers: { 'content-type': 'application/json' }, body: '[]' }, 400],
  ['/faults/x', 'DELETE', {}, 404],
  ['/nothing', 'GET', {}, 404],
])('the control endpoint refuses what it cannot read: %s %s %j', async (path, method, init, status) => {
  const { url } = await emulatorWith()
  expect((await request(`${url}/_emulator${path}`, { method, ...init })).status).toBe(status)
})

const FOREIGN: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://127.0.0.1:1' },
  { host: 'evil.example' },
  { host: 'localhost.evil.example:80' },
  { host: '192.168.1.5' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
]

test.each(FOREIGN)('a request with %j cannot control or read the emulator', async headers => {
  const emulator = await emulatorWith()
  const { host } = new URL(emulator.url)
  const attempts = [
    ['GET', '/_emulator'],
    ['GET', '/_emulator/ledger'],
    ['POST', '/_emulator/reset'],
    ['DELETE', '/_emulator/ledger'],
  ] as const
  emulator.set({ era: 'docs' })
  for (const [method, path] of attempts) {
    const response = await rawRequest(emulator.url + path, { method, headers: { host, ...headers } })
    expect(response.status).toBe(403)
    expect(response.body.toString()).not.toContain(emulator.client.client_secret)
  }
  expect(emulator.switches.era).toBe('docs')
})

test.each(['localhost', '127.0.0.1', '[::1]'])('the host name %s is local', async name => {
  const { url } = await emulatorWith()
  const host = `${name}:${new URL(url).port}`
  const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
  expect((await rawRequest(`${url}/_emulator`, { headers: own })).status).toBe(200)
})

test('the front page is limited to this machine, and pages of any origin may link to it', async () => {
  const { url, client } = await emulatorWith()
  const { host } = new URL(url)
  const rebound = await rawRequest(url, { headers: { host: 'evil.example' } })
  expect([rebound.status, rebound.body.includes(client.client_secret)]).toEqual([403, false])
  const linked = await rawRequest(url, { headers: { host, 'sec-fetch-site': 'cross-site' } })
  expect([linked.status, linked.body.includes(client.client_secret)]).toEqual([200, true])
})
