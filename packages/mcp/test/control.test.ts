// The control of the other tests: the same servers and events, with a provider as hosts write it, lose the tokens.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { OAuthClientProvider, OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js'
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import { REDIRECT_URI } from '../../../tests/servers/oidc-provider.ts'
import {
  type AuthorizationServer,
  browse,
  finishBy,
  type McpResource,
  SDKS,
  startAuthorizationServer,
  startMcpServer,
} from './servers.ts'

let as: AuthorizationServer
let mcp: McpResource
beforeEach(async () => {
  as = await startAuthorizationServer()
  mcp = await startMcpServer(as)
})
afterEach(async () => {
  await mcp.close()
  await as.close()
})

/** What the processes of a host share. */
interface File {
  tokens?: OAuthTokens | undefined
  client?: OAuthClientInformationMixed | undefined
  readonly pages: string[]
  /** Called when tokens were saved. */
  saved?: () => void
}

/** A provider over a file, as the documentation of the SDK shows it. `read` is called after `auth()` has read the tokens. */
function providerOf(file: File, read: () => Promise<void>): OAuthClientProvider {
  let verifier = ''
  let discovered: OAuthDiscoveryState | undefined
  let isInAuth = false
  return {
    redirectUrl: REDIRECT_URI,
    clientMetadata: {
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    } as OAuthClientProvider['clientMetadata'],
    clientInformation() {
      isInAuth = true
      return file.client
    },
    saveClientInformation: client => void (file.client = client),
    async tokens() {
      const { tokens } = file
      if (isInAuth) await read()
      isInAuth = false
      return tokens
    },
    saveTokens(tokens) {
      file.tokens = tokens
      file.saved?.()
    },
    redirectToAuthorization: url => void file.pages.push(url.href),
    saveCodeVerifier: one => void (verifier = one),
    codeVerifier: () => verifier,
    saveDiscoveryState: state => void (discovered = state),
    discoveryState: () => discovered,
    invalidateCredentials: scope => void (scope === 'tokens' && (file.tokens = undefined)),
  }
}

test.each(['1.x', '2.x'] as const)(
  'SDK %s: the second of two hosts deletes the tokens that the first one has refreshed',
  async version => {
    jest.spyOn(console, 'warn').mockImplementation(() => {}) // of the SDK
    const file: File = { pages: [] }
    const first = providerOf(file, async () => {})
    const [bothRead, saved] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await expect(SDKS[version].connect(mcp.url, { authProvider: first } as never)).rejects.toThrow()
    await finishBy(version, mcp.url, first, await browse(file.pages[0]!))
    const winner = providerOf(file, () => bothRead.promise)
    const loser = providerOf(file, async () => {
      bothRead.resolve()
      await saved.promise
    })
    const hosts = await Promise.all(
      [winner, loser].map(authProvider => SDKS[version].connect(mcp.url, { authProvider } as never)),
    )
    file.saved = saved.resolve
    mcp.endTokens()
    await Promise.allSettled(hosts.map(host => host.hello()))
    expect(as.ledger.granted).toEqual(['authorization_code', 'refresh_token'])
    expect(as.ledger.failed).toContain('refresh_token')
    expect(file.tokens).toBeUndefined()
    expect(file.pages.length).toBeGreaterThan(1) // the user is asked again
    for (const host of hosts) await host.close()
  },
)
