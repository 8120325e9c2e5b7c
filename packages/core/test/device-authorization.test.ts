// The machine of RFC 8628: when it sends a request, and the state after each response.
import { describe, expect, test } from '@jest/globals'
import { google, twitch } from '../../providers/src/index.ts'
import { type AwaitingUser, deviceAuthorizationGrant, type DeviceState } from '../src/flows/index.ts'
import type { Provider } from '../src/index.ts'
import type { HttpResponse } from '../src/ports/index.ts'
import { answer, answeredEvent, credentials, failureIn, NOW, strict, tokensIn } from './support.ts'

const provider: Provider = { ...strict, deviceAuthorizationEndpoint: 'https://as.example/device' }
const CODES = {
  device_code: 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://as.example/device',
  verification_uri_complete: 'https://as.example/device?user_code=WDJB-MJHT',
  expires_in: 1800,
  interval: 7,
}
const TOKENS = { access_token: 'a1', token_type: 'bearer' }

/** Returns the state of the machine after this response to its first request. */
function begun(response: HttpResponse, of = provider): DeviceState {
  const machine = deviceAuthorizationGrant(of)
  const { state } = machine.start({ credentials, scope: 'read' })
  return machine.step(state, answeredEvent(state, response, of)).state
}

/** Returns the step after a request at `nowMs` and this response (undefined: none). */
function polled(
  response: HttpResponse | undefined,
  waiting = begun(answer(200, CODES)),
  nowMs = NOW + 7_000,
  of = provider,
) {
  const machine = deviceAuthorizationGrant(of)
  const { state } = machine.step(waiting, { type: 'woke', nowMs, credentials })
  return response
    ? machine.step(state, answeredEvent(state, response, of, nowMs))
    : machine.step(state, { type: 'unanswered', sent: 'unknown', message: 'reset', nowMs })
}

describe('RFC 8628 section 3.1: the codes', () => {
  test('are requested with the client and the scope, in one request', () => {
    const { state, effects } = deviceAuthorizationGrant(provider).start({ credentials, scope: 'read' })
    expect(state.type).toBe('requestingCodes')
    expect(effects).toEqual([
      {
        type: 'send',
        request: expect.objectContaining({
          url: 'https://as.example/device',
          parameters: { client_id: credentials.client_id, scope: 'read' },
          credentials,
        }),
      },
    ])
  })

  test("section 3.2: have the server's interval and expiry", () => {
    const machine = deviceAuthorizationGrant(provider)
    const { state } = machine.start({ credentials })
    expect(machine.step(state, answeredEvent(state, answer(200, CODES), provider))).toEqual({
      state: {
        type: 'awaitingUser',
        v: 1,
        provider: 'strict',
        client_id: credentials.client_id,
        device_code: CODES.device_code,
        user_code: CODES.user_code,
        verification_uri: CODES.verification_uri,
        verification_uri_complete: CODES.verification_uri_complete,
        expires_at: NOW + 1_800_000,
        intervalMs: 7_000,
        wakeAtMs: NOW + 7_000,
      },
      effects: [{ type: 'wait', untilMs: NOW + 7_000 }],
    })
  })

  test.each([
    ['absent', undefined, 5_000],
    ['null', null, 5_000],
    ['zero', 0, 5_000],
    ['text', '9', 9_000],
    ['nonsense', 'soon', 5_000],
    ['negative', -3, 5_000],
  ])('section 3.2: an interval that is %s', (_, interval, intervalMs) => {
    expect(begun(answer(200, { ...CODES, interval }))).toMatchObject({
      intervalMs,
      wakeAtMs: NOW + intervalMs,
    })
  })

  test('expire after half an hour if the server does not send expires_in', () => {
    expect(begun(answer(200, { ...CODES, expires_in: undefined }))).toMatchObject({
      expires_at: NOW + 1_800_000,
    })
  })

  test.each([
    [{ device_code: undefined }, 'no usable device_code'],
    [{ device_code: 'a\r\nb' }, 'no usable device_code'],
    [{ user_code: 1 }, 'no usable user_code'],
    [{ user_code: '\u001b[2J' }, 'no usable user_code'],
    [{ user_code: 'x'.repeat(101) }, 'no usable user_code'],
    [{ verification_uri: undefined }, 'no usable verification_uri'],
    [{ verification_uri: 'javascript:alert(1)' }, 'no usable verification_uri'],
    [{ verification_uri: 'http://as.example/device' }, 'no usable verification_uri'],
    [{ verification_uri: 'http://localhost.evil.example/' }, 'no usable verification_uri'],
    [{ verification_uri: 'https://as.example/\u001b[31m' }, 'no usable verification_uri'],
  ])('are rejected if they are not safe to show: %j', (wrong, problem) => {
    expect(failureIn(begun(answer(200, { ...CODES, ...wrong })))).toMatchObject({
      code: 'indeterminate',
      message: `strict sent ${problem} (HTTP 200)`,
    })
  })

  test('a complete address that cannot be shown is left out', () => {
    const state = begun(answer(200, { ...CODES, verification_uri_complete: 'javascript:1' }))
    expect(state).not.toHaveProperty('verification_uri_complete')
  })

  test.each([
    [
      answer(401, { error: 'invalid_client' }),
      'misconfigured',
      'strict says: invalid_client (HTTP 401): the client_secret was sent in the body',
    ],
    [
      answer(400, { error: 'unauthorized_client' }),
      'misconfigured',
      'strict says: unauthorized_client (HTTP 400)',
    ],
    [answer(200, '<html>'), 'indeterminate', 'strict sent text/html without a reason (HTTP 200)'],
    [answer(503, ''), 'transient', 'strict sent an empty response (HTTP 503)'],
  ])('the server has none: %#', (response, code, message) => {
    expect(begun(response)).toMatchObject({ type: 'failed', failure: { code, message } })
  })
})

