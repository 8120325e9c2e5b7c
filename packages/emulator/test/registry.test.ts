import { expect, test } from '@jest/globals'
import type { EmulatorOptions } from '../src/index.ts'
import { simulateUser, startEmulator } from '../src/index.ts'
import { authorizeUrl, emulatorWith, postToken, refresh, userOf } from './support.ts'

test('item 1: the default client and user are those of the documentation', async () => {
  const { client, user } = await emulatorWith()
  expect(client).toMatchObject({ client_id: '43652b743b5a7a0', redirect_uri: 'https://imgur.com/' })
  expect(client.client_secret).toMatch(/^[0-9a-f]{40}$/)
  expect(user).toMatchObject({ account_id: 4118974, account_username: 'rmp135' })
})

test("item 1: a client without a callback gets Imgur's home page, and an id and a secret in Imgur's format", async () => {
  const { client } = await emulatorWith({ clients: [{}] })
  expect(client.client_id).toMatch(/^[0-9a-f]{15}$/)
  expect(client.client_secret).toMatch(/^[0-9a-f]{40}$/)
  expect(client.redirect_uri).toBe('https://imgur.com/')
})

test('item 1: a redirect URI may have a private-use scheme and a query', async () => {
  const emulator = await emulatorWith({ clients: [{ redirect_uri: 'obsidian://imgur-oauth?vault=a' }] })
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator, { state: 's' }))
  expect(redirect).toMatch(/^obsidian:\/\/imgur-oauth\?vault=a&state=s&code=[0-9a-f]{40}$/)
})

test('item 1: every registered user can sign in with every client', async () => {
  const emulator = await emulatorWith({
    clients: [{ client_id: 'a' }, { client_id: 'b' }],
    users: [
      { account_id: 1, account_username: 'one', password: 'p1' },
      { account_id: 2, account_username: 'two', password: 'p2' },
    ],
  })
  const two = simulateUser({ username: 'two', password: 'p2' })
  const redirect = await two.allow(authorizeUrl(emulator, { client_id: 'b', response_type: 'token' }))
  expect(redirect).toContain('account_username=two&account_id=2')
})

