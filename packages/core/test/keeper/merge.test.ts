import { describe, expect, test } from '@jest/globals'
import { isSameIdentity, mergeTokens } from '../../src/keeper/merge.ts'
import { toBase64 } from '../support.ts'

const BEFORE = {
  access_token: 'access-1',
  refresh_token: 'refresh-1',
  token_type: 'bearer',
  expires_in: 3600,
  scope: 'read write',
  id_token: 'h.p.s',
  account_id: '7',
  api_domain: 'https://eu.api.example',
  team: { id: 'T1', name: 'one' },
}
const RESPONSE = { access_token: 'access-2', token_type: 'bearer', expires_in: 60 }

describe('a member that the response has replaces the old one, and one that it leaves out stays', () => {
  test('RFC 6749 sections 5.1 and 6, OpenID Connect Core 12.2: refresh token, scope, id_token, others', () => {
    expect(mergeTokens(BEFORE, RESPONSE)).toEqual({ ...BEFORE, ...RESPONSE })
  })

  test('the merge is shallow: an object replaces an object', () => {
    expect(mergeTokens(BEFORE, { ...RESPONSE, team: { id: 'T2' } })['team']).toEqual({ id: 'T2' })
  })

  test.each([
    ['null', null],
    ['an empty text', ''],
    ['undefined', undefined],
  ])('%s counts as left out', (_, value) => {
    const { refresh_token, scope, api_domain } = BEFORE
    const blank = { refresh_token: value, scope: value, api_domain: value } as object
    expect(mergeTokens(BEFORE, { ...RESPONSE, ...blank })).toMatchObject({ refresh_token, scope, api_domain })
  })

  test.each([
    ['false', false],
    ['0', 0],
    ['an empty list', []],
  ])('%s is a value', (_, value) => {
    expect(mergeTokens(BEFORE, { ...RESPONSE, api_domain: value })['api_domain']).toEqual(value)
  })
})

describe('what describes one response or one refresh token is not carried over', () => {
  test.each([
    'expires_in',
    'expires_at',
    'ext_expires_in',
    'token_type',
    'issued_at',
    'created_at',
    'signature',
    'nonce',
    'state',
    'iss',
    'session_state',
    'error',
    'error_description',
    'error_uri',
  ])('%s', name => {
    const merged = mergeTokens({ ...BEFORE, [name]: 'old' }, { access_token: 'access-2' })
    expect(merged).not.toHaveProperty(name)
    expect(mergeTokens(BEFORE, { ...RESPONSE, [name]: 'new' })).toHaveProperty(name, 'new')
  })

  test.each([
    'refresh_token_expires_in',
    'refresh_token_expires_at',
    'refresh_expires_in',
    'refreshTokenExpiresIn',
    'x_refresh_token_expires_in',
    'rt_expires_in',
    'refresh_token_expiry',
  ])('%s stays with the same refresh token and ends with another', name => {
    const before = { ...BEFORE, [name]: 86_400 }
    expect(mergeTokens(before, RESPONSE)).toHaveProperty(name, 86_400)
    expect(mergeTokens(before, { ...RESPONSE, refresh_token: 'refresh-1' })).toHaveProperty(name, 86_400)
    expect(mergeTokens(before, { ...RESPONSE, refresh_token: 'refresh-2' })).not.toHaveProperty(name)
  })
})

test('members of unknown name have 64 kB in all: those of the response take precedence, and no token is lost', () => {
  const half = 'x'.repeat(40_000)
  const merged = mergeTokens({ ...BEFORE, old: half, small: 1 }, { ...RESPONSE, id_token: half, fresh: half })
  expect(merged).toMatchObject({
    ...RESPONSE,
    refresh_token: 'refresh-1',
    id_token: half,
    fresh: half,
    small: 1,
  })
  expect(merged).not.toHaveProperty('old')
})

test('inherited names are members like any other', () => {
  const before = JSON.parse('{"access_token":"a","toString":"x"}') as object
  expect(mergeTokens(before, RESPONSE)).toHaveProperty('toString', 'x')
})

describe('whose tokens they are', () => {
  const idToken = (payload: unknown): string => `h.${toBase64(JSON.stringify(payload)).replace(/=+$/, '')}.s`
  const alice = idToken({ iss: 'https://as.example', sub: 'alice' })

  test.each<[string, object, object, boolean]>([
    ['the same account_id', { account_id: '1' }, { account_id: '1' }, true],
    ['another account_id', { account_id: '1' }, { account_id: '2' }, false],
    ['an account_id left out', { account_id: '1' }, {}, true],
    ['an empty account_id', { account_id: '1' }, { account_id: '' }, true],
    ['an account_id for the first time', {}, { account_id: '1' }, true],
    [
      'the same user',
      { id_token: alice },
      { id_token: idToken({ iss: 'https://as.example', sub: 'alice', exp: 1 }) },
      true,
    ],
    [
      'another sub',
      { id_token: alice },
      { id_token: idToken({ iss: 'https://as.example', sub: 'bob' }) },
      false,
    ],
    [
      'another iss',
      { id_token: alice },
      { id_token: idToken({ iss: 'https://evil.example', sub: 'alice' }) },
      false,
    ],
    ['an id_token left out', { id_token: alice }, {}, true],
    ['an id_token with an empty payload', { id_token: alice }, { id_token: idToken({}) }, true],
    ['an id_token that is not a JWT', { id_token: alice }, { id_token: 'opaque' }, true],
    ['an encrypted id_token', { id_token: alice }, { id_token: 'a.!!.c' }, true],
    ['a payload that is not an object', { id_token: alice }, { id_token: idToken(null) }, true],
    [
      'the same account_id and another user',
      { account_id: '1', id_token: alice },
      { account_id: '1', id_token: idToken({ iss: 'https://as.example', sub: 'bob' }) },
      false,
    ],
  ])('%s', (_, before, response, isSame) => {
    expect(isSameIdentity(before, response)).toBe(isSame)
  })
})
