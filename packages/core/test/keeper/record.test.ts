// Keys and records as stores return them. LATCHKEY_SEED=<seed> runs the same cases again.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { outcomeOf } from '../../src/keeper/outcome.ts'
import { readRecord } from '../../src/keeper/read-record.ts'
import { jsonOf, keyOf, ownerOf } from '../../src/keeper/record.ts'
import { withSpare, withSparesOf } from '../../src/keeper/record-writes.ts'
import type { Json } from '../../src/ports/token-store.ts'
import { OWNER, recordWith } from './support.ts'

const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const CASES = 2_000

test(`ownerOf reverses keyOf for all names (seed ${seed})`, () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '/', '%', '../..', '%2F', '__proto__', 'CON', '\u0000', '💥', 'a/b/c'),
  )
  fc.assert(
    fc.property(fc.record({ provider: name, client_id: name, account: name }), owner => {
      const key = keyOf(owner)
      expect(key.split('/')).toHaveLength(3)
      expect(ownerOf(key)).toEqual(owner)
    }),
    { seed, numRuns: CASES },
  )
})

test('a key that names no account has no owner', () => {
  for (const key of ['', 'a', 'a/b', 'a/b/c/d', '%', 'a/%E0%A4%A/c', 'pending/x'])
    expect(ownerOf(key)).toBeUndefined()
})

test('a record is read with its version, and an absent value as undefined', () => {
  const record = recordWith()
  expect(readRecord({ value: jsonOf(record), version: 7 }, OWNER)).toEqual({ record, version: 7 })
  expect(readRecord(undefined, OWNER)).toBeUndefined()
})

test('a record of a newer version, one of another account and a damaged one are distinguished', () => {
  const read = (changes: object) =>
    readRecord({ value: { ...recordWith(), ...changes } as unknown as Json, version: 1 }, OWNER)
  expect(read({ v: 3, family: 5 })).toBe('newer')
  for (const name of ['provider', 'client_id', 'account']) expect(read({ [name]: 'other' })).toBe('foreign')
  const broken: object[] = [
    { v: 0 },
    { v: '1' },
    { family: 1 },
    { generation: 1.5 },
    { generation: '1' },
    { generation: 2 ** 53 },
    { status: 'invalidGrant' },
    { status: 'constructor' },
    { tokens: null },
    { tokens: 'x' },
    { spareRefreshTokens: {} },
    { spareRefreshTokens: null },
  ]
  for (const changes of broken) expect(read(changes)).toBe('damaged')
})

test(`every other value is damaged, and never read as absent (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const read = readRecord({ value: value as Json, version: 1 }, OWNER)
      expect(['damaged', 'newer', 'foreign']).toContain(read)
    }),
    { seed, numRuns: CASES },
  )
  // Inherited members do not count.
  const inherited = JSON.parse('{"__proto__":{"v":1}}') as Json
  expect(readRecord({ value: inherited, version: 1 }, OWNER)).toBe('damaged')
})

test('the newest three spare refresh tokens are kept, each once', () => {
  const spare = (refresh_token: string) => ({ refresh_token, obtainedAtMs: 0 })
  const three = ['a', 'b', 'c', 'a'].reduce<ReturnType<typeof spare>[]>(
    (list, name) => [...withSpare(list, spare(name))],
    [],
  )
  expect(three.map(({ refresh_token }) => refresh_token)).toEqual(['c', 'b', 'a'])
  expect(withSpare(three, spare('d')).map(({ refresh_token }) => refresh_token)).toEqual(['d', 'c', 'b'])
})

test('refresh tokens of another record of the generation become spares while there is space, and only once', () => {
  const ours = recordWith({ tokens: { refresh_token: 'a' } })
  const theirs = recordWith({
    tokens: { refresh_token: 'b' },
    spareRefreshTokens: [{ refresh_token: 'a', obtainedAtMs: 1 }],
  })
  const both = withSparesOf(ours, theirs)
  expect(both.spareRefreshTokens.map(({ refresh_token }) => refresh_token)).toEqual(['b'])
  expect(withSparesOf(both, theirs)).toBe(both)
  const full = {
    ...ours,
    spareRefreshTokens: ['x', 'y', 'z'].map(refresh_token => ({ refresh_token, obtainedAtMs: 0 })),
  }
  expect(withSparesOf(full, theirs)).toBe(full)
})

test.each([
  ['invalid_grant', 400, undefined, 'invalidGrant'],
  ['misconfigured', 401, undefined, 'misconfigured'],
  ['indeterminate', 200, undefined, 'indeterminate'],
  ['transient', undefined, undefined, 'notSent'],
  ['transient', 429, undefined, 'throttled'],
  ['transient', 503, 1, 'throttled'],
  ['transient', 500, undefined, 'indeterminate'],
  ['transient', 504, undefined, 'indeterminate'],
  ['transient', 408, undefined, 'throttled'],
  ['unrecognized', 400, undefined, 'refused'],
  ['access_denied', 400, undefined, 'refused'],
  ['interaction_required', 400, undefined, 'invalidGrant'],
] as const)('%s with status %s and retryAtMs %s is %s', (code, status, retryAtMs, outcome) => {
  const failure = {
    code,
    message: 'm',
    ...(status !== undefined && { status }),
    ...(retryAtMs !== undefined && { retryAtMs }),
  }
  expect(outcomeOf(failure)).toBe(outcome)
})