test('item 1: the clock can be set and moved, and all responses follow it', async () => {
  const emulator = await emulatorWith({ now: () => 1_000_000 })
  emulator.clock.set(Date.UTC(2030, 0, 1))
  emulator.clock.advance(1000)
  expect(emulator.clock.nowMs()).toBe(Date.UTC(2030, 0, 1, 0, 0, 1))
  const response = await refresh(emulator, 'unknown')
  expect(response.headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:01 GMT')
  expect(emulator.ledger[0]!.atMs).toBe(Date.UTC(2030, 0, 1, 0, 0, 1))
  expect(() => emulator.clock.advance(-1)).toThrow(
    new TypeError('ms must be a non-negative number of milliseconds'),
  )
  expect(() => emulator.clock.set(NaN)).toThrow(new TypeError('ms must be a Unix time in milliseconds'))
})

test('item 1: the default clock is the real one', async () => {
  const emulator = await startEmulator()
  const beforeMs = Date.now()
  const nowMs = emulator.clock.nowMs()
  expect([beforeMs <= nowMs, nowMs <= Date.now()]).toEqual([true, true])
  await emulator[Symbol.asyncDispose]()
})

test('the documented code, PIN and tokens work; code and PIN work once and do not expire', async () => {
  const emulator = await emulatorWith()
  emulator.clock.advance(365 * 24 * 3_600_000)
  const code = { grant_type: 'authorization_code', code: 'd2a73efa3c92ba24a1285eddeb3c06b7abcf44b2' }
  const pin = { grant_type: 'pin', pin: '4118974' }
  for (const parameters of [code, pin]) {
    expect((await postToken(emulator, parameters)).json).toMatchObject({ account_username: 'rmp135' })
    expect((await postToken(emulator, parameters)).status).toBe(400)
  }
  const refreshed = await refresh(emulator, '94294ec17cf55ac9650f0e040649d8985cf624d4')
  expect(refreshed.json).toMatchObject({ account_id: 4118974 })
  const headers = { authorization: 'Bearer c6f67dc9be42c74cfb052a640d51b056d9a06c42' }
  expect((await fetch(`${emulator.url}/3/account/me`, { headers })).status).toBe(200)
})

test('an emulator without the documented client rejects the documented values', async () => {
  const emulator = await emulatorWith({ clients: [{}] })
  expect((await postToken(emulator, { grant_type: 'pin', pin: '4118974' })).status).toBe(400)
})

const user = { account_id: 1, account_username: 'a', password: 'p' }
const client = { client_id: 'a' }

test.each<[string, unknown]>([
  ['options must be an object', null],
  ['port must be a whole number from 0 to 65535', { port: -1 }],
  ['port must be a whole number from 0 to 65535', { port: '80' }],
  ['host must be an address or a host name', { host: '' }],
  ['now must be a function', { now: 5 }],
  ['warn must be a function', { warn: 'loudly' }],
  ['clients must be an array of at least one client', { clients: [] }],
  ['clients[0] must be an object { client_id, client_secret, redirect_uri }', { clients: ['x'] }],
  ['clients[0].client_id must be a string of visible ASCII characters', { clients: [{ client_id: 'a b' }] }],
  [
    'clients[0].client_secret must be a string of visible ASCII characters',
    { clients: [{ client_secret: 5 }] },
  ],
  [
    'clients[0].redirect_uri must be an absolute URL without a fragment',
    { clients: [{ redirect_uri: '/x' }] },
  ],
  [
    'clients[0].redirect_uri must be an absolute URL without a fragment',
    { clients: [{ redirect_uri: 'a:b#c' }] },
  ],
  ['clients[1].client_id must be registered only once', { clients: [client, client] }],
  ['users must be an array of at least one user', { users: {} }],
  ['users[0] must be an object { account_id, account_username, password }', { users: [null] }],
  ['users[0].account_id must be a whole number', { users: [{ ...user, account_id: '1' }] }],
  [
    'users[0].account_username must be a string of visible ASCII characters',
    { users: [{ ...user, account_username: '' }] },
  ],
  ['users[0].password must be a string that is not empty', { users: [{ ...user, password: '' }] }],
  ['users[1].account_username must be given only once', { users: [user, user] }],
  ['colour must be a known option', { colour: 'red' }],
  ['constructor must be a known option', { constructor: 'red' }],
  ['era must be one of 2014, 2016, 2021, docs', { era: '1999' }],
  ['requireSecret must be true or false', { requireSecret: 'no' }],
  ['codeLifetimeMs must be a whole number, not negative', { codeLifetimeMs: -5 }],
])('a wrong option is a TypeError: %s', async (message, options) => {
  await expect(startEmulator(options as EmulatorOptions)).rejects.toEqual(new TypeError(message))
})

test('switches change while the emulator runs, and an invalid one changes nothing', async () => {
  const emulator = await emulatorWith({ era: '2014' })
  emulator.set({ era: 'docs', requireSecret: false })
  expect(emulator.switches).toMatchObject({ era: 'docs', requireSecret: false, rotation: 'rotate-keep-old' })
  expect(() => emulator.set({ era: '2016', rotation: 'twice' as 'single' })).toThrow(TypeError)
  expect(emulator.switches.era).toBe('docs')
})

test('close cuts idle connections and frees the port', async () => {
  const first = await startEmulator()
  await fetch(first.url)
  await first.close()
  const second = await emulatorWith({ port: Number(new URL(first.url).port) })
  expect(second.url).toBe(first.url)
  await expect(startEmulator({ port: Number(new URL(second.url).port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

test('an emulator can listen on IPv6 loopback', async () => {
  const { url } = await emulatorWith({ host: '::1' })
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  expect((await fetch(url)).status).toBe(200)
})

test('the global Request and Response stay unchanged', async () => {
  const { Request, Response } = globalThis
  await fetch((await emulatorWith()).url)
  expect([globalThis.Request === Request, globalThis.Response === Response]).toEqual([true, true])
})
