// DPoP at an API whose nonce changes with every response (RFC 9449 section 9), through each library that sends.
import { expect, test } from '@jest/globals'
import axios from 'axios'
import { decodeJwt } from 'jose'
import ky from 'ky'
import { Client, defineProvider, dpop } from '@latchkey/core'
import { authorizeAxios } from '@latchkey/adapters/axios'
import { authorizedFetch, kyHooks } from '@latchkey/transport-fetch'
import { serve } from './service.ts'

const LIBRARIES: Readonly<
  Record<string, (client: Client, url: string) => Promise<{ readonly status: number }>>
> = {
  axios: (client, url) => authorizeAxios(axios.create(), client).get(url),
  fetch: (client, url) => authorizedFetch(client)(url),
  ky: (client, url) => ky.create({ hooks: kyHooks(client) }).get(url),
}

test.each(Object.keys(LIBRARIES))(
  '%s sends a nonce when the API asks for it, before and after it refreshes a token that the API rejects',
  async library => {
    let [nonces, refreshes] = [0, 0]
    const origin = await serve(({ url, headers }, response) => {
      if (url === '/token') {
        const token = { access_token: `access-${++refreshes}`, token_type: 'DPoP', expires_in: 3600 }
        return void response.setHeader('content-type', 'application/json').end(JSON.stringify(token))
      }
      const isNewest = decodeJwt(String(headers['dpop']))['nonce'] === `nonce-${nonces}`
      response.setHeader('dpop-nonce', `nonce-${++nonces}`)
      const error = !isNewest ? 'use_dpop_nonce' : refreshes < 2 ? 'invalid_token' : undefined
      if (error) response.writeHead(401, { 'www-authenticate': `DPoP error="${error}"` })
      // The next request needs another nonce.
      if (error === 'invalid_token') nonces++
      response.end()
    })
    const provider = defineProvider({
      name: 'service',
      tokenEndpoint: `${origin}/token`,
      grants: ['refresh_token'],
      api: { origins: [origin] },
    })
    const client = new Client({ client_id: 'client', provider, dpop: dpop() })
    await client.import({ access_token: 'old', refresh_token: 'refresh', expires_at: Date.now() - 1_000 })
    expect((await LIBRARIES[library]!(client, origin)).status).toBe(200)
    expect([nonces, refreshes]).toEqual([5, 2])
  },
)
