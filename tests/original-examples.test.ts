// The four examples of the documentation whose API this client follows (rmp135/imgur, April 2017), line by line. Added:
// the register import, and the emulator's address.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { Client, imgur, setDefaults, type Tokens } from '@latchkey/core'
import { type Emulator, startEmulator } from '@latchkey/emulator'
import '@latchkey/transport-fetch/register'

let emulator: Emulator
let client: Client

beforeEach(async () => {
  emulator = await startEmulator({ requireSecret: false })
  setDefaults({ provider: imgur({ baseUrl: emulator.url }) })
})

afterEach(() => emulator.close())

const HEX = /^[0-9a-f]{40}$/

function expectTokens(tokens: Tokens | null): void {
  expect(tokens).toMatchObject({
    access_token: expect.stringMatching(HEX),
    refresh_token: expect.stringMatching(HEX),
    token_type: 'bearer',
    account_id: '4118974',
    account_username: 'rmp135',
  })
  expect(client.access_token).toBe(tokens?.access_token)
  expect(client.client_token).toBe(tokens?.access_token)
  expect(client.refresh_token).toBe(tokens?.refresh_token)
}

test('byCode, as the original documentation shows it', async () => {
  client = new Client('43652b743b5a7a0')

  const auth = client.Authorize.byCode('application state')

  expect(auth.url).toBe(
    `${emulator.url}/oauth2/authorize?client_id=43652b743b5a7a0&response_type=code&state=application%20state`,
  )

  const tokens = await auth.authorize('d2a73efa3c92ba24a1285eddeb3c06b7abcf44b2')

  expectTokens(tokens)
})

test('byToken, as the original documentation shows it, with a warning about the missing state', () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {})
  client = new Client('43652b743b5a7a0')

  const auth = client.Authorize.byToken('application state')

  expect(auth.url).toBe(
    `${emulator.url}/oauth2/authorize?client_id=43652b743b5a7a0&response_type=token&state=application%20state`,
  )

  const tokens = auth.authorize(
    'https://imgur.com/#access_token=c6f67dc9be42c74cfb052a640d51b056d9a06c42&expires_in=2419200&token_type=bearer&refresh_token=94294ec17cf55ac9650f0e040649d8985cf624d4&account_username=rmp135&account_id=4118974',
  )

  expectTokens(tokens)
  expect(tokens).toMatchObject({
    access_token: 'c6f67dc9be42c74cfb052a640d51b056d9a06c42',
    expires_in: 2419200,
  })
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no state'))
})

test('byPIN, as the original documentation shows it', async () => {
  client = new Client('43652b743b5a7a0')

  const auth = client.Authorize.byPIN('application state')

  expect(auth.url).toBe(
    `${emulator.url}/oauth2/authorize?client_id=43652b743b5a7a0&response_type=pin&state=application%20state`,
  )

  const tokens = auth.authorize('4118974')

  expectTokens(await tokens)
})

test('regenerateFromRefreshToken, as the original documentation shows it', async () => {
  client = new Client('43652b743b5a7a0')

  const auth = await client.Authorize.regenerateFromRefreshToken('94294ec17cf55ac9650f0e040649d8985cf624d4')

  expectTokens(auth)
})

test('regenerateFromRefreshToken without any refresh token warns and resolves to null', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {})
  client = new Client('43652b743b5a7a0')

  expect(await client.Authorize.regenerateFromRefreshToken()).toBeNull()

  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no refresh token'))
  expect(emulator.ledger).toEqual([])
})
