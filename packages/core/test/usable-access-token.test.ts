// Reading a stored record returns the token that a client would return without a refresh, and no other.
import { expect, test } from '@jest/globals'
import { Client, imgur, MemoryTokenStore } from '../src/index.ts'
import { usableAccessToken, keyOf, ownerOf, readRecord } from '../src/keeper/index.ts'
import type { Json } from '../src/ports/index.ts'

const NOW = Date.now()
const owner = { provider: 'imgur', client_id: 'id', account: 'a/b %' }

/** Stores these tokens with a client. Returns the client, and a function that reads the stored record. */
async function recordOf(tokens: {
  access_token?: string
  refresh_token?: string
  expires_in?: number
  expires_at?: number
}) {
  const store = new MemoryTokenStore()
  const client = new Client({ client_id: 'id', account: owner.account, provider: imgur(), store })
  await client.import(tokens)
  return { client, read: async () => (await store.read(keyOf(owner)))!.value as Json & object }
}

const good = { access_token: 'a', refresh_token: 'r', expires_in: 3600 }

test('returns a token that has not expired', async () => {
  const { read } = await recordOf(good)
  expect(usableAccessToken(await read(), owner, NOW)).toBe('a')
})

test('returns a token without an expiry', async () => {
  const { read } = await recordOf({ access_token: 'a' })
  expect(usableAccessToken(await read(), owner, NOW)).toBe('a')
})

test.each([
  ['expired', 3_600_000],
  ['about to expire, since a client would refresh it in the background', 3_300_000],
])('does not return a token that is %s', async (_, later) => {
  const { read } = await recordOf(good)
  expect(usableAccessToken(await read(), owner, NOW + later)).toBeUndefined()
})

test('returns no token of a signed-out account, another account, a newer version or an invalid record', async () => {
  const { client, read } = await recordOf(good)
  const record = await read()
  expect(usableAccessToken(record, { ...owner, account: 'another' }, NOW)).toBeUndefined()
  expect(usableAccessToken({ ...record, v: 3 }, owner, NOW)).toBeUndefined()
  expect(usableAccessToken('a', owner, NOW)).toBeUndefined()
  expect(usableAccessToken({ ...record, rejectedGeneration: 1 }, owner, NOW)).toBeUndefined()
  expect(usableAccessToken({ ...record, status: 'reauth' }, owner, NOW)).toBeUndefined()
  await client.signOut()
  expect(usableAccessToken(await read(), owner, NOW)).toBeUndefined()
})

test('a key identifies its owner, whatever the names contain', () => {
  expect(ownerOf(keyOf(owner))).toEqual(owner)
  expect(ownerOf('pending/abc')).toBeUndefined()
  expect(readRecord(undefined, owner)).toBeUndefined()
})
