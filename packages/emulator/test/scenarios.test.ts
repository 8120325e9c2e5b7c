import { expect, test } from '@jest/globals'
import type { Emulator, ScenarioName } from '../src/index.ts'
import { SCENARIOS } from '../src/index.ts'
import type { Answer } from './support.ts'
import { REFRESH_TOKEN, emulatorWith, isAlive, rawRefresh, refresh, signIn } from './support.ts'

const BAD = 'Invalid refresh token'
const TOKEN = expect.stringMatching(/^[0-9a-f]{40}$/)

const old = (emulator: Emulator) => refresh(emulator, REFRESH_TOKEN)

/** Sends so many refreshes with one refresh token at the same time, and lets them go when all are held back. */
async function atTheSameTime(emulator: Emulator, count: number): Promise<Answer[]> {
  const answers = Array.from({ length: count }, () => old(emulator))
  await emulator.clock.sleeping(count)
  emulator.clock.advance(500)
  return Promise.all(answers)
}

/** What a client meets that does not what the scenario asks of it, or what one meets that does. */
const MEETS: Record<ScenarioName, (emulator: Emulator) => Promise<void>> = {
  async 'no-rotation'(emulator) {
    const { json } = await old(emulator)
    expect(json).not.toHaveProperty('refresh_token')
    expect((await old(emulator)).status).toBe(200)
  },
  async rotation(emulator) {
    const { json } = await old(emulator)
    expect((await old(emulator)).json.data.error).toBe(BAD)
    expect((await refresh(emulator, json.refresh_token)).status).toBe(200)
  },
  async 'concurrent-refresh'(emulator) {
    const answers = await atTheSameTime(emulator, 3)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
    const winner = answers.find(({ status }) => status === 200)!.json
    expect(await isAlive(emulator, winner.access_token)).toBe(false)
  },
  async 'two-processes'(emulator) {
    const answers = await atTheSameTime(emulator, 2)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const winner = answers.find(({ status }) => status === 200)!.json
    expect(await isAlive(emulator, winner.access_token)).toBe(true)
  },
  async 'reuse-revokes'(emulator) {
    const { json } = await old(emulator)
    await old(emulator)
    expect((await refresh(emulator, json.refresh_token)).json.data.error).toBe(BAD)
  },
  async 'long-expiry'(emulator) {
    expect((await old(emulator)).json.expires_in * 1000).toBeGreaterThan(2 ** 31)
  },
  async outage(emulator) {
    for (const answer of [await old(emulator), await old(emulator)]) {
      expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, false])
    }
    expect(emulator.ledger.map(({ outcome }) => outcome)).toEqual(['none', 'none'])
  },
  async 'rejected-early'(emulator) {
    const { access_token, expires_in, refresh_token } = await signIn(emulator)
    expect(expires_in).toBe(315_360_000)
    emulator.clock.advance(10_000)
    expect(await isAlive(emulator, access_token!)).toBe(false)
    expect(emulator.ledger.at(-1)).toMatchObject({ endpoint: 'account', status: 401 })
    const refreshed = await refresh(emulator, refresh_token!)
    expect(await isAlive(emulator, refreshed.json.access_token)).toBe(true)
    expect((await refresh(emulator, refresh_token!)).status).toBe(400)
  },
  async 'lost-response'(emulator) {
    expect((await rawRefresh(emulator)).code).toBe('ECONNRESET')
    expect((await old(emulator)).json.data.error).toBe(BAD)
  },
  async 'lost-response-grace'(emulator) {
    expect((await rawRefresh(emulator)).code).toBe('ECONNRESET')
    const { json } = await old(emulator)
    expect(emulator.ledger[0]!.issued).toEqual(emulator.ledger[1]!.issued)
    expect((await refresh(emulator, json.refresh_token)).status).toBe(200)
  },
  async 'expires-in-string'(emulator) {
    expect((await old(emulator)).json.expires_in).toBe('315360000')
  },
  async 'expires-in-absent'(emulator) {
    expect((await old(emulator)).json).not.toHaveProperty('expires_in')
  },
  async 'expires-in-null'(emulator) {
    expect((await old(emulator)).json.expires_in).toBeNull()
  },
  async 'token-type-absent'(emulator) {
    expect((await old(emulator)).json).not.toHaveProperty('token_type')
  },
  async 'token-type-token'(emulator) {
    expect((await old(emulator)).json.token_type).toBe('token')
  },
  async 'status-201'(emulator) {
    expect(await old(emulator)).toMatchObject({ status: 201, json: { access_token: TOKEN } })
  },
  async 'text-plain'(emulator) {
    const { headers, text } = await old(emulator)
    expect(headers.get('content-type')).toBe('text/plain')
    expect(JSON.parse(text)).toMatchObject({ access_token: TOKEN })
  },
  async 'text-html'(emulator) {
    const { headers, text } = await old(emulator)
    expect(headers.get('content-type')).toMatch(/^text\/html/)
    expect(JSON.parse(text)).toMatchObject({ access_token: TOKEN })
  },
  async 'form-encoded'(emulator) {
    expect(new URLSearchParams((await old(emulator)).text).get('access_token')).toEqual(TOKEN)
  },
  async 'scope-array'(emulator) {
    expect((await old(emulator)).json.scope).toEqual(['read', 'write'])
  },
  async 'scope-null'(emulator) {
    expect((await old(emulator)).json.scope).toBeNull()
  },
  async 'refresh-token-null'(emulator) {
    expect((await old(emulator)).json.refresh_token).toBeNull()
    expect((await old(emulator)).status).toBe(200)
  },
  async 'error-in-200'(emulator) {
    expect(await old(emulator)).toMatchObject({ status: 200, json: { error: 'bad_refresh_token' } })
  },
  async 'error-in-object'(emulator) {
    expect(await old(emulator)).toMatchObject({ status: 400, json: { error: { type: 'OAuthException' } } })
  },
  async 'imgur-error'(emulator) {
    expect(await old(emulator)).toMatchObject({ status: 403, json: { success: false } })
  },
  async 'html-502'(emulator) {
    const { status, text } = await old(emulator)
    expect([status, text]).toEqual([502, expect.stringContaining('<h1>')])
  },
  async 'rate-limited'(emulator) {
    const { status, headers } = await old(emulator)
    expect([status, headers.get('retry-after')]).toEqual([429, '30'])
  },
}

test.each(Object.keys(SCENARIOS) as ScenarioName[])('scenario %s', async scenario => {
  await MEETS[scenario](await emulatorWith({ scenario }))
})

test('a switch given beside a scenario wins over its own', async () => {
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
