import { expect, test } from '@jest/globals'
import type { Emulator, ScenarioName } from '../src/index.ts'
import { SCENARIOS } from '../src/index.ts'
import type { TestResponse } from './support.ts'
import { REFRESH_TOKEN, emulatorWith, isAccepted, rawRefresh, refresh, signIn } from './support.ts'

const BAD = 'Invalid refresh token'
const TOKEN = expect.stringMatching(/^[0-9a-f]{40}$/)

const refreshOld = (emulator: Emulator) => refresh(emulator, REFRESH_TOKEN)

/** Sends `count` concurrent refreshes with one refresh token, and releases them when all are delayed. */
async function refreshConcurrently(emulator: Emulator, count: number): Promise<TestResponse[]> {
  const responses = Array.from({ length: count }, () => refreshOld(emulator))
  await emulator.clock.sleeping(count)
  emulator.clock.advance(500)
  return Promise.all(responses)
}

/** What a client observes in each scenario. */
const OBSERVATIONS: Record<ScenarioName, (emulator: Emulator) => Promise<void>> = {
  async 'no-rotation'(emulator) {
    const { json } = await refreshOld(emulator)
    expect(json).not.toHaveProperty('refresh_token')
    expect((await refreshOld(emulator)).status).toBe(200)
  },
  async rotation(emulator) {
    const { json } = await refreshOld(emulator)
    expect((await refreshOld(emulator)).json.data.error).toBe(BAD)
    expect((await refresh(emulator, json.refresh_token)).status).toBe(200)
  },
  async 'concurrent-refresh'(emulator) {
    const responses = await refreshConcurrently(emulator, 3)
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400, 400])
    const winner = responses.find(({ status }) => status === 200)!.json
    expect(await isAccepted(emulator, winner.access_token)).toBe(false)
  },
  async 'two-processes'(emulator) {
    const responses = await refreshConcurrently(emulator, 2)
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400])
    const winner = responses.find(({ status }) => status === 200)!.json
    expect(await isAccepted(emulator, winner.access_token)).toBe(true)
  },
  async 'reuse-revokes'(emulator) {
    const { json } = await refreshOld(emulator)
    await refreshOld(emulator)
    expect((await refresh(emulator, json.refresh_token)).json.data.error).toBe(BAD)
  },
  async 'long-expiry'(emulator) {
    expect((await refreshOld(emulator)).json.expires_in * 1000).toBeGreaterThan(2 ** 31)
  },
  async outage(emulator) {
    for (const response of [await refreshOld(emulator), await refreshOld(emulator)]) {
      expect([response.status, response.headers.has('retry-after')]).toEqual([503, false])
    }
    expect(emulator.ledger.map(({ outcome }) => outcome)).toEqual(['none', 'none'])
  },
  async 'rejected-early'(emulator) {
    const { access_token, expires_in, refresh_token } = await signIn(emulator)
    expect(expires_in).toBe(315_360_000)
    emulator.clock.advance(10_000)
    expect(await isAccepted(emulator, access_token!)).toBe(false)
    expect(emulator.ledger.at(-1)).toMatchObject({ endpoint: 'account', status: 401 })
    const refreshed = await refresh(emulator, refresh_token!)
    expect(await isAccepted(emulator, refreshed.json.access_token)).toBe(true)
    expect((await refresh(emulator, refresh_token!)).status).toBe(400)
  },
  async 'lost-response'(emulator) {
    expect((await rawRefresh(emulator)).code).toBe('ECONNRESET')
    expect((await refreshOld(emulator)).json.data.error).toBe(BAD)
  },
  async 'lost-response-grace'(emulator) {
    expect((await rawRefresh(emulator)).code).toBe('ECONNRESET')
    const { json } = await refreshOld(emulator)
    expect(emulator.ledger[0]!.issued).toEqual(emulator.ledger[1]!.issued)
    expect((await refresh(emulator, json.refresh_token)).status).toBe(200)
  },
  async 'expires-in-string'(emulator) {
    expect((await refreshOld(emulator)).json.expires_in).toBe('315360000')
  },
  async 'expires-in-absent'(emulator) {
    expect((await refreshOld(emulator)).json).not.toHaveProperty('expires_in')
  },
  async 'expires-in-null'(emulator) {
    expect((await refreshOld(emulator)).json.expires_in).toBeNull()
  },
  async 'token-type-absent'(emulator) {
    expect((await refreshOld(emulator)).json).not.toHaveProperty('token_type')
  },
  async 'token-type-token'(emulator) {
    expect((await refreshOld(emulator)).json.token_type).toBe('token')
  },
  async 'status-201'(emulator) {
    expect(await refreshOld(emulator)).toMatchObject({ status: 201, json: { access_token: TOKEN } })
  },
  async 'text-plain'(emulator) {
    const { headers, text } = await refreshOld(emulator)
    expect(headers.get('content-type')).toBe('text/plain')
    expect(JSON.parse(text)).toMatchObject({ access_token: TOKEN })
  },
  async 'text-html'(emulator) {
    const { headers, text } = await refreshOld(emulator)
    expect(headers.get('content-type')).toMatch(/^text\/html/)
    expect(JSON.parse(text)).toMatchObject({ access_token: TOKEN })
  },
  async 'form-encoded'(emulator) {
    expect(new URLSearchParams((await refreshOld(emulator)).text).get('access_token')).toEqual(TOKEN)
  },
  async 'scope-array'(emulator) {
    expect((await refreshOld(emulator)).json.scope).toEqual(['read', 'write'])
  },
  async 'scope-null'(emulator) {
    expect((await refreshOld(emulator)).json.scope).toBeNull()
  },
  async 'refresh-token-null'(emulator) {
    expect((await refreshOld(emulator)).json.refresh_token).toBeNull()
    expect((await refreshOld(emulator)).status).toBe(200)
  },
  async 'error-in-200'(emulator) {
    expect(await refreshOld(emulator)).toMatchObject({ status: 200, json: { error: 'bad_refresh_token' } })
  },
  async 'error-in-object'(emulator) {
    expect(await refreshOld(emulator)).toMatchObject({
      status: 400,
      json: { error: { type: 'OAuthException' } },
    })
  },
  async 'imgur-error'(emulator) {
    expect(await refreshOld(emulator)).toMatchObject({ status: 403, json: { success: false } })
  },
  async 'html-502'(emulator) {
    const { status, text } = await refreshOld(emulator)
    expect([status, text]).toEqual([502, expect.stringContaining('<h1>')])
  },
  async 'rate-limited'(emulator) {
    const { status, headers } = await refreshOld(emulator)
    expect([status, headers.get('retry-after')]).toEqual([429, '30'])
  },
}

test.each(Object.keys(SCENARIOS) as ScenarioName[])('scenario %s', async scenario => {
  await OBSERVATIONS[scenario](await emulatorWith({ scenario }))
})

test('a switch in the options overrides the one of the scenario', async () => {
  const { switches } = await emulatorWith({ scenario: 'lost-response', rotation: 'grace-all' })
  expect(switches).toMatchObject({ rotation: 'grace-all', expiresIn: 10 })
})

test('one scenario replaces another', async () => {
  const emulator = await emulatorWith({ scenario: 'lost-response' })
  emulator.play('long-expiry')
  expect(emulator.faults.armed).toEqual([])
  expect(emulator.switches).toMatchObject({ rotation: 'rotate-keep-old', expiresIn: 5_184_000 })
  expect(() => emulator.play('unknown' as ScenarioName)).toThrow('scenario must be one of no-rotation, ')
})
