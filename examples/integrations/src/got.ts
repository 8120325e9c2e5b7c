import type { Client } from '@latchkey/core'
import got from 'got'

// got accepts no fetch, but has hooks. `headersFor` rejects addresses outside the provider's API.
export const api = (client: Client, prefixUrl: string) => {
  const authorize = async (options: { url?: URL | string | undefined; method: string; headers: object }) =>
    Object.assign(
      options.headers,
      await client.headersFor({ url: String(options.url), method: options.method }),
    )
  return got.extend({
    prefixUrl,
    followRedirect: false, // got would take the token to other hosts below the same domain
    hooks: {
      beforeRequest: [async options => void (await authorize(options))],
      afterResponse: [
        async (response, retry) => {
          if (response.statusCode !== 401) return response
          const sent = String(response.request.options.headers['authorization']).replace(/^\S+ /, '')
          await client.rejected(sent)
          return retry({})
        },
      ],
    },
  })
}
