import { expect, test } from '@jest/globals'
import { FlowStateError } from '../../src/errors.ts'
import {
  accountWriteMachine,
  type AccountWriteState,
  type AccountWrite,
} from '../../src/keeper/account-write.ts'
import { ACCOUNT_WRITE } from '../../src/keeper/transitions.ts'
import type { Transitions } from '../../src/machine/machine.ts'
import type { KeeperEffect, KeeperMessage } from '../../src/keeper/states.ts'
import type { Memory } from '../../src/keeper/memory.ts'
import { AT, GRANTED, OWNER, recordWith, type Message, storedWith } from './support.ts'

const machine = accountWriteMachine()
const signOut: AccountWrite = { type: 'sign-out', family: 'N' }
const signIn: AccountWrite = {
  type: 'sign-in',
  family: 'N',
  grant: { tokens: GRANTED, obtainedAtMs: AT.nowMs },
}
const storeFailed: Message = { type: 'storeFailed', failure: { code: 'store_unavailable', message: 'm' } }
const tombstone = { status: 'signedOut', tokens: {}, generation: 2, because: 'signed-out' } as const

/** Runs the machine with `messages`; returns its state and all effects. */
function run(
  write: AccountWrite,
  messages: readonly Message[],
  { memory = {}, revoke = true }: { memory?: Partial<Memory>; revoke?: boolean } = {},
): { state: AccountWriteState; effects: KeeperEffect[] } {
  let step = machine.start({ owner: OWNER, write, memory: { startedAt: AT, ...memory }, revoke })
  const effects = [...step.effects]
  for (const message of messages) {
    step = machine.step(step.state, { ...AT, ...message } as KeeperMessage)
    effects.push(...step.effects)
  }
  return { state: step.state, effects }
}

const recordsWritten = (effects: readonly KeeperEffect[]) =>
  effects.flatMap(effect => (effect.type === 'swap' ? [effect.record] : []))
const revoked = (effects: readonly KeeperEffect[]) =>
  effects.flatMap(effect => (effect.type === 'revoke' ? [effect.tokens.refresh_token] : []))

const found = (changes?: Parameters<typeof storedWith>[0]): Message => ({
  type: 'found',
  stored: storedWith(changes),
})
const swapped: Message = { type: 'swapped', version: 2 }

test('a sign-in starts a new family and the next generation, without lease, spare refresh tokens and rejections', () => {
  const before = {
    lease: { id: 'x', count: 1, owner: 'o', startedAtMs: 0, ttlMs: 1 },
    rejectedGeneration: 1,
    rejections: { level: 2, atMs: 0 },
  }
  const { state, effects } = run(signIn, [
    found({ ...before, spareRefreshTokens: [{ refresh_token: 'b', obtainedAtMs: 0 }] }),
    swapped,
  ])
  const [record] = recordsWritten(effects)
  expect(record).toMatchObject({
    family: 'N',
    replacedFamily: 'L',
    generation: 2,
    status: 'live',
    tokens: GRANTED,
    spareRefreshTokens: [],
  })
  for (const member of Object.keys(before)) expect(record).not.toHaveProperty(member)
  expect(state).toMatchObject({ type: 'written', memory: { record } })
  expect(effects.at(-1)).toEqual({
    type: 'emit',
    event: { type: 'signed-in', generation: 2, because: 'signed-in' },
  })
})

test('a sign-in that conflicts is retried over the newer record', () => {
  const current = storedWith({ generation: 7 })
  const { effects } = run(signIn, [found(), { type: 'conflicted', stored: current }, swapped])
  expect(recordsWritten(effects).map(({ generation }) => generation)).toEqual([2, 8])
})

test('a sign-out writes a tombstone, then revokes every refresh token that may still work', () => {
  const spareRefreshTokens = [{ refresh_token: 'b', obtainedAtMs: 0 }]
  const unsaved = { base: recordWith(), tokens: GRANTED, obtainedAtMs: AT.nowMs }
  const messages: Message[] = [
    found({ spareRefreshTokens }),
    swapped,
    ...[1, 2, 3].map((): Message => ({ type: 'revoked' })),
  ]
  const { state, effects } = run(signOut, messages, { memory: { unsaved } })
  expect(recordsWritten(effects)).toMatchObject([
    { family: 'L', generation: 2, status: 'signedOut', tokens: {}, spareRefreshTokens: [] },
  ])
  expect(revoked(effects)).toEqual(['refresh-2', 'refresh-1', 'b'])
  expect(state).toMatchObject({ type: 'written', memory: { record: { status: 'signedOut' } } })
  expect((state as { memory: Memory }).memory).not.toHaveProperty('unsaved')
})

