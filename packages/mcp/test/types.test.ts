// The compiler checks this file: the results fit the interfaces of both SDKs.
import { expect, test } from '@jest/globals'
import { Client, MemoryTokenStore } from '@latchkey/core'
import type {
  AuthProvider,
  OAuthClientProvider as Provider2,
  StreamableHTTPClientTransportOptions as Options2,
} from '@modelcontextprotocol/client'
import type { OAuthClientProvider as Provider1 } from '@modelcontextprotocol/sdk/client/auth.js'
import type { StreamableHTTPClientTransportOptions as Options1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { mcpAuthProvider, mcpOAuthProvider } from '../src/index.ts'

const provider = mcpOAuthProvider({
  server: 'https://mcp.example/mcp',
  store: new MemoryTokenStore(),
  redirectUri: 'http://127.0.0.1/callback',
  clientMetadata: { client_name: 'Host' },
})

test('mcpOAuthProvider is an OAuthClientProvider of 1.x and of 2.x', () => {
  const one: Provider1 = provider
  const two: Provider2 = provider
  const options: [Options1, Options2] = [
    { authProvider: provider, fetch: provider.fetch },
    { authProvider: provider, fetch: provider.fetch },
  ]
  expect([one, two, options[0].authProvider, options[1].authProvider]).toEqual(Array(4).fill(provider))
})

test('mcpAuthProvider is an AuthProvider of 2.x, over a client and over a provider', () => {
  const small: AuthProvider[] = [mcpAuthProvider(new Client('id')), mcpAuthProvider(provider)]
  expect(small).toHaveLength(2)
})
