import { expect, test } from '@jest/globals'
import { authorizeUrl, emulatorWith, request, userOf } from './support.ts'

const register = (url: string, redirect_uri: string, headers: Record<string, string> = {}) =>
  request(`${url}/oauth2/addclient`, { method: 'POST', headers, body: new URLSearchParams({ redirect_uri }) })

test('item 29: registering an application redirects to the home page', async () => {
  const { url } = await emulatorWith()
  const response = await request(`${url}/oauth2/addclient`)
  expect([response.status, response.headers.get('location')]).toEqual([301, `${url}/`])
})

test('item 29: with addclient form an application gets an id and a secret that work', async () => {
  const emulator = await emulatorWith({ addclient: 'form' })
  expect((await request(`${emulator.url}/oauth2/addclient`)).text).toContain('<label for="redirect_uri">')
  const { text } = await register(emulator.url, 'myapp://oauth')
  const [, client_id] = /client_id<\/dt>\s*<dd>\s*<code>([0-9a-f]{15})</.exec(text)!
  expect(text).toMatch(/client_secret<\/dt>\s*<dd>\s*<code>[0-9a-f]{40}</)
  const redirect = await userOf(emulator).allow(authorizeUrl(emulator, { client_id: client_id! }))
  expect(redirect).toMatch(/^myapp:\/\/oauth\?code=/)
})

test('item 29: an empty callback is allowed, and an invalid one shows an error', async () => {
  const { url } = await emulatorWith({ addclient: 'form' })
  expect((await register(url, '')).text).toContain('<code>https://imgur.com/</code>')
  const wrong = await register(url, 'not a url')
  expect(wrong.status).toBe(400)
  expect(wrong.text).toMatch(
    /role="alert">\s*client\.redirect_uri must be an absolute URL without a fragment/,
  )
})

test('a page of another origin cannot register an application', async () => {
  const { url } = await emulatorWith({ addclient: 'form' })
  expect((await register(url, 'https://evil.example/', { origin: 'https://evil.example' })).status).toBe(403)
})
