import { describe, expect, test } from '@jest/globals'
import { FlowStateError } from '../../src/errors.ts'
import type { TokenRecord } from '../../src/keeper/record.ts'
import { REFRESH } from '../../src/keeper/transitions.ts'
import type { Transitions } from '../../src/machine/machine.ts'
import type { KeeperMessage, KeeperState } from '../../src/keeper/states.ts'
import { AT, GRANTED, recordWith, type Message, storedWith, Walk } from './support.ts'

const unrecognized = { code: 'unrecognized', message: 'm' } as const
const transient = { code: 'transient', message: 'm' } as const
const storeFailed: Message = { type: 'storeFailed', failure: { code: 'store_unavailable', message: 'm' } }
const invalidGrant: Message = {
  type: 'failed',
  outcome: 'invalidGrant',
  failure: { code: 'invalid_grant', message: 'no' },
}
const indeterminate: Message = {
  type: 'failed',
  outcome: 'indeterminate',
  failure: { ...transient, status: 502 },
}

/** Returns a refresh without locks whose refresh token has been sent. */
function sending(): Walk {
  const walk = new Walk()
  walk.receive({ type: 'found', stored: storedWith() }).swap()
  expect(walk.state.type).toBe('sending')
  return walk
}

test('without locks: read, lease, send, commit; the new tokens are stored before a caller gets them', () => {
  const walk = new Walk()
  expect(walk.effects).toEqual([{ type: 'read' }])
  walk.receive({ type: 'found', stored: storedWith() })
  expect(walk.written.lease).toMatchObject({ id: 'flight', count: 1, owner: 'keeper', startedAtMs: AT.nowMs })
  walk.swap()
  expect(walk.effect).toEqual({ type: 'refresh', refresh_token: 'refresh-1', facts: {} })
  walk.receive({ type: 'granted', tokens: GRANTED })
  expect(walk.written).toMatchObject({ generation: 2, tokens: GRANTED, status: 'live' })
  expect(walk.written).not.toHaveProperty('lease')
  walk.swap(3)
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens', refreshed: true } })
  expect(walk.events).toEqual(['refresh-started', 'refresh-succeeded'])
})

