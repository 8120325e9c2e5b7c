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

/** Whether the server has carried out a refresh: then the documented refresh token, good for one, is spent. */
async function isSpent(emulator: Awaited<ReturnType<typeof emulatorWithFault>>): Promise<boolean> {
  emulator.faults.clear()
  return (await refresh(emulator, REFRESH_TOKEN)).status === 400
}

test('a fault strikes so many requests to its endpoint, and is gone', async () => {
  const emulator = await emulatorWith()
  emulator.faults.add({ kind: 'answer', answer: 'html-503', endpoint: 'credits', times: 2 })
  const call = async () => (await callApi(emulator, '/3/credits', 'Client-ID 43652b743b5a7a0')).status
  expect((await refresh(emulator, REFRESH_TOKEN)).status).toBe(200)
  expect([await call(), await call(), await call()]).toEqual([503, 503, 200])
  expect(emulator.faults.armed).toEqual([])
})

test('a fault that strikes always stays until it is removed', async () => {
  const emulator = await emulatorWith()
  const { id } = emulator.faults.add({ kind: 'answer', endpoint: '*', times: 'always' })
  for (const path of ['/oauth2/authorize', '/oauth2/pin', '/3/account/me', '/oauth2/addclient']) {
    expect((await request(emulator.url + path)).status).toBe(500)
  }
  expect(emulator.faults.remove(id)).toBe(true)
  expect(emulator.faults.remove(id)).toBe(false)
  expect((await refresh(emulator, REFRESH_TOKEN)).status).toBe(200)
})

test('a fault with a grant type lets other token requests pass', async () => {
  const emulator = await emulatorWithFault({ kind: 'answer', grant_type: 'pin' })
  expect((await refresh(emulator, REFRESH_TOKEN)).status).toBe(200)
  expect(emulator.faults.armed).toMatchObject([{ remaining: 1, fault: { grant_type: 'pin' } }])
})

test('the ledger says which faults struck, what the server did and what it sent', async () => {
  const emulator = await emulatorWith()
  const faults: Fault[] = [
    { kind: 'reset' },
    { kind: 'reset', at: 'after' },
    { kind: 'answer', answer: 'html-502', at: 'after' },
    { kind: 'truncate', bytes: 5 },
  ]
  for (const fault of faults) {
    emulator.faults.add(fault)
    await rawRefresh(emulator)
  }
  const story = emulator.ledger.map(({ faults, outcome, status }) => [faults, outcome, status])
  expect(story).toEqual([
    [['reset'], 'none', undefined],
    [['reset'], 'ok', undefined],
    [['answer'], 'ok', 502],
    [['truncate'], 'ok', 200],
  ])
  expect(emulator.ledger[0]).toMatchObject({ grant_type: 'refresh_token', presented: '94294e…' })
})

test('item 28: a delay before the work holds the request until the clock has moved', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 5000 })
  const answer = refresh(emulator, REFRESH_TOKEN)
  await emulator.clock.sleeping()
  emulator.clock.advance(4999)
  await emulator.clock.sleeping()
  expect(emulator.ledger[0]).toMatchObject({ outcome: 'pending', faults: ['delay'] })
  emulator.clock.advance(1)
  expect((await answer).status).toBe(200)
})

test('item 28: a delay after the work holds the first byte of an answer that is made', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 5000, at: 'after' })
  const answer = refresh(emulator, REFRESH_TOKEN)
  await emulator.clock.sleeping()
  expect(emulator.ledger[0]).toMatchObject({ outcome: 'ok' })
  emulator.clock.advance(5000)
  expect((await answer).status).toBe(200)
})

test('an emulator that holds a request back can be closed', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 3_600_000 })
  const answer = rawRefresh(emulator)
  await emulator.clock.sleeping()
  await emulator.close()
  expect((await answer).code).toBe('ECONNRESET')
})

test.each([
  ['before', false],
  ['after', true],
] as const)('item 28: a reset %s the work; refresh token spent: %s', async (at, spent) => {
  const emulator = await emulatorWithFault({ kind: 'reset', at })
  expect(await rawRefresh(emulator)).toMatchObject({ status: undefined, code: 'ECONNRESET' })
  expect(await isSpent(emulator)).toBe(spent)
})

