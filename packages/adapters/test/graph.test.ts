import { expect, test } from '@jest/globals'
import { Client as GraphClient } from '@microsoft/microsoft-graph-client'
import { graphMiddleware } from '@latchkey/adapters/graph'
import { hundred, startService } from './service.ts'

test('a token that Graph rejects is refreshed once for 100 requests, and bodies are sent again', async () => {
  const service = await startService()
  const graph = GraphClient.initWithMiddleware({
    baseUrl: `${service.origin}/`,
    middleware: graphMiddleware(await service.client()),
  })
  service.endToken()
  await hundred(index => graph.api('/me/messages').post({ subject: `message ${index}` }))
  expect([service.refreshes, service.accepted.length]).toEqual([1, 100])
  expect(new Set(service.accepted.map(({ body }) => body)).size).toBe(100)
})

test('Graph asks for patience: the request is retried', async () => {
  let asked = 0
  const service = await startService((_, response) =>
    asked++ === 0
      ? response.writeHead(429, { 'retry-after': '0' }).end()
      : response.setHeader('content-type', 'application/json').end('{"displayName":"Ada"}'),
  )
  const graph = GraphClient.initWithMiddleware({
    baseUrl: `${service.origin}/`,
    middleware: graphMiddleware(await service.client()),
  })
  expect(await graph.api('/me').get()).toEqual({ displayName: 'Ada' })
  expect(asked).toBe(2)
})