test('a refresh token without an access token is revoked as well; a server without revocation gets no request', () => {
  const messages = [found({ tokens: { refresh_token: 'r' } }), swapped]
  expect(revoked(run(signOut, messages).effects)).toEqual(['r'])
  expect(run(signOut, messages, { revoke: false }).state.type).toBe('written')
})

test('a sign-out that the store carried out without a response still revokes the tokens', () => {
  const { effects } = run(signOut, [found(), storeFailed, { type: 'woke' }, found(tombstone)])
  expect(revoked(effects)).toEqual(['refresh-1'])
  expect(effects.filter(({ type }) => type === 'emit')).toHaveLength(1)
})

test('a sign-out of an account that another process signed out writes nothing', () => {
  const { state, effects } = run(signOut, [found(tombstone)])
  expect(state).toMatchObject({ type: 'written', memory: { record: { status: 'signedOut' } } })
  expect(effects).toEqual([{ type: 'read' }])
})

test('the generation counts on from the remembered one when the store has lost it', () => {
  const memory = { record: recordWith({ generation: 5, tokens: GRANTED }) }
  const { effects } = run(signOut, [found(), swapped], { memory })
  expect(recordsWritten(effects)).toMatchObject([{ generation: 6 }])
  expect(revoked(effects)).toEqual(['refresh-2'])
})

test('tokens passed to the constructor are not imported over newer ones or over a sign-out', () => {
  const tokens = { refresh_token: 'given' }
  const write: AccountWrite = {
    type: 'sign-in',
    family: 'N',
    ifNew: true,
    grant: { tokens, obtainedAtMs: AT.nowMs, because: 'imported', importedHash: 'salt.hash.' },
  }
  const recognized = (changes: object): Message => ({
    type: 'found',
    stored: { ...storedWith(changes), isSameImport: true },
  })
  for (const message of [recognized({}), recognized(tombstone), found({ tokens })])
    expect(recordsWritten(run(write, [message]).effects)).toEqual([])
  expect(recordsWritten(run(write, [found()]).effects)).toMatchObject([{ family: 'N', because: 'imported' }])
  expect(recordsWritten(run(write, [{ type: 'found', stored: undefined }]).effects)).toMatchObject([
    { generation: 1 },
  ])
})

test.each([signIn, signOut])(
  'a store that can be read but not written is retried for 4 s, then the %j fails',
  write => {
    const at = (ms: number) => ({ monotonicMs: AT.monotonicMs + ms })
    const round = (ms: number): Message[] => [
      { ...found(), ...at(ms) } as Message,
      { ...storeFailed, ...at(ms) } as Message,
      { type: 'woke', ...at(ms + 250) },
    ]
    const messages = [0, 1_000, 2_000, 3_000, 3_999].flatMap(round)
    expect(run(write, messages).state.type).toBe('reading')
    const { state } = run(write, [...messages, ...round(4_000).slice(0, 2)])
    expect(state).toMatchObject({ type: 'written', failure: { code: 'store_unavailable' } })
  },
)

test('every pair of a state and an event outside the table throws FlowStateError', () => {
  const states: AccountWriteState[] = [
    run(signOut, []).state,
    run(signOut, [found()]).state,
    run(signOut, [found(), storeFailed]).state,
    run(signOut, [found(), swapped]).state,
    run(signOut, [found(), swapped, { type: 'revoked' }]).state,
  ]
  expect(states.map(({ type }) => type)).toEqual(['reading', 'writing', 'waiting', 'revoking', 'written'])
  const all: Message[] = [
    found(),
    swapped,
    { type: 'conflicted', stored: undefined },
    storeFailed,
    { type: 'locked' },
    { type: 'busy' },
    { type: 'woke' },
    { type: 'confirmed', durable: true },
    { type: 'granted', tokens: GRANTED },
    { type: 'revoked' },
    { type: 'unlocked' },
  ]
  for (const state of states) {
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    for (const message of all) {
      const event = { ...AT, ...message } as KeeperMessage
      if ((ACCOUNT_WRITE as Transitions<AccountWriteState, KeeperMessage>)[state.type][event.type])
        expect(
          (ACCOUNT_WRITE as Transitions<AccountWriteState, KeeperMessage>)[state.type][event.type],
        ).toContain(machine.step(state, event).state.type)
      else expect(() => machine.step(state, event)).toThrow(FlowStateError)
    }
  }
})
