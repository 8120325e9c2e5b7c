// `status()` and `tokens()` say what `accessToken()` does.
import { expect } from '@jest/globals'
import { isSignInRequired, MemoryTokenStore, StoreError } from '@latchkey/core'
import { storeWith } from '../support.ts'
import { clientOf, EXPIRED, field, granted, HOUR_MS, neighbour, startServer } from './support.ts'

const server = await startServer()

field(
  'angular-linkedin-sdk#10, hybridauth#258',
  'an access token without a refresh token, past its end, is reauth everywhere',
  async () => {
    const client = clientOf(server)
    await client.import({ access_token: 'A0', expires_in: 3600 })
    expect(await client.status()).toMatchObject({ status: 'live' })
    await client.at.advance(2 * HOUR_MS)
    const error = await client.accessToken().catch((caught: unknown) => caught)
    expect(isSignInRequired(error)).toBe(true)
    expect(await client.status()).toMatchObject({ status: 'reauth', because: 'access-token-expired' })
    expect(await client.tokens()).toBeUndefined()
  },
)

neighbour('one that is rejected before its end, too', async () => {
  const client = clientOf(server)
  await client.import({ access_token: 'A0', expires_in: 3600 })
  await expect(client.rejected('A0')).rejects.toMatchObject({ code: 'reauth_required' })
  expect(await client.status()).toMatchObject({ status: 'reauth' })
  expect(await client.tokens()).toBeUndefined()
})

neighbour('a token that never ends stays live', async () => {
  const client = clientOf(server)
  await client.import({ access_token: 'A0' })
  await client.at.advance(1000 * HOUR_MS)
  expect(await client.status()).toMatchObject({ status: 'live' })
})

neighbour('an expired token with a refresh token is live, and refreshed', async () => {
  server.respond('/token', granted(1))
  const client = clientOf(server)
  await client.import(EXPIRED)
  expect(await client.status()).toMatchObject({ status: 'live' })
  expect(await client.accessToken()).toBe('A1')
})

neighbour('a rejected refresh token is reauth everywhere', async () => {
  server.respond('/token', { status: 400, body: { error: 'invalid_grant' } })
  const client = clientOf(server)
  await client.import(EXPIRED)
  await expect(client.accessToken()).rejects.toMatchObject({ code: 'reauth_required', kind: 'reauth' })
  expect(await client.status()).toMatchObject({
    status: 'reauth',
    because: 'refresh-token-refused',
    inDoubt: false,
  })
})

neighbour(
  'after a sign-out that could not be stored the account is signed out here all the same',
  async () => {
    const medium = new MemoryTokenStore()
    let isReadOnly = false
    const store = storeWith(medium, {
      compareAndSwap: (...swap) =>
        isReadOnly ? Promise.reject(new StoreError('read-only')) : medium.compareAndSwap(...swap),
    })
    const client = clientOf(server, { store })
    await client.import({ access_token: 'A0' })
    isReadOnly = true
    await expect(client.signOut()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await client.status()).toMatchObject({ status: 'signedOut', because: 'signed-out' })
    expect(await client.tokens()).toBeUndefined()
  },
)
