// What `defineProvider` returns, given to it again, is the same provider.
import { expect } from '@jest/globals'
import { defineProvider, discover, type Provider } from '@latchkey/core'
import { linkedin } from '@latchkey/providers'
import { fetchTransport } from '@latchkey/transport-fetch'
import { PRESETS, readFixtures } from '../../packages/providers/test/play.ts'
import { metadataOf } from '../servers/odd-server.ts'
import { clientOf, field, neighbour, startServer } from './support.ts'

const server = await startServer()
const described: readonly Provider[] = (await readFixtures()).map(({ provider, options }) =>
  PRESETS[provider]!(options),
)

field('LinkedIn (executor#2087, authlib#719)', 'PKCE stays off in { ...linkedin(), api }', async () => {
  const provider = defineProvider({ ...linkedin(), api: { origins: ['https://api.linkedin.com'] } })
  const { url } = clientOf(server, { provider }).Authorize.byCode()
  expect(url).not.toContain('code_challenge')
})

for (const provider of described)
  neighbour(`${provider.name} described again is equal`, async () => {
    expect(defineProvider(provider)).toEqual(provider)
    expect(defineProvider(defineProvider({ ...provider }))).toEqual(provider)
  })

neighbour('a provider by hand and a discovered one as well', async () => {
  const minimal = { name: 'a', tokenEndpoint: 'https://as.example/t' }
  expect(defineProvider(defineProvider(minimal))).toEqual(defineProvider(minimal))
  server.respond('/.well-known/oauth-authorization-server', metadataOf(server.url))
  const discovered = await discover(server.url, { transport: fetchTransport() })
  expect(defineProvider(discovered)).toEqual(discovered)
})
