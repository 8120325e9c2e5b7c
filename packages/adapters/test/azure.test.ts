import { expect, test } from '@jest/globals'
import {
  bearerTokenAuthenticationPolicy,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
} from '@azure/core-rest-pipeline'
import { azureCredential } from '@latchkey/adapters/azure'
import { hundred, startService } from './service.ts'

const RESOURCE = 'https://management.azure.com'
const SCOPE = `${RESOURCE}/.default`

/** Sends to the service, which has no TLS; the policy of the SDK rejects every address but https. */
const withoutTls: HttpClient = {
  async sendRequest(request) {
    const headers = { authorization: request.headers.get('authorization')! }
    const { status } = await fetch(request.url.replace('https:', 'http:'), { headers })
    return { request, status, headers: createHttpHeaders() }
  },
}

test('the pipeline of the Azure SDK sends 100 requests with the token of one refresh', async () => {
  const service = await startService()
  const client = await service.expiredClient()
  const credential = azureCredential(client, { resource: RESOURCE })
  const pipeline = createEmptyPipeline()
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: SCOPE }))
  const url = service.origin.replace('http:', 'https:')
  const responses = await hundred(() => pipeline.sendRequest(withoutTls, createPipelineRequest({ url })))
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
  expect([service.refreshes, service.accepted.length]).toEqual([1, 100])
})

test('getToken: the token, its end, and one refresh for 100 calls', async () => {
  const service = await startService()
  const client = await service.expiredClient()
  const credential = azureCredential(client, { resource: RESOURCE })
  const before = Date.now()
  const tokens = await hundred(() => credential.getToken([SCOPE]))
  expect(new Set(tokens.map(token => token!.token))).toEqual(new Set(['access-1']))
  expect(tokens[0]!.expiresOnTimestamp - before).toBeGreaterThanOrEqual(3_600_000)
  expect(service.refreshes).toBe(1)
})

test('a scope of another resource, and a claims challenge, are errors', async () => {
  const service = await startService()
  const credential = azureCredential(await service.client(), { resource: RESOURCE })
  await expect(credential.getToken('https://vault.azure.net/.default')).rejects.toThrow(
    "the tokens of this credential are for https://management.azure.com, not for the scope 'https://vault.azure.net/.default'",
  )
  await expect(credential.getToken('https://management.azure.com.evil.example/.default')).rejects.toThrow(
    TypeError,
  )
  await expect(credential.getToken(SCOPE, { claims: '{}' })).rejects.toThrow('sign in again')
})

test.each([
  [undefined, { resource: RESOURCE }, 'client must be'],
  [{ accessToken() {}, snapshot() {} }, { resource: '' }, 'resource must be'],
])('wrong arguments are a TypeError: %j', (client, options, message) => {
  expect(() => azureCredential(client as never, options)).toThrow(TypeError)
  expect(() => azureCredential(client as never, options)).toThrow(message)
})
