import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import axios, { AxiosError } from 'axios'
import { authorizeAxios } from '@latchkey/adapters/axios'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { hundred, serve, startService } from './service.ts'

test('a token that the API rejects is refreshed once for 100 requests, and each is sent again', async () => {
  const service = await startService()
  const api = authorizeAxios(axios.create({ baseURL: service.origin }), await service.client())
  service.endToken()
  const responses = await hundred(index => api.post('/items', { index }, { params: { page: index } }))
  expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200))
  expect(service.refreshes).toBe(1)
  expect(service.accepted.map(({ path, body }) => [path, body]).sort()).toEqual(
    Array.from({ length: 100 }, (_, index) => [`/items?page=${index}`, `{"index":${index}}`]).sort(),
  )
})

describe('a body', () => {
  const form = new FormData()
  form.set('file', new Blob(['file content']), 'a.txt')
  test.each([
    ['text', 'text', 'text'],
    ['bytes', Buffer.from('bytes'), 'bytes'],
    ['parameters', new URLSearchParams({ a: 'b' }), 'a=b'],
    ['a form with a file', form, 'file content'],
  ])('of %s is sent again', async (_, data, expected) => {
    const service = await startService()
    const api = authorizeAxios(axios.create(), await service.client())
    service.endToken()
    await api.post(`${service.origin}/upload`, data)
    expect(service.accepted).toMatchObject([{ body: expect.stringContaining(expected) }])
  })

  test('that is a stream is not sent again: the caller gets the rejection, the next request a new token', async () => {
    const service = await startService()
    const api = authorizeAxios(axios.create(), await service.client())
    service.endToken()
    const upload = api.post(`${service.origin}/upload`, Readable.from(['once']))
    await expect(upload).rejects.toMatchObject({ response: { status: 401 } })
    await api.post(`${service.origin}/upload`, Readable.from(['twice']))
    expect([service.refreshes, service.accepted.map(({ body }) => body)]).toEqual([1, ['twice']])
  })
})

test("a download as a stream: the connection of a rejected response is closed, and the second is the caller's", async () => {
  const closed = Promise.withResolvers<void>()
  const service = await startService(
    (_, response) => void response.end('content'),
    response => {
      response.on('close', closed.resolve).write('a rejection that does not end')
    },
  )
  const api = authorizeAxios(axios.create({ responseType: 'stream' }), await service.client())
  service.endToken()
  const { data } = await api.get<Readable>(service.origin)
  expect(Buffer.concat(await data.toArray()).toString()).toBe('content')
  await closed.promise
})

test('validateStatus: a rejection that the program accepts is refreshed too', async () => {
  const service = await startService()
  const api = authorizeAxios(axios.create({ validateStatus: () => true }), await service.client())
  service.endToken()
  expect((await api.get(service.origin)).status).toBe(200)
})

test.each(['arraybuffer', 'stream', 'text'] as const)('responseType %s: a rejection is seen', async type => {
  const service = await startService()
  const api = authorizeAxios(axios.create({ responseType: type }), await service.client())
  service.endToken()
  expect((await api.get(service.origin)).status).toBe(200)
})

test.each(['arraybuffer', 'json', 'text'] as const)(
  'responseType %s: a rejection is seen that only its body tells from another error',
  async type => {
    const tokenRejected = [{ status: 401, bodyIncludes: '"code": 40001' }]
    const service = await startService(
      undefined,
      response => {
        response.end('{ "code": 40001 }')
      },
      { tokenRejected },
    )
    const api = authorizeAxios(axios.create({ responseType: type }), await service.client())
    service.endToken()
    expect((await api.get(service.origin)).status).toBe(200)
  },
)

test('requests to other origins, and those with an Authorization header, are unchanged', async () => {
  const service = await startService()
  const seen: (string | undefined)[] = []
  const other = await serve(({ headers }, response) => {
    seen.push(headers.authorization)
    response.end()
  })
  const api = authorizeAxios(axios.create(), await service.client())
  await api.get(other)
  expect(seen).toEqual([undefined])
  await expect(api.get(service.origin, { headers: { authorization: 'Bearer own' } })).rejects.toThrow('401')
  expect(service.refreshes).toBe(0)
})

test('a redirect to another origin, and back, gets no credentials; its 401 rejects nothing', async () => {
  const seen: (string | undefined)[] = []
  const other = await serve(({ url, headers }, response) => {
    seen.push(headers.authorization)
    if (url === '/back') response.writeHead(302, { location: `${service.origin}/end` }).end()
    else response.writeHead(401).end()
  })
  const service = await startService(({ path }, response) =>
    response.writeHead(302, { location: `${other}${path}` }).end(),
  )
  const api = authorizeAxios(axios.create(), await service.client())
  await expect(api.get(`${service.origin}/away`)).rejects.toThrow('401')
  await expect(api.get(`${service.origin}/back`)).rejects.toThrow('401')
  expect([seen, service.rejected, service.refreshes]).toEqual([[undefined, undefined], 1, 0])
})

test('an error of axios has the request of the program, without the token', async () => {
  const service = await startService((_, response) => response.writeHead(500).end())
  const api = authorizeAxios(axios.create(), await service.client())
  const error = await api.get(service.origin).catch((reason: unknown) => reason as AxiosError)
  expect(error).toBeInstanceOf(AxiosError)
  expect(JSON.stringify((error as AxiosError).toJSON())).not.toContain('access-0')
  expect((error as AxiosError).response!.config.headers['authorization']).toBeUndefined()
})

test('the errors of the client reach the program', async () => {
  const service = await startService()
  const client = await service.client()
  const api = authorizeAxios(axios.create(), client)
  await client.signOut()
  await expect(api.get(service.origin)).rejects.toMatchObject({ code: 'signed_out' })
})

test('an instance with the adapter fetch is rejected with what to do instead, and that works', async () => {
  const service = await startService()
  const client = await service.client()
  expect(() => authorizeAxios(axios.create({ adapter: 'fetch' }), client)).toThrow(
    new TypeError("pass { adapter: 'fetch', env: { fetch: authorizedFetch(client) } } to axios.create"),
  )
  const api = axios.create({ adapter: 'fetch', env: { fetch: authorizedFetch(client) } })
  service.endToken()
  expect((await api.get(service.origin)).status).toBe(200)
})

test.each([999, 600, 404])('the status %i is an error of axios, as without credentials', async status => {
  const service = await startService((_, response) => void response.writeHead(status).end())
  const api = authorizeAxios(axios.create(), await service.client())
  await expect(api.get(service.origin)).rejects.toMatchObject({ name: 'AxiosError', response: { status } })
})

test('a header that the program turns off is not sent', async () => {
  const service = await startService()
  const api = authorizeAxios(axios.create(), await service.client())
  await api.get(service.origin, { headers: { 'User-Agent': false, 'X-Own': 'own' } })
  const { headers } = service.accepted[0]!
  expect([headers['user-agent'], headers['x-own']]).toEqual([undefined, 'own'])
})
