import { expect, test } from '@jest/globals'
import { FlowStateError } from '../../src/errors.ts'
import { amending, type AmendState, type Change } from '../../src/keeper/amend.ts'
import type { KeeperEffect, KeeperMessage } from '../../src/keeper/flight.ts'
import type { Memory } from '../../src/keeper/memory.ts'
import { AT, GRANTED, OWNER, recordWith, type Said, storedWith } from './support.ts'

const machine = amending()
const signOut: Change = { type: 'sign-out', lineage: 'N' }
const signIn: Change = { type: 'sign-in', lineage: 'N', grant: { tokens: GRANTED, obtainedAtMs: AT.nowMs } }
const storeFailed: Said = { type: 'storeFailed', failure: { code: 'store_unavailable', message: 'm' } }
const tombstone = { status: 'signedOut', tokens: {}, gen: 2, because: 'signed-out' } as const

/** An amendment that was told `messages`, and what it has done at each step. */
function amended(
  change: Change,
  messages: readonly Said[],
  { memory = {}, revoke = true }: { memory?: Partial<Memory>; revoke?: boolean } = {},
): { state: AmendState; effects: KeeperEffect[] } {
  let step = machine.start({ owner: OWNER, change, memory: { startedAt: AT, ...memory }, revoke })
  const effects = [...step.effects]
  for (const message of messages) {
    step = machine.step(step.state, { ...AT, ...message } as KeeperMessage)
    effects.push(...step.effects)
  }
  return { state: step.state, effects }
}

const written = (effects: readonly KeeperEffect[]) =>
  effects.flatMap(effect => (effect.type === 'swap' ? [effect.record] : []))
const revoked = (effects: readonly KeeperEffect[]) =>
  effects.flatMap(effect => (effect.type === 'revoke' ? [effect.tokens.refresh_token] : []))

const found = (changes?: Parameters<typeof storedWith>[0]): Said => ({
  type: 'found',
  stored: storedWith(changes),
})
const swapped: Said = { type: 'swapped', version: 2 }

test('a sign-in starts a lineage of its own, counts on, and leaves claim, alternates and rejections behind', () => {
  const before = {
    claim: { id: 'x', n: 1, owner: 'o', startedAtMs: 0, ttlMs: 1 },
    rejectedGen: 1,
    rejections: 2,
  }
  const { state, effects } = amended(signIn, [
    found({ ...before, alternates: [{ refresh_token: 'b', obtainedAtMs: 0 }] }),
    swapped,
  ])
  const [record] = written(effects)
  expect(record).toMatchObject({
    lineage: 'N',
    replaced: 'L',
    gen: 2,
    status: 'live',
    tokens: GRANTED,
    alternates: [],
  })
  for (const member of Object.keys(before)) expect(record).not.toHaveProperty(member)
  expect(state).toMatchObject({ type: 'amended', memory: { record } })
  expect(effects.at(-1)).toEqual({ type: 'tell', event: { type: 'signed-in', gen: 2, because: 'signed-in' } })
})

test('a sign-in is tried again on whatever came in between, until it holds', () => {
  const current = storedWith({ gen: 7 })
  const { effects } = amended(signIn, [found(), { type: 'refused', current }, swapped])
  expect(written(effects).map(({ gen }) => gen)).toEqual([2, 8])
})

test('a sign-out leaves a tombstone first, then has the server forget every refresh token that may be good', () => {
  const alternates = [{ refresh_token: 'b', obtainedAtMs: 0 }]
  const unsaved = { base: recordWith(), tokens: GRANTED, obtainedAtMs: AT.nowMs }
  const said: Said[] = [found({ alternates }), swapped, ...[1, 2, 3].map((): Said => ({ type: 'revoked' }))]
  const { state, effects } = amended(signOut, said, { memory: { unsaved } })
  expect(written(effects)).toMatchObject([
    { lineage: 'L', gen: 2, status: 'signedOut', tokens: {}, alternates: [] },
  ])
  expect(revoked(effects)).toEqual(['refresh-2', 'refresh-1', 'b'])
  expect(state).toMatchObject({ type: 'amended', memory: { record: { status: 'signedOut' } } })
  expect((state as { memory: Memory }).memory).not.toHaveProperty('unsaved')
})

