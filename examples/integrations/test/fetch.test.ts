// Each library against an API that ends the token: 100 requests at once, one refresh, and every body arrives.
import { describe, expect, test } from '@jest/globals'
import { gql } from '@apollo/client'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { generateText } from 'ai'
import type { ServerResponse } from 'node:http'
import {
  hundred,
  type Received,
  type Service,
  startService,
} from '../../../packages/adapters/test/service.ts'
import { models } from '../src/ai.ts'
import { graphql as apollo } from '../src/apollo.ts'
import { api as got } from '../src/got.ts'
import { api as ofetch } from '../src/ofetch.ts'
import { openai } from '../src/openai.ts'
import { api as openapi } from '../src/openapi-fetch.ts'
import { trpc } from '../src/trpc.ts'
import { appRouter as router } from '../src/trpc-server.ts'
import { graphql as urql } from '../src/urql.ts'

type Respond = (request: Received, response: ServerResponse) => void

const json =
  (body: unknown): Respond =>
  (_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
const completion = json({
  id: '1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})
const viewer = json({ data: { viewer: { login: 'ada' } } })

const LIBRARIES: Record<
  string,
  {
    respond: Respond
    call: (service: Service) => Promise<(index: number) => Promise<unknown>>
    result: (index: number) => unknown
  }
> = {
  openai: {
    respond: completion,
    call: async service => {
      const client = openai(await service.client(), service.origin)
      return async index =>
        (
          await client.chat.completions.create({
            model: 'm',
            messages: [{ role: 'user', content: String(index) }],
          })
        ).choices[0]!.message.content
    },
    result: () => 'hello',
  },
  ai: {
    respond: completion,
    call: async service => {
      const model = models(await service.client(), service.origin)('m')
      return async index => (await generateText({ model, prompt: String(index) })).text
    },
    result: () => 'hello',
  },
  ofetch: {
    respond: ({ body }, response) => response.setHeader('content-type', 'application/json').end(body),
    call: async service => {
      const api = ofetch(await service.client(), service.origin)
      return index => api('/items', { method: 'POST', body: { index } })
    },
    result: index => ({ index }),
  },
  'openapi-fetch': {
    respond: ({ body }, response) => response.setHeader('content-type', 'application/json').end(body),
    call: async service => {
      const api = openapi(await service.client(), service.origin)
      return async index => (await api.POST('/items', { body: { index } })).data
    },
    result: index => ({ index }),
  },
  urql: {
    respond: viewer,
    call: async service => {
      const client = urql(await service.client(), `${service.origin}/graphql`)
      return async index => (await client.query(`query q${index} { viewer { login } }`, {}).toPromise()).data
    },
    result: () => ({ viewer: { login: 'ada' } }),
  },
  Apollo: {
    respond: viewer,
    call: async service => {
      const client = apollo(await service.client(), `${service.origin}/graphql`)
      return async index =>
        (await client.query({ query: gql(`query q${index} { viewer { login } }`), fetchPolicy: 'no-cache' }))
          .data
    },
    result: () => ({ viewer: { login: 'ada' } }),
  },
  tRPC: {
    respond: async ({ method, path, headers, body }, response) => {
      const type = { 'content-type': headers['content-type']! }
      const req = new Request(`http://service.example${path}`, { method, headers: type, body })
      const { status, headers: own, body: found } = await fetchRequestHandler({ endpoint: '', req, router })
      response.writeHead(status, Object.fromEntries(own)).end(await new Response(found).text())
    },
    call: async service => {
      const client = trpc(await service.client(), service.origin)
      return index => client.double.mutate(index)
    },
    result: index => index * 2,
  },
  got: {
    respond: ({ body }, response) => response.setHeader('content-type', 'application/json').end(body),
    call: async service => {
      const api = got(await service.client(), service.origin)
      return index => api.post('items', { json: { index } }).json()
    },
    result: index => ({ index }),
  },
}

describe.each(Object.entries(LIBRARIES))('%s', (_, { respond, call, result }) => {
  test('100 requests with an ended token: one refresh, and each is sent again', async () => {
    const service = await startService(respond)
    const request = await call(service)
    service.endToken()
    expect(await hundred(request)).toEqual(Array.from({ length: 100 }, (__, index) => result(index)))
    expect(service.refreshes).toBe(1)
  })
})