test('with locks and confirm: lock, then lease, confirmed before anything is sent; the flight ends after the release', () => {
  const walk = new Walk({}, { capabilities: { lockScope: 'host', confirm: true } })
  const effects = [walk.effect?.type]
  const receive = (message: Message): void => void effects.push(walk.receive(message).effect?.type)
  receive({ type: 'found', stored: storedWith() })
  receive({ type: 'locked' })
  receive({ type: 'found', stored: storedWith() })
  receive({ type: 'swapped', version: 2 })
  receive({ type: 'confirmed', durable: true })
  receive({ type: 'granted', tokens: GRANTED })
  receive({ type: 'swapped', version: 3 })
  receive({ type: 'confirmed', durable: true })
  expect(walk.events).toEqual(['refresh-started'])
  receive({ type: 'unlocked' })
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

test('a lease that will not last is ended with nothing sent, at most three times', () => {
  const walk = new Walk({}, { capabilities: { confirm: true } })
  for (let round = 1; round <= 3; round++) {
    walk
      .receive({ type: 'found', stored: storedWith() })
      .swap()
      .receive({ type: 'confirmed', durable: false })
    expect(walk.written.lease).toMatchObject({ ttlMs: 0 })
    walk.swap()
    if (round < 3) walk.receive({ type: 'woke' })
  }
  expect(walk.state).toMatchObject({
    type: 'done',
    result: { type: 'failed', failure: { code: 'transient' } },
  })
})

test.each([
  ['a lost response', {}, [0, 0]],
  ['a status 5xx', { status: 502 }, [500, 1_000]],
])('after %s the refresh token is sent three times in all, then the lease ends', (_, details, pauses) => {
  const walk = sending()
  const failed = { ...indeterminate, failure: { ...transient, ...details } }
  for (const pauseMs of pauses) {
    walk.receive(failed)
    expect(walk.effect).toEqual({ type: 'wait', untilMs: AT.monotonicMs + pauseMs, orChanged: false })
    walk.receive({ type: 'woke' })
    expect(walk.effect).toMatchObject({ type: 'refresh', refresh_token: 'refresh-1' })
  }
  walk.receive(failed)
  expect(walk.written.lease).toMatchObject({ ttlMs: 0, sentAtMs: AT.nowMs })
})

test('a request that was not sent is retried after a pause', () => {
  const walk = sending().receive({ type: 'failed', outcome: 'notSent', failure: transient })
  expect(walk.effect).toEqual({ type: 'wait', untilMs: AT.monotonicMs + 500, orChanged: false })
  expect(walk.receive({ type: 'woke' }).effect?.type).toBe('refresh')
})

test('while the server takes long the lease is extended every time; from 10 s on callers are told', () => {
  const walk = sending()
  const pending = { type: 'pending', isQueued: false } as const
  for (const events of [['refresh-started'], ['refresh-started', 'refresh-slow']]) {
    walk.receive(pending)
    expect(walk.state.type).toBe('keepingLease')
    expect(walk.events).toEqual(events)
    expect(walk.swap().effect).toEqual({ type: 'await' })
  }
})

test('a request that waits for its turn in this process extends the lease, and no caller is told', () => {
  const walk = sending()
  for (const _ of [1, 2, 3]) walk.receive({ type: 'pending', isQueued: true }).swap()
  expect(walk.effect).toEqual({ type: 'await' })
  expect(walk.events).toEqual(['refresh-started'])
})

test.each([
  ['the store fails', { type: 'storeFailed', failure: { code: 'store_unavailable', message: 'm' } }],
  ['another process has changed the record', { type: 'conflicted', stored: undefined }],
] as const)('a late response is still waited for when %s', (_, message) => {
  const walk = sending().receive({ type: 'pending', isQueued: false }).receive(message)
  expect(walk.effect).toEqual({ type: 'await' })
  expect(walk.receive({ type: 'granted', tokens: GRANTED }).state.type).toBe('committing')
})

test('a throttled refresh keeps the refresh token, and the record has the instant of Retry-After', () => {
  const retryAtMs = AT.nowMs + 20_000
  const walk = sending().receive({
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
  'a refresh that is %s keeps the refresh token, and the record has the instant of the next one',
  (outcome, count, pauseMs) => {
    const walk = sending().receive({ type: 'failed', outcome, failure: { ...unrecognized } })
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

test('after a rejected refresh token, newer stored tokens are adopted', () => {
  const newer = storedWith({ generation: 2, tokens: GRANTED, obtainedAtMs: AT.nowMs })
  const walk = sending().receive(invalidGrant).receive({ type: 'found', stored: newer })
  expect(walk.effects).toEqual([{ type: 'read' }])
  walk.receive({ type: 'found', stored: newer })
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens', refreshed: false } })
  expect(walk.events).toEqual(['refresh-started', 'refresh-adopted'])
})

test('after a rejected refresh token each spare is tried once, newest first; then the user must sign in again', () => {
  const spareRefreshTokens = ['c', 'b'].map(refresh_token => ({ refresh_token, obtainedAtMs: 0 }))
  const walk = new Walk()
  walk.receive({ type: 'found', stored: storedWith({ spareRefreshTokens }) }).swap()
  for (const spare of ['c', 'b']) {
    const { leased } = walk.flight
    walk.receive(invalidGrant).receive({ type: 'found', stored: leased })
    expect(walk.effect).toMatchObject({ type: 'refresh', refresh_token: spare })
  }
  const { leased } = walk.flight
  walk.receive(invalidGrant).receive({ type: 'found', stored: leased })
  expect(walk.written).toMatchObject({ status: 'reauth', tokens: { refresh_token: 'refresh-1' } })
  expect(walk.written).not.toHaveProperty('lease')
  walk.swap()
  expect(walk.state).toMatchObject({
    result: { failure: { code: 'reauth_required', reauth: { attempts: 3, inDoubt: false } } },
  })
})

describe('granted tokens that lose to a newer record end the attempt', () => {
  /** The record is of a later generation, and its access token has expired as well. */
  const newer = recordWith({ generation: 3, tokens: { ...recordWith().tokens, refresh_token: 'refresh-3' } })
  /** Receives tokens, keeps them as a spare of `newer`, and takes the lease of a second attempt. */
  const lose = (walk: Walk): Walk => {
    walk.receive({ type: 'granted', tokens: GRANTED }).receive({ type: 'conflicted', stored: undefined })
    walk.receive({ type: 'found', stored: { record: newer, version: 5 } })
    const { written } = walk
    expect(written.spareRefreshTokens).toMatchObject([{ refresh_token: 'refresh-2' }])
    walk.swap(6).receive({ type: 'found', stored: { record: written, version: 6 } })
    return walk.swap(7)
  }

  test('the next request uses its refresh token, not the spare that was used', () => {
    const walk = new Walk()
    const spareRefreshTokens = [{ refresh_token: 'spare', obtainedAtMs: 0 }]
    walk.receive({ type: 'found', stored: storedWith({ spareRefreshTokens }) }).swap()
    const { leased } = walk.flight
    walk.receive(invalidGrant).receive({ type: 'found', stored: leased })
    expect(walk.effect).toMatchObject({ type: 'refresh', refresh_token: 'spare' })
    expect(lose(walk).effect).toMatchObject({ type: 'refresh', refresh_token: 'refresh-3' })
  })

  test('the next request is sent three times in all, as the first', () => {
    const walk = sending()
    const sendTwiceMore = (): void => {
      for (const _ of [1, 2]) walk.receive(indeterminate).receive({ type: 'woke' })
      expect(walk.effect).toMatchObject({ type: 'refresh' })
    }
    sendTwiceMore()
    lose(walk)
    sendTwiceMore()
    expect(walk.receive(indeterminate).written.lease).toMatchObject({ ttlMs: 0 })
  })
})

test('a recent refresh token that is rejected is sent once more: the provider may have many servers', () => {
  const young = storedWith({ obtainedAtMs: AT.nowMs - 59_000, tokens: { refresh_token: 'refresh-1' } })
  const walk = new Walk()
  walk.receive({ type: 'found', stored: young }).swap()
  const { leased } = walk.flight
  walk.receive(invalidGrant).receive({ type: 'found', stored: leased })
  expect(walk.effect).toMatchObject({ type: 'wait', untilMs: AT.monotonicMs + 1_500 })
  expect(walk.receive({ type: 'woke' }).effect?.type).toBe('refresh')
  walk.receive(invalidGrant).receive({ type: 'found', stored: leased })
  expect(walk.written.status).toBe('reauth')
})

test('a response without a refresh token keeps the old one (RFC 6749 section 6)', () => {
  const walk = sending().receive({ type: 'granted', tokens: { access_token: 'access-2' } })
  expect(walk.written.tokens).toEqual({ access_token: 'access-2', refresh_token: 'refresh-1' })
})

test('tokens of another account are not stored', () => {
  const tokens = { ...recordWith().tokens, account_id: '1' }
  const walk = new Walk()
  walk.receive({ type: 'found', stored: storedWith({ tokens }) }).swap()
  walk.receive({ type: 'granted', tokens: { ...GRANTED, account_id: '2' } })
  expect(walk.written.tokens).toEqual(tokens)
  walk.swap()
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'failed' } })
})

test('a store that does not accept the new tokens is retried for 5 s; then they are returned, and the next flight stores them', () => {
  const walk = sending().receive({ type: 'granted', tokens: GRANTED })
  const afterTimeout = { ...AT, monotonicMs: AT.monotonicMs + 5_000 }
  walk.receive(storeFailed).receive({ type: 'woke' }).receive({ type: 'found', stored: storedWith() })
  walk.receive({ ...storeFailed, ...afterTimeout })
  expect(walk.events).toEqual(['refresh-started', 'persist-failed', 'refresh-succeeded'])
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens', record: { tokens: GRANTED } } })
  const { memory } = walk.state as Extract<KeeperState, { type: 'done' }>
  const next = new Walk({ readOnly: true }, { memory }).receive({ type: 'found', stored: storedWith() })
  expect(next.state.type).toBe('committing')
  expect(next.written).toMatchObject({ generation: 2, tokens: GRANTED })
})

test('a salvaged refresh token is stored with the old access token; after a response that was cut off it is used at once', () => {
  const salvaged = { refresh_tokens: ['refresh-2', 'other'], truncated: true }
  const failure = { code: 'indeterminate', message: 'm' } as const
  const walk = sending().receive({ type: 'failed', outcome: 'indeterminate', failure, salvaged })
  const { written } = walk
  expect(written).toMatchObject({
    generation: 2,
    tokens: { access_token: 'access-1', refresh_token: 'refresh-2' },
    spareRefreshTokens: [{ refresh_token: 'other' }],
  })
  walk.swap(3).receive({ type: 'found', stored: { record: written, version: 3 } })
  expect(walk.swap(4).effect).toMatchObject({ type: 'refresh', refresh_token: 'refresh-2' })
})

test('without a refresh token nothing is sent; client credentials renew without one', () => {
  const bare = { access_token: 'access-1', expires_in: 3600 }
  const walk = new Walk().receive({ type: 'found', stored: storedWith({ tokens: bare }) })
  expect(walk.state).toMatchObject({ result: { failure: { code: 'reauth_required' } } })
  const renewed = new Walk()
  renewed
    .receive({ type: 'found', stored: storedWith({ tokens: bare, renewal: { type: 'client_credentials' } }) })
    .swap()
  expect(renewed.effect).toEqual({
    type: 'refresh',
    refresh_token: undefined,
    facts: { renewal: { type: 'client_credentials' } },
    access_token: 'access-1',
  })
})

test('a grant of the program renews; a program without it writes nothing', () => {
  const bare = { access_token: 'access-1', expires_in: 3600 }
  const renewal = { type: 'grant', name: 'service', parameters: { scope: 'a' }, keepsScope: true } as const
  const found = { type: 'found', stored: storedWith({ tokens: bare, renewal }) } as const
  for (const grants of [undefined, [], ['other']])
    expect(new Walk({}, { capabilities: { grants } }).receive(found)).toMatchObject({
      state: { type: 'done', result: { failure: { code: 'misconfigured' } } },
    })
  const walk = new Walk({ scope: 'b' }, { capabilities: { grants: ['service'] } }).receive(found).swap()
  // The scope of the client does not matter.
  expect(walk.effect).toEqual({
    type: 'refresh',
    refresh_token: undefined,
    facts: { renewal },
    access_token: 'access-1',
  })
  walk.receive({ type: 'granted', tokens: GRANTED })
  expect(walk.written).toMatchObject({ tokens: GRANTED, renewal })
})

test('the scope of the client replaces that of client credentials, and other parameters stay', () => {
  const bare = { access_token: 'access-1', expires_in: 3600 }
  const renewal = { type: 'client_credentials', parameters: { scope: 'a', resource: 'r' } } as const
  const walk = new Walk({ scope: 'b' })
    .receive({ type: 'found', stored: storedWith({ tokens: bare, renewal }) })
    .swap()
  expect(walk.effect).toMatchObject({ facts: { renewal: { parameters: { scope: 'b', resource: 'r' } } } })
})

test('tokens that are not bound get a key by the write of the lease; bound ones keep theirs', () => {
  const newKey = { jkt: 'new', jwk: { d: 'd' } }
  const found = (record: Partial<TokenRecord> = {}): Walk =>
    new Walk({}, { newKey }).receive({ type: 'found', stored: storedWith(record) })
  const walk = found()
  expect(walk.written).toMatchObject({ dpop: newKey, lease: { count: 1 } })
  walk.swap()
  expect(walk.effect).toMatchObject({ type: 'refresh', facts: { dpop: newKey } })
  walk.receive({ type: 'granted', tokens: GRANTED })
  expect(walk.written).toMatchObject({ dpop: newKey, tokens: GRANTED })

  const bound = found({ dpop: { jkt: 'old' } })
  expect(bound.written.dpop).toEqual({ jkt: 'old' })

  // Another process was faster: its key is used.
  const slower = found()
  slower.receive({ type: 'conflicted', stored: storedWith({ dpop: { jkt: 'other' } }) })
  slower.receive({ type: 'found', stored: storedWith({ dpop: { jkt: 'other' } }) }).swap()
  expect(slower.effect).toMatchObject({ type: 'refresh', facts: { dpop: { jkt: 'other' } } })

  // The store lost the write of the lease: the tokens are stored with the key that they are bound to.
  const lost = found().swap().receive({ type: 'granted', tokens: GRANTED })
  lost.receive({ type: 'conflicted', stored: storedWith({}) })
  lost.receive({ type: 'found', stored: storedWith({}) })
  expect(lost.written).toMatchObject({ dpop: newKey, tokens: GRANTED })
})

test('an early refresh never waits for a lock, and its failure is hidden while the token works', () => {
  const soon = storedWith({ obtainedAtMs: AT.nowMs - 3_570_000 })
  const walk = new Walk({ early: true }, { capabilities: { lockScope: 'host' } })
  walk.receive({ type: 'found', stored: soon })
  expect(walk.effect).toEqual({ type: 'lock', waitMs: 0 })
  walk.receive({ type: 'busy' }).receive({ type: 'found', stored: soon })
  expect(walk.state).toMatchObject({ type: 'done', result: { type: 'tokens' } })
  expect(walk.events).toEqual([])
})

test('an early refresh waits for the lock when the token has expired', () => {
  const walk = new Walk({ early: true }, { capabilities: { lockScope: 'host' } })
  expect(walk.receive({ type: 'found', stored: storedWith() }).effect).toEqual({
    type: 'lock',
    waitMs: 75_000,
  })
})

test('a renewal of the lease that conflicts with a noted rejection is retried', () => {
  const walk = new Walk().receive({ type: 'found', stored: storedWith() })
  const leased = walk.written
  walk.receive({ type: 'swapped', version: 2, monotonicMs: AT.monotonicMs + 40_000 })
  expect(walk.state.type).toBe('renewingLease')
  const noted = { ...leased, rejectedGeneration: 1, rejections: { level: 2, atMs: AT.nowMs } }
  walk.receive({
    type: 'conflicted',
    stored: { record: noted, version: 3 },
    monotonicMs: AT.monotonicMs + 40_000,
  })
  expect(walk.state.type).toBe('renewingLease')
  expect(walk.effect).toMatchObject({ type: 'swap', expected: 3 })
})

test('every state is JSON, is not changed by a step, and accepts only the events that the table lists', () => {
  const { machine } = new Walk()
  const messages: Message[] = [
    { type: 'found', stored: storedWith() },
    { type: 'swapped', version: 9 },
    { type: 'conflicted', stored: storedWith() },
    storeFailed,
    { type: 'locked' },
    { type: 'busy' },
    { type: 'woke' },
    { type: 'confirmed', durable: true },
    { type: 'confirmed', durable: false },
    { type: 'granted', tokens: GRANTED },
    invalidGrant,
    indeterminate,
    { type: 'revoked' },
    { type: 'unlocked' },
  ]
  const capabilities = [{}, { lockScope: 'host', confirm: true }]
  const open: KeeperState[] = capabilities.map(offer => new Walk({}, { capabilities: offer }).state)
  const seen = new Set<string>()
  const types = new Set<string>()
  let thrown = 0
  // Every message in each state that is reached.
  for (let state = open.pop(); state && seen.size < 3_000; state = open.pop()) {
    const text = JSON.stringify(state)
    if (seen.has(text)) continue
    seen.add(text)
    types.add(state.type)
    expect(JSON.parse(text)).toEqual(state)
    for (const message of messages) {
      const event = { ...AT, ...message } as KeeperMessage
      if ((REFRESH as Transitions<KeeperState, KeeperMessage>)[state.type][event.type]) {
        const { state: next, effects } = machine.step(JSON.parse(text), event)
        expect((REFRESH as Transitions<KeeperState, KeeperMessage>)[state.type][event.type]).toContain(
          next.type,
        )
        expect(effects.filter(({ type }) => type !== 'emit').length).toBe(next.type === 'done' ? 0 : 1)
        open.unshift(next)
      } else {
        expect(() => machine.step(state, event)).toThrow(FlowStateError)
        thrown++
      }
      expect(JSON.stringify(state)).toBe(text)
    }
  }
  expect(thrown).toBeGreaterThan(1_000)
  expect([...types]).toEqual(
    expect.arrayContaining(['locking', 'sending', 'committing', 'requiringReauth', 'done']),
  )
})
