import { expect, test } from '@jest/globals'
import { inspect } from 'node:util'
import ky, { type Options } from 'ky'
import { Client, imgur } from '@latchkey/core'
import { authorizedFetch, kyHooks, type TokenSource } from '../src/index.ts'
import { hashOf, kept, startApi } from './api.ts'
import { closedPort, serve } from './servers.ts'

/** ky with the hooks, for the API at `origin`; a status is nothing to throw for. */
const kyFor = (client: TokenSource, origin: string, options: Options = {}) =>
  ky.create({ throwHttpErrors: false, hooks: kyHooks(client, { origins: [origin] }), ...options })

test('requests for the API get the token, others do not', async () => {
  const [api, other] = [await startApi('old'), await startApi('old')]
  const asking = kyFor(await kept(), api.origin)
  await asking.get(`${api.origin}/a`)
  await asking.get(`${other.origin}/b`)
  expect(api.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old'])
  expect(other.asked.map(({ headers }) => headers.authorization)).toEqual([undefined])
})

test.each<[string, Options]>([
  ['no body', {}],
  ['JSON', { method: 'POST', json: { a: 'b' } }],
  ['a form', { method: 'POST', body: new URLSearchParams({ a: 'b' }) }],
  ['no body, and retries switched off', { retry: 0 }],
])('a rejected token is refreshed, and the request sent once more: %s', async (_, options) => {
  const api = await startApi('new-1')
  const tokens = await kept()
  const response = await kyFor(tokens, api.origin)(api.origin, options)
  expect(response.status).toBe(200)
  expect(api.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new-1'])
  expect(api.asked[1]).toMatchObject({ hash: api.asked[0]!.hash, method: options.method ?? 'GET' })
  expect(tokens.refreshes).toBe(1)
})

test('50 rejections cause one refresh', async () => {
  const api = await startApi('new-1')
  const tokens = await kept()
  const asking = kyFor(tokens, api.origin)
  const answers = await Promise.all(Array.from({ length: 50 }, () => asking.get(api.origin)))
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(tokens.refreshes).toBe(1)
})

test('a repeated rejection is retried once; throwHttpErrors applies to the last response', async () => {
  const api = await startApi('none of them')
  const tokens = await kept()
  const asking = kyFor(tokens, api.origin, { throwHttpErrors: true })
  await expect(asking.get(api.origin)).rejects.toMatchObject({ name: 'HTTPError', response: { status: 401 } })
  expect(api.asked).toHaveLength(2)
  expect(tokens.refreshes).toBe(1)
})

test('a body without a copy in ky is sent once, and the token is refreshed for the next request', async () => {
  const api = await startApi('new-1')
  const tokens = await kept()
  const asking = kyFor(tokens, api.origin, { retry: 0 })
  const response = await asking.post(api.origin, { body: 'a' })
  expect([response.status, await response.text()]).toEqual([401, 'refused'])
  expect((await asking.post(api.origin, { body: 'a' })).status).toBe(200)
  expect(api.asked.map(({ hash }) => hash)).toEqual(Array(2).fill(hashOf('a')))
  expect(tokens.refreshes).toBe(1)
})

test("ky's own retries use the new token, and are not rejected again", async () => {
  const authorizations: (string | undefined)[] = []
  const origin = await serve((request, response) => {
    const { authorization } = request.headers
    authorizations.push(authorization)
    response.writeHead(authorization === 'Bearer old' ? 401 : authorizations.length < 3 ? 503 : 200).end()
  })
  const tokens = await kept()
  const response = await kyFor(tokens, origin, { throwHttpErrors: true, retry: { delay: () => 1 } }).get(
    origin,
  )
  expect(response.status).toBe(200)
  expect(authorizations).toEqual(['Bearer old', 'Bearer new-1', 'Bearer new-1'])
  expect(tokens.refreshes).toBe(1)
})

test("the caller's Authorization overrides ours, even if it is rejected", async () => {
  const api = await startApi('good')
  const tokens = await kept()
  const asking = kyFor(tokens, api.origin)
  const response = await asking.get(api.origin, { headers: { authorization: 'Bearer mine' } })
  expect(response.status).toBe(401)
  expect(api.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer mine'])
  expect(tokens.refreshes).toBe(0)
})

test('the errors of the client are thrown unchanged', async () => {
  const api = await startApi('none of them')
  const tokens = await kept({ refresh: () => Promise.reject({ code: 'invalid_grant' }) })
  const asking = kyFor(tokens, api.origin)
  await expect(asking.get(api.origin)).rejects.toMatchObject({ code: 'reauth_required' })
  await expect(asking.get(api.origin)).rejects.toMatchObject({ code: 'reauth_required' })
  expect(api.asked).toHaveLength(1)
})

test('no redirect takes the token to another origin; with a mashape_key it is an error', async () => {
  const foreign = await startApi('old')
  const origin = await serve((_, response) => response.writeHead(307, { location: foreign.origin }).end())
  await kyFor(await kept(), origin).get(origin)
  expect(foreign.asked.map(({ headers }) => headers.authorization)).toEqual([undefined])

  const client = new Client({
    client_id: 'id',
    access_token: 'old',
    mashape_key: 'key',
    provider: imgur({ baseUrl: origin }),
  })
  await expect(kyFor(client, origin, { retry: 0 }).get(origin)).rejects.toThrow()
  expect(foreign.asked).toHaveLength(1)
  expect((await kyFor(client, origin).get(origin, { redirect: 'manual' })).status).toBe(307)
})

test('with authorizedFetch as its fetch, ky behaves the same, and its errors contain no token', async () => {
  const api = await startApi('new-1')
  const tokens = await kept()
  const asking = ky.create({ fetch: authorizedFetch(tokens, { origins: [api.origin] }) })
  expect(await asking.post(api.origin, { json: { a: 'b' } }).json()).toMatchObject({
    hash: hashOf('{"a":"b"}'),
  })
  expect(tokens.refreshes).toBe(1)

  const nobody = `http://127.0.0.1:${await closedPort()}`
  const fetch = authorizedFetch(tokens, { origins: [nobody] })
  const error: unknown = await ky.get(nobody, { fetch, retry: 0 }).catch((error: unknown) => error)
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('new-1')
})

test.each<[string, () => unknown, string]>([
  ['no client', () => kyHooks(undefined as never), 'client must be a Client'],
  ['no origin', async () => kyHooks(await kept()), 'pass { origins'],
  [
    'a fetch that is none',
    async () => kyHooks(await kept(), { origins: ['https://a.example'], fetch: 1 as never }),
    'fetch must be',
  ],
])('%s is a TypeError', async (_, make, message) => {
  await expect((async () => make())()).rejects.toThrow(message)
})
