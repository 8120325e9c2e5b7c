// Tokens that a program passes to the constructor are recognized by a salted hash, as long as it passes the same ones.
import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { Client, type ClientOptions, MemoryTokenStore, type TokenStore } from '@latchkey/core'
import type { Json } from '@latchkey/core/ports'
import { fakeClock } from '@latchkey/test-kit'
import { respondingWith } from './support.ts'

const GIVEN = { access_token: 'given-a', refresh_token: 'given-r' }
const KEY = 'imgur/id/default'

function clientOf(store: TokenStore, options: ClientOptions = {}): Client {
  const body = JSON.stringify({
    access_token: 'a1',
    refresh_token: 'r1',
    token_type: 'bearer',
    expires_in: 3600,
  })
  return new Client({ client_id: 'id', store, transport: respondingWith(() => ({ body })), ...options })
}

/** Stores the tokens, refreshes them, and signs out if `signsOut`. Returns the record. */
async function used(
  store: TokenStore,
  options: ClientOptions,
  signsOut = false,
): Promise<Record<string, Json>> {
  const client = clientOf(store, options)
  await client.Authorize.regenerateFromRefreshToken()
  if (signsOut) await client.signOut()
  return recordIn(store)
}

const recordIn = async (store: TokenStore) => (await store.read(KEY))!.value as Record<string, Json>

/** Runs `work` as in a page over plain http. */
async function withoutWebCrypto<T>(work: () => Promise<T>): Promise<T> {
  Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })
  try {
    return await work()
  } finally {
    delete (crypto as { subtle?: unknown }).subtle
  }
}

test('the record has a SHA-256 of each token with a random salt, which differs between two records', async () => {
  const [one, two] = [
    await used(new MemoryTokenStore(), GIVEN),
    await used(new MemoryTokenStore(), GIVEN, true),
  ]
  for (const { importedHash } of [one, two]) {
    const [salt, ...hashes] = String(importedHash).split('.')
    expect(salt).toMatch(/^[0-9a-f]{32}$/)
    expect(hashes).toEqual(
      ['given-r', 'given-a'].map(token =>
        createHash('sha256')
          .update(salt + token)
          .digest('base64url'),
      ),
    )
  }
  const parts = (record: typeof one) => String(record['importedHash']).split('.')
  expect(parts(one).filter(part => parts(two).includes(part))).toEqual([])
})

test('without the salted hash, nothing that is left after a sign-out tells one token from another', async () => {
  const left = await Promise.all(
    [GIVEN, { access_token: 'other-a', refresh_token: 'other-r' }].map(given =>
      used(
        new MemoryTokenStore(),
        { ...given, clock: fakeClock(), crypto: { randomBytes: length => new Uint8Array(length) } },
        true,
      ),
    ),
  )
  const [one, two] = left.map(({ importedHash: _, ...rest }) => rest)
  expect(one).toEqual(two)
  expect(left[0]!['importedHash']).not.toEqual(left[1]!['importedHash'])
})

test.each([
  ['the same tokens', GIVEN],
  ['the same refresh token alone', { refresh_token: 'given-r' }],
])('%s are recognized after a refresh and after a sign-out', async (_, given) => {
  const store = new MemoryTokenStore()
  await used(store, GIVEN)
  expect(await clientOf(store, given).accessToken()).toBe('a1')
  await clientOf(store).signOut()
  await expect(clientOf(store, given).accessToken()).rejects.toMatchObject({ code: 'signed_out' })
})

test.each([
  ['another refresh token', { refresh_token: 'new-r', access_token: 'new-a' }],
  ['another access token', { refresh_token: 'given-r', access_token: 'new-a' }],
  ['only an access token', { access_token: 'new-a' }],
])('%s is imported, also after a sign-out', async (_, given) => {
  for (const signsOut of [false, true]) {
    const store = new MemoryTokenStore()
    await used(store, GIVEN, signsOut)
    expect(await clientOf(store, given).accessToken()).toBe('new-a')
    expect(await recordIn(store)).toMatchObject({ because: 'imported', tokens: given })
  }
})

test('another process that stores the same tokens at the same time is recognized', async () => {
  const store = new MemoryTokenStore()
  await Promise.all([1, 2, 3].map(() => clientOf(store, GIVEN).settled()))
  expect(await recordIn(store)).toMatchObject({ generation: 1, tokens: GIVEN })
})

test.each(['0123456789abcdef.0123456789abcdef', '', 7, null, ['x']])(
  'a record with the hash %j is readable, and recognizes no tokens',
  async importedHash => {
    const store = new MemoryTokenStore()
    const record = await used(store, GIVEN)
    await store.compareAndSwap(KEY, (await store.read(KEY))!.version, { ...record, importedHash })
    expect(await clientOf(store).accessToken()).toBe('a1')
    expect(await clientOf(store, GIVEN).accessToken()).toBe('given-a')
  },
)

test('without Web Crypto, tokens are not remembered: the same ones are imported again, also after a sign-out', () =>
  withoutWebCrypto(async () => {
    const store = new MemoryTokenStore()
    await clientOf(store, GIVEN).settled()
    await clientOf(store, GIVEN).settled()
    expect(await recordIn(store)).toMatchObject({ generation: 1, tokens: GIVEN })
    for (const signsOut of [false, true]) {
      expect(await used(store, {}, signsOut)).not.toHaveProperty('importedHash')
      expect(await clientOf(store, GIVEN).accessToken()).toBe('given-a')
    }
  }))
