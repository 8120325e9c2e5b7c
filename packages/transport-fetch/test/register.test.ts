import { expect, test } from '@jest/globals'
import { Client, imgur } from '@latchkey/core'
import { bodyOf, serve } from './servers.ts'

test('register makes fetch the transport of every client without its own', async () => {
  const asked: string[] = []
  const origin = await serve(async (request, response) => {
    asked.push(await bodyOf(request))
    response.setHeader('content-type', 'application/json').end('{"access_token":"new","token_type":"bearer"}')
  })
  const client = new Client({ client_id: 'id', client_secret: 's', provider: imgur({ baseUrl: origin }) })
  const regenerate = () => client.Authorize.regenerateFromRefreshToken('old')

  await expect(regenerate()).rejects.toMatchObject({ code: 'missing_transport' })
  await import('../src/register.ts')
  expect(await regenerate()).toMatchObject({ access_token: 'new' })
  expect(asked).toEqual([expect.stringContaining('refresh_token=old')])
})
