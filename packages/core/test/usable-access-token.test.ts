// One look at a stored record hands out what a client would hand out without a refresh, and nothing else.
import { expect, test } from '@jest/globals'
import { Client, imgur, MemoryTokenStore } from '../src/index.ts'
import { usableAccessToken, keyOf, ownerOf, readRecord } from '../src/keeper/index.ts'
import type { Json } from '../src/ports/index.ts'

const NOW = Date.now()
const owner = { provider: 'imgur', client_id: 'id', account: 'a/b %' }

/** What is stored after a sign-in with these tokens. */
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

test('a token that works', async () => {
  const { read } = await recordOf(good)
  expect(usableAccessToken(await read(), owner, NOW)).toBe('a')
})

test('a token without an expiry', async () => {
  const { read } = await recordOf({ access_token: 'a' })
  expect(usableAccessToken(await read(), owner, NOW)).toBe('a')
})

test.each([
  ['expired', 3_600_000],
  ['soon to expire: a client would refresh it beside the call', 3_300_000],
])('none that is %s', async (_, later) => {
  const { read } = await recordOf(good)
  expect(usableAccessToken(await read(), owner, NOW + later)).toBeUndefined()
})

test('none of an account that signed out, of another account, of a later version, or of no record', async () => {
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

test('a key tells its owner, whatever the names', () => {
  expect(ownerOf(keyOf(owner))).toEqual(owner)
  expect(ownerOf('pending/abc')).toBeUndefined()
  expect(readRecord(undefined, owner)).toBeUndefined()
})
