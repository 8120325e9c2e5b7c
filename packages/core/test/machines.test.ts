import { expect, test } from '@jest/globals'
import {
  authorizationCode,
  type AwaitingUser,
  type AwaitingPin,
  type AwaitingRedirect,
  type AwaitingToken,
  clientCredentialsGrant,
  deviceAuthorizationGrant,
  implicit,
  type Machine,
  pin,
  refreshToken,
  type Tagged,
  TRANSITIONS,
  type Transitions,
} from '../src/flows/index.ts'
import { FlowStateError, imgur } from '../src/index.ts'
import { answer, answeredEvent, credentials, IMGUR_ANSWER, NOW, OLD_REFRESH_TOKEN, STATE } from './support.ts'

const provider = imgur()
const code = authorizationCode(provider)
const pinned = pin(provider)
const token = implicit(provider)
const refresh = refreshToken(provider)
const own = clientCredentialsGrant(provider)
const device = deviceAuthorizationGrant({
  ...provider,
  deviceAuthorizationEndpoint: 'https://as.example/device',
})

const request = { client_id: credentials.client_id, state: STATE, redirect_uri: 'http://127.0.0.1:8080/' }
const inputs = [
  '',
  '4118974',
  `https://imgur.com/?state=${STATE}&code=c0de`,
  `https://imgur.com/?state=${STATE}&pin=4118974`,
  `https://imgur.com/?state=${STATE}#access_token=a&token_type=bearer&expires_in=3600`,
  'https://imgur.com/?state=another&code=c0de',
  'https://imgur.com/?code=c0de',
  `https://imgur.com/?state=${STATE}&error=access_denied`,
  `https://imgur.com/?state=${STATE}&error=server_error`,
  `https://imgur.com/?state=${STATE}&code=1&code=2`,
]
const returned = inputs.map(input => ({ type: 'returned', input, credentials, nowMs: NOW }))
const answered = [
  answer(200, IMGUR_ANSWER),
  answer(200, '<html>'),
  answer(400, { data: { error: 'Invalid refresh token' }, success: false, status: 400 }),
  answer(400, { data: { error: 'The client credentials are invalid' }, success: false, status: 400 }),
  answer(429, '', { 'retry-after': '7' }),
  answer(503, ''),
  { ...answer(200, IMGUR_ANSWER), truncated: true as const },
  answer(200, {
    device_code: 'd1',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://as.example/device',
    expires_in: 1800,
  }),
  answer(400, { error: 'authorization_pending' }),
  answer(400, { error: 'slow_down' }),
  answer(400, { error: 'access_denied' }),
  answer(400, { error: 'expired_token' }),
].flatMap(response =>
  // The same words may mean something else to a device.
  ['', 'device_code'].map(grant => ({
    type: 'answered',
    request: {
      method: 'POST',
      url: provider.tokenEndpoint,
      headers: {},
      context: { to: 'token', grant },
      secrets: [],
    },
    response,
    nowMs: NOW,
  })),
)
const unanswered = [
  { type: 'unanswered', sent: 'no', message: 'refused', cause: { code: 'ECONNREFUSED' }, nowMs: NOW },
  { type: 'unanswered', sent: 'unknown', message: 'reset', nowMs: NOW },
  { type: 'unanswered', sent: 'no', code: 'misconfigured', message: 'not signed', nowMs: NOW },
  { type: 'unanswered', sent: 'unknown', reused: true, message: 'closed', nowMs: NOW },
]
const woke = [NOW, NOW + 3_600_000].map(nowMs => ({ type: 'woke', nowMs, credentials }))
const events: readonly Tagged[] = [...returned, ...answered, ...unanswered, ...woke]

const waiting = {
  code: code.start(request).state as AwaitingRedirect,
  pin: pinned.start(request).state as AwaitingPin,
  token: token.start(request).state as AwaitingToken,
}
const awaitingUser: AwaitingUser = {
  type: 'awaitingUser',
  v: 1,
  provider: 'imgur',
  client_id: credentials.client_id,
  device_code: 'd1',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://as.example/device',
  expires_at: NOW + 1_800_000,
  intervalMs: 5_000,
  wakeAtMs: NOW + 5_000,
}
const failure = { code: 'transient', message: 'imgur says: try again (HTTP 503)', status: 503 } as const
const come = (input: string) => ({ type: 'returned', input, credentials }) as const
const tokens = { access_token: 'a', token_type: 'bearer' }
const authorized = { type: 'authorized', tokens }
const denied = { type: 'denied', failure: { code: 'access_denied', message: 'imgur says: access_denied' } }

/** A machine, and typical examples of each of its states. */
interface Walked {
  readonly machine: Machine<Tagged, Tagged, unknown, never>
  readonly states: readonly (Tagged & { readonly failure?: unknown; readonly tokens?: unknown })[]
}

