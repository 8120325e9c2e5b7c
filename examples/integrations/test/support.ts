// An application on 127.0.0.1, and the authorization server that its users sign in at.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect } from '@jest/globals'
import { MemoryTokenStore } from '@latchkey/core'
import { allowInsecureRequests, ClientSecretPost, discovery } from 'openid-client'
import { type OidcProvider, startOidcProvider } from '../../../tests/servers/oidc-provider.ts'
import { type KeptTokensOf, keptTokensOf } from '../src/bridges/kept-tokens-of.ts'

export const SECRET = 'a secret of the application, of many characters'
export const APP = { client_id: 'app', client_secret: 'secret-of-the-app' }
export const SCOPE = 'openid'

export const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Starts the application; `handler` is set afterwards, when its address is known. */
export async function startApp(): Promise<{ url: string; handler: RequestListener }> {
  const app = { url: '', handler: (() => {}) as RequestListener }
  const server = createServer((request, response) => app.handler(request, response))
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  ends.push(() => server.close())
  app.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return app
}

export let app: Awaited<ReturnType<typeof startApp>>
export let server: OidcProvider
export let refreshes: number
export let tokensOf: KeptTokensOf

beforeEach(async () => {
  app = await startApp()
  const paths = ['/api/auth/callback/test', '/callback']
  server = await startOidcProvider({
    clients: [
      {
        ...APP,
        redirect_uris: paths.map(path => app.url + path),
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
        application_type: 'native',
        id_token_signed_response_alg: 'ES256',
      },
    ],
  })
  ends.push(() => server.close())
  refreshes = 0
  server.provider.on('grant.success', ({ oidc }) => {
    if (oidc.params!['grant_type'] === 'refresh_token') refreshes++
  })
  const config = await discovery(
    new URL(server.url),
    APP.client_id,
    undefined,
    ClientSecretPost(APP.client_secret),
    { execute: [allowInsecureRequests] },
  )
  tokensOf = keptTokensOf(new MemoryTokenStore(), config)
})

/** An API rejects the user's token: a hundred callers, each with tokens of its own, get the same new one. */
export async function expectOneRefresh(of: () => ReturnType<KeptTokensOf>): Promise<void> {
  const first = await of().accessToken()
  const all = await Promise.all(Array.from({ length: 100 }, () => of().rejected(first)))
  expect(new Set(all).size).toBe(1)
  expect(all[0]).not.toBe(first)
}
