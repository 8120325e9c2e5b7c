import type { ServerResponse } from 'node:http'
import { expect, test } from '@jest/globals'
import { Octokit } from '@octokit/core'
import { octokitAuth } from '@latchkey/adapters/octokit'
import { hundred, startService } from './service.ts'

const userOf = (_: unknown, response: ServerResponse): unknown =>
  response.setHeader('content-type', 'application/json').end('{"login":"octocat"}')

test('a token that GitHub rejects is refreshed once for 100 requests', async () => {
  const service = await startService(userOf)
  const octokit = new Octokit({
    authStrategy: octokitAuth(await service.client()),
    baseUrl: service.origin,
  })
  service.endToken()
  const users = await hundred(() => octokit.request('GET /user'))
  expect(users.map(({ data }) => data.login)).toEqual(users.map(() => 'octocat'))
  expect([service.refreshes, service.accepted.length]).toEqual([1, 100])
})

test('an upload is sent again', async () => {
  const service = await startService(userOf)
  const octokit = new Octokit({ authStrategy: octokitAuth(await service.client()), baseUrl: service.origin })
  service.endToken()
  await octokit.request('POST /repos/{owner}/{repo}/issues', { owner: 'o', repo: 'r', title: 'title' })
  expect(service.accepted).toMatchObject([{ path: '/repos/o/r/issues', body: '{"title":"title"}' }])
})

test('GraphQL and auth() use the token, and a custom fetch sends', async () => {
  const service = await startService((_, response) =>
    response.setHeader('content-type', 'application/json').end('{"data":{"viewer":{"login":"octocat"}}}'),
  )
  let sent = 0
  const octokit = new Octokit({
    authStrategy: octokitAuth(await service.client()),
    baseUrl: service.origin,
    request: { fetch: (...args: Parameters<typeof fetch>) => (sent++, fetch(...args)) },
  })
  expect(await octokit.graphql('{ viewer { login } }')).toEqual({ viewer: { login: 'octocat' } })
  expect(await octokit.auth()).toEqual({ type: 'token', tokenType: 'oauth', token: 'access-0' })
  expect(sent).toBe(1)
})

test('an account that must sign in is reported as that', async () => {
  const service = await startService()
  const client = await service.client()
  const octokit = new Octokit({ authStrategy: octokitAuth(client), baseUrl: service.origin })
  await client.signOut()
  await expect(octokit.request('GET /user')).rejects.toMatchObject({
    cause: expect.objectContaining({ code: 'signed_out' }),
  })
})

test('a wrong client is rejected at once', () => {
  expect(() => octokitAuth({} as never)).toThrow(TypeError)
})
