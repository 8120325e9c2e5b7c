import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import type { Fault } from '../src/index.ts'
import { REFRESH_TOKEN, callApi, emulatorWith, rawRefresh, refresh, request } from './support.ts'

async function emulatorWithFault(fault: Fault) {
  const emulator = await emulatorWith({ rotation: 'single' })
  emulator.faults.add(fault)
  return emulator
}

/** Returns whether the server has processed a refresh: then the documented refresh token is used. */
async function isUsed(emulator: Awaited<ReturnType<typeof emulatorWithFault>>): Promise<boolean> {
  emulator.faults.clear()
  return (await refresh(emulator, REFRESH_TOKEN)).status === 400
}

test('a fault applies to this number of requests to its endpoint, and ends', async () => {
  const emulator = await emulatorWith()
  emulator.faults.add({ kind: 'response', response: 'html-503', endpoint: 'credits', times: 2 })
  const call = async () => (await callApi(emulator, '/3/credits', 'Client-ID 43652b743b5a7a0')).status
  expect((await refresh(emulator, REFRESH_TOKEN)).status).toBe(200)
  expect([await call(), await call(), await call()]).toEqual([503, 503, 200])
  expect(emulator.faults.armed).toEqual([])
})

test('a fault with times always stays until it is removed', async () => {
  const emulator = await emulatorWith()
  const { id } = emulator.faults.add({ kind: 'response', endpoint: '*', times: 'always' })
  for (const path of ['/oauth2/authorize', '/oauth2/pin', '/3/account/me', '/oauth2/addclient']) {
    expect((await request(emulator.url + path)).status).toBe(500)
  }
  expect(emulator.faults.remove(id)).toBe(true)
  expect(emulator.faults.remove(id)).toBe(false)
  expect((await refresh(emulator, REFRESH_TOKEN)).status).toBe(200)
})

test('a fault with a grant type does not apply to other token requests', async () => {
  const emulator = await emulatorWithFault({ kind: 'response', grant_type: 'pin' })
  expect((await refresh(emulator, REFRESH_TOKEN)).status).toBe(200)
  expect(emulator.faults.armed).toMatchObject([{ remaining: 1, fault: { grant_type: 'pin' } }])
})

test('the ledger shows the faults, the outcome and the status', async () => {
  const emulator = await emulatorWith()
  const faults: Fault[] = [
    { kind: 'reset' },
    { kind: 'reset', at: 'after' },
    { kind: 'response', response: 'html-502', at: 'after' },
    { kind: 'truncate', bytes: 5 },
  ]
  for (const fault of faults) {
    emulator.faults.add(fault)
    await rawRefresh(emulator)
  }
  const entries = emulator.ledger.map(({ faults, outcome, status }) => [faults, outcome, status])
  expect(entries).toEqual([
    [['reset'], 'none', undefined],
    [['reset'], 'ok', undefined],
    [['response'], 'ok', 502],
    [['truncate'], 'ok', 200],
  ])
  expect(emulator.ledger[0]).toMatchObject({ grant_type: 'refresh_token', presented: '94294e…' })
})

test('item 28: a delay before the handling holds the request until the clock has moved', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 5000 })
  const response = refresh(emulator, REFRESH_TOKEN)
  await emulator.clock.sleeping()
  emulator.clock.advance(4999)
  await emulator.clock.sleeping()
  expect(emulator.ledger[0]).toMatchObject({ outcome: 'pending', faults: ['delay'] })
  emulator.clock.advance(1)
  expect((await response).status).toBe(200)
})

test('item 28: a delay after the handling holds the first byte of the response', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 5000, at: 'after' })
  const response = refresh(emulator, REFRESH_TOKEN)
  await emulator.clock.sleeping()
  expect(emulator.ledger[0]).toMatchObject({ outcome: 'ok' })
  emulator.clock.advance(5000)
  expect((await response).status).toBe(200)
})

test('an emulator with a delayed request can be closed', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 3_600_000 })
  const response = rawRefresh(emulator)
  await emulator.clock.sleeping()
  await emulator.close()
  expect((await response).code).toBe('ECONNRESET')
})