test('item 28: a reset is a TCP reset, which a socket reports as an error and not as an end', async () => {
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

test.each([0, 20])('a truncated answer announces its whole length and ends after %i bytes', async bytes => {
  const emulator = await emulatorWithFault({ kind: 'truncate', bytes })
  const answer = await rawRefresh(emulator)
  expect([answer.status, answer.body.length, answer.code]).toEqual([200, bytes, 'ECONNRESET'])
  expect(Number(answer.headers['content-length'])).toBeGreaterThan(200)
  expect(await isSpent(emulator)).toBe(true)
})

test.each([
  ['before', false],
  ['after', true],
] as const)('an answer in place of the real one, %s the work; refresh token spent: %s', async (at, spent) => {
  const emulator = await emulatorWithFault({ kind: 'answer', answer: 'html-504', at })
  const { status, headers } = await refresh(emulator, REFRESH_TOKEN)
  expect([status, headers.has('cache-control')]).toEqual([504, false])
  expect(await isSpent(emulator)).toBe(spent)
})

test.each([301, 302, 303, 307, 308] as const)('a redirect with status %i', async status => {
  const emulator = await emulatorWithFault({
    kind: 'redirect',
    status,
    location: 'https://evil.example/token',
  })
  const answer = await refresh(emulator, REFRESH_TOKEN)
  expect([answer.status, answer.headers.get('location')]).toEqual([status, 'https://evil.example/token'])
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
    const answer = await refresh(emulator, REFRESH_TOKEN)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, value])
  }
})

test('a slow body comes in pieces, a pause before each', async () => {
  const emulator = await emulatorWithFault({ kind: 'slow-body', chunkBytes: 100, everyMs: 1000 })
  let isDone = false
  const answer = refresh(emulator, REFRESH_TOKEN).finally(() => (isDone = true))
  let pauses = 0
  for (; !isDone; pauses++) {
    await Promise.race([emulator.clock.sleeping(), answer])
    emulator.clock.advance(1000)
  }
  const { text, json } = await answer
  expect(json.account_username).toBe('rmp135')
  expect(emulator.clock.nowMs() - Date.UTC(2026, 0, 1)).toBeGreaterThanOrEqual(
    Math.ceil(text.length / 100) * 1000,
  )
  expect(pauses).toBeGreaterThanOrEqual(Math.ceil(text.length / 100))
})

test('an oversized body is good JSON of that many bytes', async () => {
  const emulator = await emulatorWithFault({ kind: 'oversized', bytes: 3_000_000 })
  const { text, json } = await refresh(emulator, REFRESH_TOKEN)
  expect([text.length, json.account_username]).toEqual([3_000_000, 'rmp135'])
})

test('a gzip bomb is small on the wire and becomes that many bytes', async () => {
  const emulator = await emulatorWithFault({ kind: 'gzip-bomb', bytes: 8_000_000 })
  const { headers, body } = await rawRefresh(emulator)
  expect(headers['content-encoding']).toBe('gzip')
  expect(body.length).toBeLessThan(20_000)
  const text = gunzipSync(body).toString()
  expect([text.length, JSON.parse(text).account_username]).toEqual([8_000_000, 'rmp135'])
})

test('duplicate keys: every member twice, the true one last', async () => {
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

test('faults that rewrite JSON leave pages alone', async () => {
  const emulator = await emulatorWithFault({ kind: 'proto-keys', endpoint: 'pin' })
  const answer = await request(`${emulator.url}/oauth2/pin?pin=4118974`)
  expect(answer.text).toMatch(/^<!doctype html>/)
})

test.each([3_600_000, -3_600_000])('a Date header that is %i ms off', async ms => {
  const emulator = await emulatorWithFault({ kind: 'date-skew', ms })
  const { headers } = await refresh(emulator, REFRESH_TOKEN)
  expect(Date.parse(headers.get('date')!)).toBe(emulator.clock.nowMs() + ms)
})

test('several faults strike the same request, the first one outermost', async () => {
  const emulator = await emulatorWithFault({ kind: 'delay', ms: 1000 })
  emulator.faults.add({ kind: 'date-skew', ms: 60_000 })
  emulator.faults.add({ kind: 'answer', answer: 'data-false' })
  const answer = refresh(emulator, REFRESH_TOKEN)
  await emulator.clock.sleeping()
  emulator.clock.advance(1000)
  const { status, headers, json } = await answer
  expect([status, json.data]).toEqual([400, false])
  expect(headers.get('date')).toBe('Thu, 01 Jan 2026 00:01:01 GMT')
  expect(emulator.ledger[0]!.faults).toEqual(['delay', 'date-skew', 'answer'])
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
  ['fault.answer must be one of over-capacity-500,', { kind: 'answer', answer: 'none' }],
  ['fault.location must be a string of visible ASCII', { kind: 'redirect', location: 'a\r\nX: y' }],
])('a wrong fault is a TypeError: %s', async (message, fault) => {
  const { faults } = await emulatorWith()
  expect(() => faults.add(fault as Fault)).toThrow(TypeError)
  expect(() => faults.add(fault as Fault)).toThrow(message)
  expect(faults.armed).toEqual([])
})
