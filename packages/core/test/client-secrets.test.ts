// Whatever walks through a client, spreads it or prints it finds no secret.
import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import { Client } from '../src/index.ts'

const SECRETS = { client_secret: 'the-secret', mashape_key: 'the-key' }
const client = new Client({ client_id: 'id', ...SECRETS, access_token: 'the-access-token' })

/** Every value that a logger reaches. */
function reachable(value: unknown, seen = new Set<unknown>()): unknown[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [value]
  seen.add(value)
  return Reflect.ownKeys(value).flatMap(key => {
    const { value: member } = Object.getOwnPropertyDescriptor(value, key) ?? {}
    return reachable(member, seen)
  })
}

test.each([
  ['walks', () => reachable(client)],
  ['spreads', () => reachable({ ...client })],
  ['assigns', () => Object.entries(Object.assign({}, client)).flat()],
  ['prints', () => [inspect(client, { depth: 9, showHidden: true })]],
  ['serializes', () => [JSON.stringify(client)]],
])('a logger that %s it', (_, look) => {
  const found = look().map(String).join(' ')
  for (const secret of [...Object.values(SECRETS), 'the-access-token']) expect(found).not.toContain(secret)
})

test('secrets can still be read and assigned', () => {
  const other = new Client({ client_id: 'id', ...SECRETS })
  expect([other.client_secret, other.mashape_key]).toEqual(['the-secret', 'the-key'])
  other.client_secret = 'another'
  other.mashape_key = null
  expect([other.client_secret, other.mashape_key]).toEqual(['another', null])
})

test('options that were not given are absent when it is printed', () => {
  expect(inspect(new Client('id'))).not.toContain('redacted')
  expect(inspect(client)).toMatch(/client_secret: '\[redacted\]'/)
})