test.each([
  ['before', false],
  ['after', true],
] as const)('item 28: a reset %s the handling; refresh token used: %s', async (at, used) => {
  const emulator = await emulatorWithFault({ kind: 'reset', at })
  expect(await rawRefresh(emulator)).toMatchObject({ status: undefined, code: 'ECONNRESET' })
  expect(await isUsed(emulator)).toBe(used)
})

test('item 28: a reset is a TCP reset, which a socket reports as an error', async () => {
  const emulator = await emulatorWithFault({ kind: 'reset' })
  const { hostname, port } = new URL(emulator.url)
  const socket = connect(Number(port), hostname)
  socket.write('POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n')
  const error = await new Promise<Error | undefined>(resolve => {
    socket.on('error', resolve)
    socket.on('end', () => resolve(undefined))
    socket.resume()
  })
  expect(error).toMatchObject({ code: 'ECONNRESET' })
})

test.each([0, 20])('a truncated response announces its full length and ends after %i bytes', async bytes => {
  const emulator = await emulatorWithFault({ kind: 'truncate', bytes })
  const response = await rawRefresh(emulator)
  expect([response.status, response.body.length, response.code]).toEqual([200, bytes, 'ECONNRESET'])
  expect(Number(response.headers['content-length'])).toBeGreaterThan(200)
  expect(await isUsed(emulator)).toBe(true)
})

test.each([
  ['before', false],
  ['after', true],
] as const)('a canned response, %s the handling; refresh token used: %s', async (at, used) => {
  const emulator = await emulatorWithFault({ kind: 'response', response: 'html-504', at })
  const { status, headers } = await refresh(emulator, REFRESH_TOKEN)
  expect([status, headers.has('cache-control')]).toEqual([504, false])
  expect(await isUsed(emulator)).toBe(used)
})

test.each([301, 302, 303, 307, 308] as const)('a redirect with status %i', async status => {
  const emulator = await emulatorWithFault({
    kind: 'redirect',
    status,
    location: 'https://evil.example/token',
  })
  const response = await refresh(emulator, REFRESH_TOKEN)
  expect([response.status, response.headers.get('location')]).toEqual([status, 'https://evil.example/token'])
})

const RETRY_AFTER = [
  ['seconds', '30'],
  ['zero', '0'],
  ['date', 'Thu, 01 Jan 2026 00:00:30 GMT'],
  ['date-rfc850', 'Thursday, 01-Jan-26 00:00:30 GMT'],
  ['date-asctime', 'Thu Jan  1 00:00:30 2026'],
  ['date-past', 'Wed, 31 Dec 2025 23:59:30 GMT'],
  ['negative', '-30'],
  ['fraction', '30.5'],
  ['huge', '99999999999999999999'],
  ['garbage', 'soon'],
  ['absent', null],
] as const

test.each(RETRY_AFTER)('item 28: 429 and 503 with Retry-After %s', async (retryAfter, value) => {
  for (const status of [429, 503] as const) {
    const emulator = await emulatorWithFault({ kind: 'retry-after', status, retryAfter })
    const response = await refresh(emulator, REFRESH_TOKEN)
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, value])
  }
})

test('a slow body is sent in chunks, with a pause before each', async () => {
  const emulator = await emulatorWithFault({ kind: 'slow-body', chunkBytes: 100, everyMs: 1000 })
  let isDone = false
  const response = refresh(emulator, REFRESH_TOKEN).finally(() => (isDone = true))
  let pauses = 0
  for (; !isDone; pauses++) {
    await Promise.race([emulator.clock.sleeping(), response])
    emulator.clock.advance(1000)
  }
  const { text, json } = await response
  expect(json.account_username).toBe('rmp135')
  expect(emulator.clock.nowMs() - Date.UTC(2026, 0, 1)).toBeGreaterThanOrEqual(
    Math.ceil(text.length / 100) * 1000,
  )
  expect(pauses).toBeGreaterThanOrEqual(Math.ceil(text.length / 100))
})

test('an oversized body is valid JSON with this number of bytes', async () => {
  const emulator = await emulatorWithFault({ kind: 'oversized', bytes: 3_000_000 })
  const { text, json } = await refresh(emulator, REFRESH_TOKEN)
  expect([text.length, json.account_username]).toEqual([3_000_000, 'rmp135'])
})

