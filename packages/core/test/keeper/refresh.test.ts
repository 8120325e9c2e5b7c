import { expect, test } from '@jest/globals'
import { FlowStateError } from '../../src/errors.ts'
import type { KeeperMessage, KeeperState } from '../../src/keeper/states.ts'
import { AT, GRANTED, recordWith, type Said, storedWith, Walk } from './support.ts'

const unrecognized = { code: 'unrecognized', message: 'm' } as const
const transient = { code: 'transient', message: 'm' } as const
const storeFailed: Said = { type: 'storeFailed', failure: { code: 'store_unavailable', message: 'm' } }
const dead: Said = {
  type: 'failed',
  outcome: 'invalidGrant',
  failure: { code: 'invalid_grant', message: 'no' },
}
const ambiguous: Said = { type: 'failed', outcome: 'indeterminate', failure: { ...transient, status: 502 } }

/** A refresh whose refresh token is on its way, without locks. */
function sending(): Walk {
  const walk = new Walk()
  walk.say({ type: 'found', stored: storedWith() }).swap()
  expect(walk.state.type).toBe('sending')
  return walk
}

test('without locks: read, claim, send, commit, and the new tokens are in the store before anybody has them', () => {
  const walk = new Walk()
  expect(walk.effects).toEqual([{ type: 'read' }])
  walk.say({ type: 'found', stored: storedWith() })
  expect(walk.written.lease).toMatchObject({ id: 'flight', count: 1, owner: 'keeper', startedAtMs: AT.nowMs })
  walk.swap()
  expect(walk.effect).toEqual({ type: 'refresh', refresh_token: 'refresh-1', renewal: undefined })
  walk.say({ type: 'granted', tokens: GRANTED })
  expect(walk.written).toMatchObject({ generation: 2, tokens: GRANTED, status: 'live' })
  expect(walk.written).not.toHaveProperty('lease')
  walk.swap(3)
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens', refreshed: true } })
  expect(walk.events).toEqual(['refresh-started', 'refresh-succeeded'])
})

test('with locks and confirm: the lock comes first, the claim is confirmed before anything is sent, the end after the release', () => {
  const walk = new Walk({}, { capabilities: { lockScope: 'host', confirm: true } })
  const effects = [walk.effect?.type]
  const say = (message: Said): void => void effects.push(walk.say(message).effect?.type)
  say({ type: 'found', stored: storedWith() })
  say({ type: 'locked' })
  say({ type: 'found', stored: storedWith() })
  say({ type: 'swapped', version: 2 })
  say({ type: 'confirmed', durable: true })
  say({ type: 'granted', tokens: GRANTED })
  say({ type: 'swapped', version: 3 })
  say({ type: 'confirmed', durable: true })
  expect(walk.events).toEqual(['refresh-started'])
  say({ type: 'unlocked' })
  expect(effects).toEqual([
    'read',
    'lock',
    'read',
    'swap',
    'confirm',
    'refresh',
    'swap',
    'confirm',
    'unlock',
    undefined,
  ])
  expect(walk.events).toEqual(['refresh-started', 'refresh-succeeded'])
})

test('a claim that will not last is given up, with nothing sent, three times at most', () => {
  const walk = new Walk({}, { capabilities: { confirm: true } })
  for (let round = 1; round <= 3; round++) {
    walk.say({ type: 'found', stored: storedWith() }).swap().say({ type: 'confirmed', durable: false })
    expect(walk.written.lease).toMatchObject({ ttlMs: 0 })
    walk.swap()
    if (round < 3) walk.say({ type: 'woke' })
  }
  expect(walk.state).toMatchObject({
    type: 'done',
    result: { type: 'failed', failure: { code: 'transient' } },
  })
})

test('an ambiguous failure sends the same refresh token again at once, three times in all, then gives up the claim and says when it sent', () => {
  const walk = sending()
  for (const _ of [1, 2]) {
    walk.say(ambiguous)
    expect(walk.effect).toEqual({ type: 'wait', untilMs: AT.monotonicMs, orChanged: false })
    walk.say({ type: 'woke' })
    expect(walk.effect).toMatchObject({ type: 'refresh', refresh_token: 'refresh-1' })
  }
  walk.say(ambiguous)
  expect(walk.written.lease).toMatchObject({ ttlMs: 0, sentAtMs: AT.nowMs })
})

test('what did not leave the machine is sent again after a while', () => {
  const walk = sending().say({ type: 'failed', outcome: 'notSent', failure: transient })
  expect(walk.effect).toEqual({ type: 'wait', untilMs: AT.monotonicMs + 500, orChanged: false })
  expect(walk.say({ type: 'woke' }).effect?.type).toBe('refresh')
})

test('a throttled refresh leaves the refresh token alone, and the record has the instant of Retry-After', () => {
  const retryAtMs = AT.nowMs + 20_000
  const walk = sending().say({
    type: 'failed',
    outcome: 'throttled',
    failure: { ...transient, retryAtMs },
  })
  expect(walk.written).toMatchObject({
    status: 'live',
    refusals: { count: 0, attempts: 0, nextTryAtMs: retryAtMs },
    tokens: recordWith().tokens,
  })
  walk.swap()
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'failed', failure: { retryAtMs } } })
})

