// Responses of an API that reject a token, against the emulator: which they are, and how many refreshes each costs.
import { describe, expect, test } from '@jest/globals'
import { Client, type ClientOptions, imgur, MemoryTokenStore } from '@latchkey/core'
import { type Emulator, simulateUser, startEmulator } from '@latchkey/emulator'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { clientOf } from './support.ts'

/** Returns a client of the emulator with a signed-in user. */
async function signedIn(emulator: Emulator, options: ClientOptions = {}): Promise<Client> {
  const client = clientOf(emulator, options)
  const auth = client.Authorize.byCode()
  const { account_username: username, password } = emulator.user
  await auth.authorize(await simulateUser({ username, password }).allow(auth.url))
  return client
}

/** Returns the number of refresh requests that the emulator received. */
const refreshesOf = ({ ledger }: Emulator): number =>
  ledger.filter(({ endpoint, grant_type }) => endpoint === 'token' && grant_type === 'refresh_token').length

describe.each(['403', '401', '429'] as const)('a token that an API rejects with status %s', status => {
  test('is refreshed once for 50 requests at a time, each of which succeeds', async () => {
    await using emulator = await startEmulator({
      rejectedTokenStatus: status,
      rotation: 'strict',
      actualExpiryMs: 60_000,
    })
    const client = await signedIn(emulator)
    const fetch = authorizedFetch(client)
    expect((await fetch(`${emulator.url}/3/account/me`)).status).toBe(200)
    emulator.clock.advance(60_001)

    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => (await fetch(`${emulator.url}/3/account/me`)).json()),
    )

    const url = emulator.user.account_username
    for (const answer of answers) expect(answer).toMatchObject({ success: true, data: { url } })
    expect(refreshesOf(emulator)).toBe(1)
  })

  test('and replaced by another process in the meantime costs no refresh', async () => {
    await using emulator = await startEmulator({
      rejectedTokenStatus: status,
      rotation: 'strict',
      actualExpiryMs: 60_000,
    })
    const store = new MemoryTokenStore()
    const client = await signedIn(emulator, { store })
    const other = clientOf(emulator, { store })
    emulator.clock.advance(60_001)
    await other.Authorize.regenerateFromRefreshToken()
    expect(refreshesOf(emulator)).toBe(1)

    expect((await authorizedFetch(client)(`${emulator.url}/3/account/me`)).status).toBe(200)
    expect(refreshesOf(emulator)).toBe(1)
  })

  test('costs a bounded number of refreshes in any case: a suspended account', async () => {
    // The lifetimes end before a token can be used, so the API rejects every token.
    await using emulator = await startEmulator({ rejectedTokenStatus: status, actualExpiryMs: 1 })
    const client = await signedIn(emulator)
    const suspended: typeof fetch = async (input, init) => {
      emulator.clock.advance(1)
      return fetch(input, init)
    }
    const fetching = authorizedFetch(client, { fetch: suspended })

    const outcomes = new Map<unknown, number>()
    for (let request = 0; request < 100; request++) {
      const outcome = await fetching(`${emulator.url}/3/account/me`).then(
        ({ status }) => status,
        (error: { code?: string }) => error.code,
      )
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }

    expect(refreshesOf(emulator)).toBeLessThanOrEqual(3)
    expect([...outcomes.keys()].sort()).toEqual([Number(status), 'transient'])
    expect(outcomes.get('transient')).toBeGreaterThan(95)
  })
})

test('a rate limit response is returned unchanged and costs no refresh, with or without remaining credits', async () => {
  await using emulator = await startEmulator({ clientCredits: 12 })
  const client = await signedIn(emulator)
  const fetch = authorizedFetch(client)
  const upload = () =>
    fetch(`${emulator.url}/3/image`, {
      method: 'POST',
      body: new URLSearchParams({ image: 'R0lGODlhAQABAAAAACw=' }),
    })
  expect((await upload()).status).toBe(200)
  for (const limited of [await upload(), await upload()]) {
    expect(limited.status).toBe(429)
    expect(limited.headers.get('x-ratelimit-clientremaining')).toBe('2')
    expect(await limited.json()).toMatchObject({ data: { error: 'Daily client requests exceeded' } })
  }
  emulator.faults.add({ kind: 'response', response: 'errors-array-429', endpoint: 'account', times: 1 })
  expect((await fetch(`${emulator.url}/3/account/me`)).status).toBe(429)
  expect(refreshesOf(emulator)).toBe(0)
})

test.each(['over-capacity-403', 'html-503', 'gateway-message', 'error-object-429', 'html-200'] as const)(
  'an API that responds with %s',
  async answer => {
    await using emulator = await startEmulator()
    const client = await signedIn(emulator)
    emulator.faults.add({ kind: 'response', response: answer, endpoint: 'account', times: 1 })
    const response = await authorizedFetch(client)(`${emulator.url}/3/account/me`)
    // A 401 of the gateway is a 401, and is retried with another token.
    const isRefusal = answer === 'gateway-message'
    expect(response.status).toBe(isRefusal ? 200 : Number(answer.slice(-3)))
    expect(refreshesOf(emulator)).toBe(isRefusal ? 1 : 0)
  },
)

test('an upload is sent again unchanged: a form with a file', async () => {
  await using emulator = await startEmulator({ actualExpiryMs: 60_000 })
  const client = await signedIn(emulator)
  emulator.clock.advance(60_001)
  const form = new FormData()
  const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
  form.append('image', new File([gif], 'dot.gif', { type: 'image/gif' }))
  const response = await authorizedFetch(client)(`${emulator.url}/3/image`, { method: 'POST', body: form })
  expect(await response.json()).toMatchObject({
    success: true,
    data: { type: 'image/gif', size: gif.length },
  })
  expect(refreshesOf(emulator)).toBe(1)
})

test('an account that never signed in is anonymous; one with a rejected grant throws instead of becoming anonymous', async () => {
  await using emulator = await startEmulator({ actualExpiryMs: 60_000 })
  const { client_id } = emulator.client
  const anonymous = new Client({ client_id, provider: imgur({ baseUrl: emulator.url }) })
  expect((await authorizedFetch(anonymous)(`${emulator.url}/3/credits`)).status).toBe(200)

  const client = await signedIn(emulator)
  emulator.clock.advance(60_001)
  client.refresh_token = 'f'.repeat(40)
  await expect(authorizedFetch(client)(`${emulator.url}/3/credits`)).rejects.toMatchObject({
    code: 'reauth_required',
  })
  await client.signOut()
  expect((await authorizedFetch(client)(`${emulator.url}/3/credits`)).status).toBe(200)
})

test('the key goes with every request for the API, and never to the authorization server', async () => {
  await using emulator = await startEmulator({ actualExpiryMs: 60_000 })
  const keys: [string, string | null][] = []
  const client = await signedIn(emulator, { mashape_key: 'a-key' })
  emulator.clock.advance(60_001)
  const fetching = authorizedFetch(client, {
    fetch(input, init) {
      const { url, headers } = new Request(input, init)
      keys.push([new URL(url).pathname, headers.get('x-mashape-key')])
      return fetch(input, init)
    },
  })
  await fetching(`${emulator.url}/3/account/me`)
  await fetching(`${emulator.url}/oauth2/token`, { method: 'POST' })
  expect(keys).toEqual([
    ['/3/account/me', 'a-key'],
    ['/3/account/me', 'a-key'],
    ['/oauth2/token', null],
  ])
})