const WALKED: readonly Walked[] = [
  {
    machine: code,
    states: [
      waiting.code,
      { ...waiting.code, failure },
      code.step(waiting.code, come('c0de')).state,
      authorized,
      denied,
    ],
  },
  {
    machine: pinned,
    states: [
      waiting.pin,
      { ...waiting.pin, failure },
      pinned.step(waiting.pin, come('4118974')).state,
      authorized,
      denied,
    ],
  },
  { machine: token, states: [waiting.token, { ...waiting.token, failure }, authorized, denied] },
  {
    machine: refresh,
    states: [
      refresh.start({ refresh_token: OLD_REFRESH_TOKEN, credentials }).state,
      { type: 'refreshed', tokens },
      { type: 'failed', failure },
    ],
  },
  {
    machine: own,
    states: [own.start({ credentials, scope: 'read' }).state, authorized, { type: 'failed', failure }],
  },
  {
    machine: device,
    states: [
      device.start({ credentials }).state,
      awaitingUser,
      device.step(awaitingUser, { type: 'woke', nowMs: NOW, credentials }).state,
      authorized,
      denied,
      { type: 'failed', failure },
    ],
  },
]

/** Returns the table of a machine. */
const tableOf = ({ name }: { readonly name: string }): Transitions<Tagged, Tagged> =>
  TRANSITIONS[name as keyof typeof TRANSITIONS]

const byName = WALKED.map(walked => [walked.machine.name, walked] as const)

test.each(byName)('%s: every (state, event) pair of the table leads to the listed states', (_, walked) => {
  const { machine, states } = walked
  expect(unique(states)).toEqual(Object.keys(tableOf(machine)))

  for (const [from, row] of entries(tableOf(machine))) {
    for (const [on, targets] of entries(row)) {
      const reached = pairs(walked, from, on).map(([state, event]) => {
        const step = machine.step(frozen(state), frozen(event))
        expect(step.effects.length).toBeLessThanOrEqual(1)
        expect(json(step)).toEqual(step)
        expect(machine.step(json(state), json(event))).toEqual(step)
        return step.state
      })
      // The machine reaches each listed state, and no other.
      expect(unique(reached).sort()).toEqual([...targets].sort())
    }
  }
})

test.each(byName)('%s: every other pair throws FlowStateError and changes nothing', (_, walked) => {
  const { machine } = walked
  let rejected = 0
  for (const from of unique(walked.states))
    for (const on of unique(events)) {
      if (tableOf(machine)[from]?.[on]) continue
      for (const [state, event] of pairs(walked, from, on)) {
        const before = json(state)
        expect(() => machine.step(frozen(state), frozen(event))).toThrow(FlowStateError)
        expect(state).toEqual(before)
        rejected++
      }
    }
  expect(rejected).toBeGreaterThan(0)
})

test.each(byName)('%s: a type with the name of an inherited member is rejected', (_, walked) => {
  const { machine, states } = walked
  const weird = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '', 'undefined', '0']
  const odd = weird.map(type => ({ type }))
  for (const state of [...states, ...odd])
    for (const event of odd) expect(() => machine.step(state, event)).toThrow(FlowStateError)
  for (const state of odd)
    for (const event of events) expect(() => machine.step(state, event)).toThrow(FlowStateError)
})

test.each(byName)('%s: FlowStateError names the machine, the state and the event', (name, { machine }) => {
  const [state] = Object.keys(tableOf(machine))
  expect(() => machine.step({ type: state as string }, { type: 'cancelled' })).toThrow(
    `${name}: 'cancelled' is not possible while '${state}'`,
  )
})

test('the first step has no effect in a flow that needs the user, and sends one request in a refresh', () => {
  expect(code.start(request).effects).toEqual([])
  expect(pinned.start(request).effects).toEqual([])
  expect(token.start(request).effects).toEqual([])
  expect(refresh.start({ refresh_token: OLD_REFRESH_TOKEN, credentials }).effects).toEqual([
    {
      type: 'send',
      request: {
        url: 'https://api.imgur.com/oauth2/token',
        parameters: { grant_type: 'refresh_token', refresh_token: OLD_REFRESH_TOKEN },
        context: { to: 'token', grant: 'refresh_token' },
        credentials,
      },
    },
  ])
})

test('a state with a request in flight is marked as not resumable', () => {
  for (const state of [
    code.step(waiting.code, come('c0de')).state,
    pinned.step(waiting.pin, come('4118974')).state,
    refresh.start({ refresh_token: OLD_REFRESH_TOKEN, credentials }).state,
    own.start({ credentials }).state,
    device.start({ credentials }).state,
    device.step(awaitingUser, { type: 'woke', nowMs: NOW, credentials }).state,
  ])
    expect(state).toMatchObject({ resumable: false })
})

test('a failed exchange returns to the same waiting state, and the next attempt removes its failure', () => {
  const inFlight = code.step(waiting.code, come('wr0ng')).state
  const back = code.step(inFlight, { type: 'unanswered', sent: 'no', message: 'refused', nowMs: NOW }).state
  expect(back).toEqual({ ...waiting.code, failure: { code: 'transient', message: 'refused' } })
  const next = code.step(back, come('right')).state
  const again = code.step(next, answeredEvent(next, answer(200, IMGUR_ANSWER))).state
  expect(again).not.toHaveProperty('failure')
  expect(again.type).toBe('authorized')
})

function pairs({ states }: Walked, from: string, on: string): (readonly [Tagged, Tagged])[] {
  const chosen = events.filter(event => event.type === on)
  return states.filter(state => state.type === from).flatMap(state => chosen.map(e => [state, e] as const))
}

function unique(tagged: readonly Tagged[]): string[] {
  return [...new Set(tagged.map(({ type }) => type))]
}

function entries<T>(row: { readonly [name: string]: T | undefined }): [string, T][] {
  return Object.entries(row).filter((entry): entry is [string, T] => entry[1] !== undefined)
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(frozen)
  }
  return value
}