describe('RFC 8628 section 3.4: the token request', () => {
  test('names the device code and the client', () => {
    const machine = deviceAuthorizationGrant(provider)
    const { effects } = machine.step(begun(answer(200, CODES)), {
      type: 'woke',
      nowMs: NOW + 7_000,
      credentials,
    })
    const [effect] = effects
    expect(effect).toMatchObject({
      request: {
        url: provider.tokenEndpoint,
        parameters: {
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: CODES.device_code,
        },
        credentials,
      },
    })
  })

  test('is not sent after the codes have expired', () => {
    const machine = deviceAuthorizationGrant(provider)
    const step = machine.step(begun(answer(200, CODES)), {
      type: 'woke',
      nowMs: NOW + 1_800_000,
      credentials,
    })
    expect(step).toEqual({
      state: {
        type: 'failed',
        failure: { code: 'invalid_grant', message: 'the device code has expired: start again' },
      },
      effects: [],
    })
  })
})

describe('RFC 8628 section 3.5: the response', () => {
  const pending = answer(400, { error: 'authorization_pending' })
  const slowDown = answer(400, { error: 'slow_down' })

  test('tokens end the flow', () => {
    const { state, effects } = polled(answer(200, TOKENS))
    expect(tokensIn(state)).toEqual(TOKENS)
    expect(effects).toEqual([])
  })

  test('authorization_pending waits for the same interval again', () => {
    const { state, effects } = polled(pending)
    expect(state).toMatchObject({ type: 'awaitingUser', intervalMs: 7_000, wakeAtMs: NOW + 14_000 })
    expect(effects).toEqual([{ type: 'wait', untilMs: NOW + 14_000 }])
  })

  test('slow_down adds 5 s to the interval permanently', () => {
    const once = polled(slowDown).state as AwaitingUser
    expect(once).toMatchObject({ intervalMs: 12_000, wakeAtMs: NOW + 7_000 + 12_000 })
    const still = polled(pending, once, NOW + 19_000).state as AwaitingUser
    expect(still).toMatchObject({ intervalMs: 12_000, wakeAtMs: NOW + 19_000 + 12_000 })
    expect(polled(slowDown, still, NOW + 31_000).state).toMatchObject({ intervalMs: 17_000 })
  })

  test('no response, or one that is not about the grant, doubles the interval up to a minute', () => {
    for (const response of [
      undefined,
      answer(502, '<html>'),
      answer(200, '<html>'),
      answer(400, ''),
      answer(403, '<html>'),
    ]) {
      let state = polled(response).state as AwaitingUser
      expect(state).toMatchObject({ type: 'awaitingUser', intervalMs: 14_000 })
      const intervals: number[] = []
      for (let i = 0; i < 4; i++) {
        state = polled(response, state, state.wakeAtMs).state as AwaitingUser
        intervals.push(state.intervalMs)
      }
      expect(intervals).toEqual([28_000, 56_000, 60_000, 60_000])
    }
  })

  test('slow_down may name a longer interval than 5 s more', () => {
    const named = (interval: unknown) => polled(answer(400, { error: 'slow_down', interval })).state
    expect(named(30)).toMatchObject({ intervalMs: 30_000, wakeAtMs: NOW + 7_000 + 30_000 })
    expect(named('30')).toMatchObject({ intervalMs: 30_000 })
    expect(named(3)).toMatchObject({ intervalMs: 12_000 })
    expect(named('soon')).toMatchObject({ intervalMs: 12_000 })
  })

  test('Retry-After beside authorization_pending and slow_down is honoured once', () => {
    for (const [error, intervalMs] of [
      ['authorization_pending', 7_000],
      ['slow_down', 12_000],
    ] as const) {
      const { state } = polled(answer(400, { error }, { 'retry-after': '90' }))
      expect(state).toMatchObject({ intervalMs, wakeAtMs: NOW + 7_000 + 90_000 })
    }
    expect(polled(answer(400, { error: 'slow_down' }, { 'retry-after': '1' })).state).toMatchObject({
      wakeAtMs: NOW + 7_000 + 12_000,
    })
  })

  test('pending and slow_down are found in an envelope of the server', () => {
    const enveloped = (word: string) => polled(answer(400, { error: { code: 400, message: word } })).state
    expect(enveloped('authorization_pending')).toMatchObject({ intervalMs: 7_000 })
    expect(enveloped('slow_down')).toMatchObject({ intervalMs: 12_000 })
  })

  test('an address that is not the token endpoint ends the flow', () => {
    expect(polled(answer(404, '')).state).toMatchObject({
      type: 'failed',
      failure: { code: 'misconfigured' },
    })
  })

  test("the server's own interval of more than a minute stays", () => {
    const slow = begun(answer(200, { ...CODES, interval: 90 }))
    expect(polled(undefined, slow, NOW + 90_000).state).toMatchObject({ intervalMs: 90_000 })
  })

  test('after 429 and 503 the machine waits for Retry-After', () => {
    for (const status of [429, 503])
      expect(polled(answer(status, '', { 'retry-after': '120' })).state).toMatchObject({
        wakeAtMs: NOW + 7_000 + 120_000,
      })
  })

  test.each([
    ['access_denied', 'denied', 'access_denied'],
    ['expired_token', 'failed', 'invalid_grant'],
    ['invalid_grant', 'failed', 'invalid_grant'],
    ['invalid_client', 'failed', 'misconfigured'],
    ['unsupported_grant_type', 'failed', 'misconfigured'],
    ['login_required', 'failed', 'interaction_required'],
    ['not_known', 'failed', 'unrecognized'],
  ])('%s is final', (error, type, code) => {
    const help = error === 'invalid_client' ? ': the client_secret was sent in the body' : ''
    expect(polled(answer(400, { error }))).toEqual({
      state: {
        type,
        failure: expect.objectContaining({ code, message: `strict says: ${error} (HTTP 400)${help}` }),
      },
      effects: [],
    })
  })

  test('no failure repeats the device code', () => {
    const { state } = polled(
      answer(400, { error: 'invalid_grant', error_description: `not ${CODES.device_code}` }),
    )
    expect(JSON.stringify(failureIn(state))).not.toContain(CODES.device_code)
  })
})

describe('servers with their own names and errors', () => {
  test('Google: verification_url, and authorization_pending with HTTP 428', () => {
    const { verification_uri, ...others } = CODES
    const state = begun(answer(200, { ...others, verification_url: verification_uri }), google())
    expect(state).toMatchObject({ type: 'awaitingUser', verification_uri })
    const pending = answer(428, {
      error: 'authorization_pending',
      error_description: 'Precondition Required',
    })
    expect(polled(pending, state, NOW + 7_000, google()).state).toMatchObject({ intervalMs: 7_000 })
  })

  test('Twitch: authorization_pending is in message', () => {
    const state = begun(answer(200, CODES), twitch())
    const pending = answer(400, { status: 400, message: 'authorization_pending' })
    expect(polled(pending, state, NOW + 7_000, twitch()).state).toMatchObject({ intervalMs: 7_000 })
    const invalid = answer(400, { status: 400, message: 'invalid device code' })
    expect(polled(invalid, state, NOW + 7_000, twitch()).state).toMatchObject({
      type: 'failed',
      failure: { code: 'invalid_grant' },
    })
  })
})
