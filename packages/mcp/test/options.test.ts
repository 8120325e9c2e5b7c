import { describe, expect, test } from '@jest/globals'
import { MemoryTokenStore } from '@latchkey/core'
import { mcpOAuthProvider } from '../src/index.ts'

const GOOD = {
  server: 'https://mcp.example/mcp',
  store: new MemoryTokenStore(),
  redirectUri: 'http://127.0.0.1:1/callback',
  clientMetadata: { client_name: 'Host' },
}

describe('a wrong option is a TypeError that names it', () => {
  test.each([
    ['server', { server: 'http://mcp.example/mcp' }],
    ['server', { server: 'mcp.example' }],
    ['server', { server: 'https://user:password@mcp.example' }],
    ['store', { store: undefined }],
    ['store', { store: 'memory' }],
    ['redirectUri', { redirectUri: undefined }],
    ['redirectUri', { redirectUri: '/callback' }],
    ['clientMetadata', { clientMetadata: undefined }],
    ['clientMetadata', { clientMetadata: 'Host' }],
    ['clientMetadataUrl', { clientMetadataUrl: 'http://host.example/client.json' }],
    ['client', { client: { client_id: 'c' } }],
    ['issuer', { issuer: 'http://as.example' }],
    ['scope', { scope: ['a'] }],
    ['signIn', { signIn: 'open' }],
    ['signIn', { signIn() {}, redirectToAuthorization() {} }],
    ['fetch', { fetch: 'global' }],
    ['account', { account: 7 }],
    ["'redirect_uri'", { redirect_uri: 'http://127.0.0.1' }],
  ])('%s: %j', (name, wrong) => {
    expect(() => mcpOAuthProvider({ ...GOOD, ...wrong } as never)).toThrow(TypeError)
    expect(() => mcpOAuthProvider({ ...GOOD, ...wrong } as never)).toThrow(name)
  })
})

test('what a host says about itself has the defaults of a native client', () => {
  expect(mcpOAuthProvider(GOOD).clientMetadata).toEqual({
    client_name: 'Host',
    redirect_uris: ['http://127.0.0.1:1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  })
})

test('nobody has signed in: the token is missing, and nothing is sent', async () => {
  const provider = mcpOAuthProvider(GOOD)
  await expect(provider.accessToken()).rejects.toMatchObject({ code: 'signed_out' })
  expect(await provider.tokens()).toBeUndefined()
  await provider.signOut()
  await provider.settled()
})