test('a refresh token without an access token is given back as well; where the server takes nothing back nothing is', () => {
  const said = [found({ tokens: { refresh_token: 'r' } }), swapped]
  expect(revoked(amended(signOut, said).effects)).toEqual(['r'])
  expect(amended(signOut, said, { revoke: false }).state.type).toBe('amended')
})

test('a sign-out that the store carried out without saying so still gives the tokens back', () => {
  const { effects } = amended(signOut, [found(), storeFailed, { type: 'woke' }, found(tombstone)])
  expect(revoked(effects)).toEqual(['refresh-1'])
  expect(effects.filter(({ type }) => type === 'tell')).toHaveLength(1)
})

test('whoever is signed out already, by somebody else, is signed out: nothing is written', () => {
  const { state, effects } = amended(signOut, [found(tombstone)])
  expect(state).toMatchObject({ type: 'amended', memory: { record: { status: 'signedOut' } } })
  expect(effects).toEqual([{ type: 'read' }])
})

test('the generation counts on from what this process remembers, where the store has lost that', () => {
  const memory = { record: recordWith({ gen: 5, tokens: GRANTED }) }
  const { effects } = amended(signOut, [found(), swapped], { memory })
  expect(written(effects)).toMatchObject([{ gen: 6 }])
  expect(revoked(effects)).toEqual(['refresh-2'])
})

test('tokens of the constructor are not imported over what came of them, a sign-out included', () => {
  const tokens = { refresh_token: 'given' }
  const change: Change = {
    type: 'sign-in',
    lineage: 'N',
    ifNew: true,
    grant: { tokens, obtainedAtMs: AT.nowMs, imported: tokens },
  }
  for (const stored of [{ imported: tokens }, { ...tombstone, imported: tokens }, { tokens }])
    expect(written(amended(change, [found(stored)]).effects)).toEqual([])
  expect(written(amended(change, [found()]).effects)).toMatchObject([{ lineage: 'N', because: 'imported' }])
  expect(written(amended(change, [{ type: 'found', stored: undefined }]).effects)).toMatchObject([{ gen: 1 }])
})

test.each([signIn, signOut])(
  'a store that can be read and not written is tried for 4 s, then the %j is given back as failed',
  change => {
    const at = (ms: number) => ({ monotonicMs: AT.monotonicMs + ms })
    const round = (ms: number): Said[] => [
      { ...found(), ...at(ms) } as Said,
      { ...storeFailed, ...at(ms) } as Said,
      { type: 'woke', ...at(ms + 250) },
    ]
    const said = [0, 1_000, 2_000, 3_000, 3_999].flatMap(round)
    expect(amended(change, said).state.type).toBe('reading')
    const { state } = amended(change, [...said, ...round(4_000).slice(0, 2)])
    expect(state).toMatchObject({ type: 'amended', failure: { code: 'store_unavailable' } })
  },
)

test('every pair of a state and an event outside the table throws FlowStateError', () => {
  const states: AmendState[] = [
    amended(signOut, []).state,
    amended(signOut, [found()]).state,
    amended(signOut, [found(), storeFailed]).state,
    amended(signOut, [found(), swapped]).state,
    amended(signOut, [found(), swapped, { type: 'revoked' }]).state,
  ]
  expect(states.map(({ type }) => type)).toEqual(['reading', 'amending', 'waiting', 'revoking', 'amended'])
  const all: Said[] = [
    found(),
    swapped,
    { type: 'refused', current: undefined },
    storeFailed,
    { type: 'locked' },
    { type: 'busy' },
    { type: 'woke' },
    { type: 'confirmed', durable: true },
    { type: 'granted', tokens: GRANTED },
    { type: 'revoked' },
    { type: 'released' },
  ]
  for (const state of states) {
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    for (const message of all) {
      const event = { ...AT, ...message } as KeeperMessage
      if (machine.transitions[state.type][event.type])
        expect(machine.transitions[state.type][event.type]).toContain(machine.step(state, event).state.type)
      else expect(() => machine.step(state, event)).toThrow(FlowStateError)
    }
  }
})