test.each([
  ['misconfigured', 0, 600_000],
  ['refused', 1, 60_000],
  ['unreadable', 0, 300_000],
] as const)(
  'a refresh that is %s leaves the refresh token alone, and the record has the instant of the next one',
  (outcome, count, pauseMs) => {
    const walk = sending().say({ type: 'failed', outcome, failure: { ...unrecognized } })
    const nextTryAtMs = AT.nowMs + pauseMs
    expect(walk.written).toMatchObject({
      status: 'live',
      refusals: { count, attempts: 1, firstAtMs: AT.nowMs, lastAtMs: AT.nowMs, nextTryAtMs },
      tokens: recordWith().tokens,
    })
    walk.swap()
    expect(walk.state).toMatchObject({ type: 'done', result: { type: 'failed', failure: unrecognized } })
  },
)

test('a refused refresh token: another one that is stored by then is adopted', () => {
  const newer = storedWith({ generation: 2, tokens: GRANTED, obtainedAtMs: AT.nowMs })
  const walk = sending().say(dead).say({ type: 'found', stored: newer })
  expect(walk.effects).toEqual([{ type: 'read' }])
  walk.say({ type: 'found', stored: newer })
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens', refreshed: false } })
  expect(walk.events).toEqual(['refresh-started', 'refresh-adopted'])
})

test('a refused refresh token: each alternate is tried once, newest first, then the person must sign in again, the token kept', () => {
  const spareRefreshTokens = ['c', 'b'].map(refresh_token => ({ refresh_token, obtainedAtMs: 0 }))
  const walk = new Walk()
  walk.say({ type: 'found', stored: storedWith({ spareRefreshTokens }) }).swap()
  for (const spare of ['c', 'b']) {
    const { leased } = walk.flight
    walk.say(dead).say({ type: 'found', stored: leased })
    expect(walk.effect).toMatchObject({ type: 'refresh', refresh_token: spare })
  }
  const { leased } = walk.flight
  walk.say(dead).say({ type: 'found', stored: leased })
  expect(walk.written).toMatchObject({ status: 'reauth', tokens: { refresh_token: 'refresh-1' } })
  expect(walk.written).not.toHaveProperty('lease')
  walk.swap()
  expect(walk.state).toMatchObject({
    result: { failure: { code: 'reauth_required', reauth: { attempts: 3, inDoubt: false } } },
  })
  expect(walk.events).toContain('signed-out')
})

test('a young refresh token that is refused is tried once more: the server may have many parts', () => {
  const young = storedWith({ obtainedAtMs: AT.nowMs - 59_000, tokens: { refresh_token: 'refresh-1' } })
  const walk = new Walk()
  walk.say({ type: 'found', stored: young }).swap()
  const { leased } = walk.flight
  walk.say(dead).say({ type: 'found', stored: leased })
  expect(walk.effect).toMatchObject({ type: 'wait', untilMs: AT.monotonicMs + 1_500 })
  expect(walk.say({ type: 'woke' }).effect?.type).toBe('refresh')
  walk.say(dead).say({ type: 'found', stored: leased })
  expect(walk.written.status).toBe('reauth')
})

test('an answer without a refresh token keeps the old one (RFC 6749 section 6)', () => {
  const walk = sending().say({ type: 'granted', tokens: { access_token: 'access-2' } })
  expect(walk.written.tokens).toEqual({ access_token: 'access-2', refresh_token: 'refresh-1' })
})

test("tokens of another account are not stored, and the account's own stay", () => {
  const tokens = { ...recordWith().tokens, account_id: '1' }
  const walk = new Walk()
  walk.say({ type: 'found', stored: storedWith({ tokens }) }).swap()
  walk.say({ type: 'granted', tokens: { ...GRANTED, account_id: '2' } })
  expect(walk.written.tokens).toEqual(tokens)
  walk.swap()
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'failed' } })
})

test('a store that does not take the new tokens is tried for 5 s; then they are handed out, kept, and stored by the next look', () => {
  const walk = sending().say({ type: 'granted', tokens: GRANTED })
  const fromEarlierFlight = { ...AT, monotonicMs: AT.monotonicMs + 5_000 }
  walk.say(storeFailed).say({ type: 'woke' }).say({ type: 'found', stored: storedWith() })
  walk.say({ ...storeFailed, ...fromEarlierFlight })
  expect(walk.events).toEqual(['refresh-started', 'persist-failed', 'refresh-succeeded'])
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens', record: { tokens: GRANTED } } })
  const { memory } = walk.state as Extract<KeeperState, { type: 'done' }>
  const next = new Walk({ readOnly: true }, { memory }).say({ type: 'found', stored: storedWith() })
  expect(next.state.type).toBe('committing')
  expect(next.written).toMatchObject({ generation: 2, tokens: GRANTED })
})

