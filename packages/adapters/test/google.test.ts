import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { drive } from '@googleapis/drive'
import { googleAuth } from '@latchkey/adapters/google'
import { hundred, startService } from './service.ts'

test('a token that Google rejects is refreshed once for 100 requests', async () => {
  const service = await startService()
  const files = drive({ version: 'v3', auth: googleAuth(await service.client()), rootUrl: service.origin })
  service.endToken()
  await hundred(index => files.files.get({ fileId: String(index) }))
  expect([service.refreshes, service.accepted.length]).toEqual([1, 100])
  expect(service.accepted[0]!.path).toMatch(/^\/drive\/v3\/files\/\d+$/)
})

test('metadata is sent again; an upload is a stream, so its caller gets the rejection', async () => {
  const service = await startService()
  const { files } = drive({
    version: 'v3',
    auth: googleAuth(await service.client()),
    rootUrl: `${service.origin}/`,
  })
  service.endToken()
  await files.create({ requestBody: { name: 'a.txt' } })
  expect(service.accepted).toMatchObject([{ body: '{"name":"a.txt"}' }])

  service.endToken()
  const upload = (): Promise<unknown> =>
    files.create(
      { requestBody: { name: 'b.txt' }, media: { body: Readable.from(['content']) } },
      { rootUrl: `${service.origin}/` },
    )
  await expect(upload()).rejects.toMatchObject({ status: 401 })
  await upload()
  expect(service.accepted[1]!.body).toContain('content')
})

test('the headers for gRPC, for an API of the client only', async () => {
  const service = await startService()
  const auth = googleAuth(await service.client(), { origins: ['https://pubsub.googleapis.com'] })
  const client = await auth.getClient()
  const headers = await client.getRequestHeaders('https://pubsub.googleapis.com/')
  expect(headers.get('authorization')).toBe('Bearer access-0')
  expect(await auth.getAccessToken()).toBe('access-0')
  await expect(client.getRequestHeaders('https://evil.example/path')).rejects.toThrow(
    new TypeError('https://evil.example is not an API of this client: pass it in origins'),
  )
})

test('an error has no token', async () => {
  const service = await startService((_, response) => response.writeHead(400).end('{}'))
  const { files } = drive({
    version: 'v3',
    auth: googleAuth(await service.client()),
    rootUrl: service.origin,
  })
  const error = await files.get({ fileId: '1' }).catch((reason: unknown) => reason)
  expect((error as { status: number }).status).toBe(400)
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('access-0')
})