test('a gzip bomb is small on the wire and decompresses to this number of bytes', async () => {
  const emulator = await emulatorWithFault({ kind: 'gzip-bomb', bytes: 8_000_000 })
  const { headers, body } = await rawRefresh(emulator)
  expect(headers['content-encoding']).toBe('gzip')
  expect(body.length).toBeLessThan(20_000)
  const text = gunzipSync(body).toString()
  expect([text.length, JSON.parse(text).account_username]).toEqual([8_000_000, 'rmp135'])
})

test('duplicate keys: every member twice, the correct one last', async () => {
  const emulator = await emulatorWithFault({ kind: 'duplicate-keys' })
  const { text, json } = await refresh(emulator, REFRESH_TOKEN)
  expect(text.match(/"refresh_token":"[0-9a-f]{40}"/g)).toHaveLength(2)
  expect((await refresh(emulator, json.refresh_token)).status).toBe(200)
})

test('members named __proto__ and constructor', async () => {
  const emulator = await emulatorWithFault({ kind: 'proto-keys' })
  const { json } = await refresh(emulator, REFRESH_TOKEN)
  expect(Object.hasOwn(json, '__proto__')).toBe(true)
  expect(json.constructor.prototype.polluted).toBe(true)
  expect(json.account_username).toBe('rmp135')
})

test('faults that rewrite JSON do not change pages', async () => {
  const emulator = await emulatorWithFault({ kind: 'proto-keys', endpoint: 'pin' })
  const response = await request(`${emulator.url}/oauth2/pin?pin=4118974`)
  expect(response.text).toMatch(/^<!doctype html>/)
})

test.each([3_600_000, -3_600_000])('a Date header that is %i ms off', async ms => {
  const emulator = await emulatorWithFault({ kind: 'date-skew', ms })
  const { headers } = await refresh(emulator, REFRESH_TOKEN)
  expect(Date.parse(headers.get('date')!)).toBe(emulator.clock.nowMs() + ms)
})

test('several faults apply to the same request, the first one outermost', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 1000 })
  emulator.faults.add({ kind: 'date-skew', ms: 60_000 })
  emulator.faults.add({ kind: 'response', response: 'data-false' })
  const response = refresh(emulator, REFRESH_TOKEN)
  await emulator.clock.sleeping()
  emulator.clock.advance(1000)
  const { status, headers, json } = await response
  expect([status, json.data]).toEqual([400, false])
  expect(headers.get('date')).toBe('Thu, 01 Jan 2026 00:01:01 GMT')
  expect(emulator.ledger[0]!.faults).toEqual(['delay', 'date-skew', 'response'])
})

test.each<[string, unknown]>([
  ['fault must be an object', null],
  ['fault.kind must be one of delay, reset,', { kind: 'earthquake' }],
  ['fault.kind must be one of delay, reset,', { kind: 'constructor' }],
  ['fault.endpoint must be one of authorize, pin,', { kind: 'reset', endpoint: '/oauth2/token' }],
  ['fault.times must be a whole number of at least 1, or "always"', { kind: 'reset', times: 0 }],
  ['fault.grant_type must be a string', { kind: 'reset', grant_type: 5 }],
  ['fault.ms must be a parameter of reset', { kind: 'reset', ms: 5 }],
  ['fault.ms must be a whole number, not negative', { kind: 'delay', ms: -5 }],
  ['fault.ms must be a whole number', { kind: 'date-skew', ms: 'x' }],
  ['fault.at must be one of before, after', { kind: 'delay', at: 'during' }],
  ['fault.response must be one of over-capacity-500,', { kind: 'response', response: 'none' }],
  ['fault.location must be a string of visible ASCII', { kind: 'redirect', location: 'a\r\nX: y' }],
])('an invalid fault is a TypeError: %s', async (message, fault) => {
  const { faults } = await emulatorWith()
  expect(() => faults.add(fault as Fault)).toThrow(TypeError)
  expect(() => faults.add(fault as Fault)).toThrow(message)
  expect(faults.armed).toEqual([])
})
