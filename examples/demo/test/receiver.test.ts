// The page that browsers come back to, asked by everybody who should not be answered.
import { once } from 'node:events'
import { type RequestOptions, request } from 'node:http'
import { expect, test } from '@jest/globals'
import { startReceiver } from '../src/receiver.ts'

/** Posts to the receiver with headers as given; resolves to the status. */
async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  options: RequestOptions = {},
) {
  const sent = request(url, { method: 'POST', headers, agent: false, ...options })
  sent.end(body)
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode as number
}

test('it passes on an address that its own page hands over, and nothing else', async () => {
  const received: string[] = []
  await using receiver = await startReceiver(url => received.push(url))
  const { redirect_uri } = receiver
  const { origin, port } = new URL(redirect_uri)
  const address = `${redirect_uri}?state=s#access_token=a`
  const long = `${redirect_uri}?${'x'.repeat(20_000)}`

  expect(await post(redirect_uri, {}, address)).toBe(403)
  expect(await post(redirect_uri, { origin: 'null' }, address)).toBe(403)
  expect(await post(redirect_uri, { origin: 'https://evil.example' }, address)).toBe(403)
  expect(await post(redirect_uri, { origin, host: `evil.example:${port}` }, address)).toBe(403)
  expect(await post(redirect_uri, { origin, host: `localhost:${port}` }, address)).toBe(403)
  expect(await post(redirect_uri, { origin }, 'https://evil.example/?code=a')).toBe(400)
  expect(await post(redirect_uri, { origin }, long)).toBe(400)
  expect(await post(redirect_uri, { origin, 'transfer-encoding': 'chunked' }, long)).toBe(400)
  expect(await post(redirect_uri, { origin }, redirect_uri)).toBe(200)
  expect(await post(redirect_uri, { origin }, address, { method: 'PUT' })).toBe(403)
  for (const path of ['/favicon.ico', '/', '//', '*'])
    expect(await post(redirect_uri, { origin }, address, { path })).toBe(404)
  expect(received).toEqual([])

  expect(await post(redirect_uri, { origin }, address)).toBe(200)
  expect(received).toEqual([address])
})
