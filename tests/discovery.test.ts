// Discovery over real HTTP, against servers that return no valid metadata.
import { afterEach, expect, test } from '@jest/globals'
import { discover, DiscoveryError, type Provider } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import type { RequestListener } from 'node:http'
import { listen, type Listening } from './servers/listen.ts'

let server: Listening | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const transport = fetchTransport()

/** Returns the result of `discover` at a server with this handler; `%` stands for its address. */
async function discovered(handle: (url: string) => RequestListener): Promise<Provider | DiscoveryError> {
  server = await listen(handle)
  return discover(server.url, { transport }).catch((error: unknown) => error as DiscoveryError)
}

const metadata = (url: string, more: object = {}): string =>
  JSON.stringify({
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    ...more,
  })

test('a redirect is reported, and not followed', async () => {
  const requested: (string | undefined)[] = []
  const error = await discovered(url => (request, response) => {
    requested.push(request.url)
    if (request.url === '/elsewhere') response.end(metadata(url))
    else response.writeHead(302, { location: '/elsewhere' }).end()
  })
  expect(error).toBeInstanceOf(DiscoveryError)
  expect(error).toMatchObject({ status: 302, location: `${server!.url}/elsewhere` })
  expect((error as DiscoveryError).message).toContain(`redirects to ${server!.url}/elsewhere (HTTP 302)`)
  expect(requested).toEqual(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])
})

test('a page with status 200 at every path is not metadata', async () => {
  const error = await discovered(
    () => (_, response) => response.setHeader('content-type', 'text/html').end('<html>'),
  )
  expect((error as DiscoveryError).message).toContain('is not a JSON object (HTTP 200)')
})

test('a document of more than 1 MiB is cut off and rejected', async () => {
  const error = await discovered(
    url => (_, response) => response.end(metadata(url, { x: 'x'.repeat(1024 * 1024) })),
  )
  expect((error as DiscoveryError).message).toContain('is not a JSON object (HTTP 200)')
})

test('the metadata of another issuer is rejected, even at the right URL', async () => {
  const error = await discovered(() => (_, response) => response.end(metadata('https://evil.example')))
  expect((error as DiscoveryError).message).toContain(
    'belongs to the issuer "https://evil.example", not to this one',
  )
})

test('metadata with a byte order mark, as text, and without listed grants is accepted', async () => {
  const provider = await discovered(url => (_, response) => response.end(`\ufeff${metadata(url)}`))
  expect(provider).toMatchObject({
    issuer: server!.url,
    grants: ['authorization_code', 'client_credentials', 'refresh_token'],
  })
})

test('a server that cannot be reached is a transient failure', async () => {
  const { url, close } = await listen(() => () => {})
  await close()
  await expect(discover(url, { transport })).rejects.toMatchObject({
    name: 'TransientError',
    cause: { code: 'ECONNREFUSED' },
  })
})
