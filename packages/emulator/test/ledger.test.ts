import { expect, test } from '@jest/globals'
import { authorizeUrl, callApi, emulatorWith, postToken, refresh, request, userOf } from './support.ts'

test('the ledger lists a sign-in, a refresh and a call, in order', async () => {
  const emulator = await emulatorWith({ now: () => 1000 })
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator, { state: 's' }))
  const code = new URL(redirect).searchParams.get('code')!
  const { json } = await postToken(emulator, { grant_type: 'authorization_code', code })
  await refresh(emulator, 'unknown-refresh-token')
  await callApi(emulator, '/3/account/me', `Bearer ${json.access_token}`)

  const { client_id } = emulator.client
  const common = { atMs: 1000, client_id }
  expect(emulator.ledger).toMatchObject([
    {
      ...common,
      id: 1,
      method: 'GET',
      path: '/oauth2/authorize',
      endpoint: 'authorize',
      outcome: 'ok',
      status: 200,
    },
    {
      ...common,
      id: 2,
      method: 'POST',
      endpoint: 'authorize',
      response_type: 'code',
      account_username: 'rmp135',
      outcome: 'ok',
      status: 302,
    },
    {
      ...common,
      id: 3,
      path: '/oauth2/token',
      endpoint: 'token',
      grant_type: 'authorization_code',
      presented: `${code.slice(0, 6)}…`,
      issued: [`${json.access_token.slice(0, 6)}…`, `${json.refresh_token.slice(0, 6)}…`],
      outcome: 'ok',
      status: 200,
    },
    {
      ...common,
      id: 4,
      grant_type: 'refresh_token',
      outcome: 'rejected',
      message: 'Invalid refresh token',
      status: 400,
    },
    { ...common, id: 5, endpoint: 'account', account_username: 'rmp135', outcome: 'ok', status: 200 },
  ])
})

test('the ledger contains no complete secret', async () => {
  const emulator = await emulatorWith()
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator, { response_type: 'token' }))
  const page = await userOf(emulator).allow(authorizeUrl(emulator, { response_type: 'pin' }))
  const pin = await userOf(emulator).readPin(page)
  const { json } = await postToken(emulator, { grant_type: 'pin', pin })
  const fragment = new URLSearchParams(new URL(redirect).hash.slice(1))
  await request(`${emulator.url}/3/credits`, { headers: { authorization: `Bearer ${json.access_token}` } })
  const { client, user } = emulator
  const secrets = [
    pin,
    json.access_token,
    json.refresh_token,
    fragment.get('access_token'),
    fragment.get('refresh_token'),
    client.client_secret,
    user.password,
  ]
  const text = JSON.stringify(emulator.ledger)
  expect(secrets.filter(secret => text.includes(secret))).toEqual([])
})