test('a salvaged refresh token is stored with the old access token, and where the answer broke off it is used once', () => {
  const salvaged = { refresh_tokens: ['refresh-2', 'other'], truncated: true }
  const failure = { code: 'indeterminate', message: 'm' } as const
  const walk = sending().say({ type: 'failed', outcome: 'indeterminate', failure, salvaged })
  const { written } = walk
  expect(written).toMatchObject({
    generation: 2,
    tokens: { access_token: 'access-1', refresh_token: 'refresh-2' },
    spareRefreshTokens: [{ refresh_token: 'other' }],
  })
  walk.swap(3).say({ type: 'found', stored: { record: written, version: 3 } })
  expect(walk.swap(4).effect).toMatchObject({ type: 'refresh', refresh_token: 'refresh-2' })
})

test('without a refresh token nothing is sent; client credentials renew without one', () => {
  const bare = { access_token: 'access-1', expires_in: 3600 }
  const walk = new Walk().say({ type: 'found', stored: storedWith({ tokens: bare }) })
  expect(walk.state).toMatchObject({ result: { failure: { code: 'reauth_required' } } })
  const renewed = new Walk()
  renewed
    .say({ type: 'found', stored: storedWith({ tokens: bare, renewal: { type: 'client_credentials' } }) })
    .swap()
  expect(renewed.effect).toEqual({
    type: 'refresh',
    refresh_token: undefined,
    renewal: { type: 'client_credentials' },
  })
})

test('an early refresh never waits for a lock and fails nobody while the token works', () => {
  const soon = storedWith({ obtainedAtMs: AT.nowMs - 3_570_000 })
  const walk = new Walk({ early: true }, { capabilities: { lockScope: 'host' } })
  walk.say({ type: 'found', stored: soon })
  expect(walk.effect).toEqual({ type: 'lock', waitMs: 0 })
  walk.say({ type: 'busy' }).say({ type: 'found', stored: soon })
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens' } })
  expect(walk.events).toEqual([])
})

test('whoever needs a token waits for the lock even where the refresh was meant to be early', () => {
  const walk = new Walk({ early: true }, { capabilities: { lockScope: 'host' } })
  expect(walk.say({ type: 'found', stored: storedWith() }).effect).toEqual({ type: 'lock', waitMs: 60_000 })
})

test('a renewal of the claim that another note on the record crossed is made again, and the claim is not left behind', () => {
  const walk = new Walk().say({ type: 'found', stored: storedWith() })
  const leased = walk.written
  walk.say({ type: 'swapped', version: 2, monotonicMs: AT.monotonicMs + 40_000 })
  expect(walk.state.type).toBe('renewingLease')
  const noted = { ...leased, rejectedGeneration: 1, rejections: { level: 2, atMs: AT.nowMs } }
  walk.say({
    type: 'conflicted',
    current: { record: noted, version: 3 },
    monotonicMs: AT.monotonicMs + 40_000,
  })
  expect(walk.state.type).toBe('renewingLease')
  expect(walk.effect).toMatchObject({ type: 'swap', expected: 3 })
})

test('every state is JSON, is left as it was by a step, and takes no event that the table does not list', () => {
  const { machine } = new Walk()
  const messages: Said[] = [
    { type: 'found', stored: storedWith() },
    { type: 'swapped', version: 9 },
    { type: 'conflicted', current: storedWith() },
    storeFailed,
    { type: 'locked' },
    { type: 'busy' },
    { type: 'woke' },
    { type: 'confirmed', durable: true },
    { type: 'confirmed', durable: false },
    { type: 'granted', tokens: GRANTED },
    dead,
    ambiguous,
    { type: 'revoked' },
    { type: 'unlocked' },
  ]
  const capabilities = [{}, { lockScope: 'host', confirm: true }]
  const open: KeeperState[] = capabilities.map(offer => new Walk({}, { capabilities: offer }).state)
  const seen = new Set<string>()
  const types = new Set<string>()
  let refused = 0
  // Everything that can be said, three messages deep from each state that is come to.
  for (let state = open.pop(); state && seen.size < 3_000; state = open.pop()) {
    const text = JSON.stringify(state)
    if (seen.has(text)) continue
    seen.add(text)
    types.add(state.type)
    expect(JSON.parse(text)).toEqual(state)
    for (const message of messages) {
      const event = { ...AT, ...message } as KeeperMessage
      if (machine.transitions[state.type][event.type]) {
        const { state: next, effects } = machine.step(JSON.parse(text), event)
        expect(machine.transitions[state.type][event.type]).toContain(next.type)
        expect(effects.filter(({ type }) => type !== 'emit').length).toBe(next.type === 'done' ? 0 : 1)
        open.unshift(next)
      } else {
        expect(() => machine.step(state, event)).toThrow(FlowStateError)
        refused++
      }
      expect(JSON.stringify(state)).toBe(text)
    }
  }
  expect(refused).toBeGreaterThan(1_000)
  expect([...types]).toEqual(
    expect.arrayContaining(['locking', 'sending', 'committing', 'requiringReauth', 'done']),
  )
})
