// A real MCP server of the SDK, protected by a real authorization server; and hosts of both SDKs.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Client as LatchkeyClient, TokenStore } from '@latchkey/core'
import { fetchTransport } from '@latchkey/transport-fetch'
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'
import type { McpOptions, SignInRequest } from '../src/index.ts'
import { Browser } from '../../../tests/servers/browser.ts'
import {
  CLIENTS,
  type OidcProvider,
  REDIRECT_URI,
  startOidcProvider,
} from '../../../tests/servers/oidc-provider.ts'

/** What an authorization server has seen. */
export interface Ledger {
  /** The grant types of token requests: those that succeeded, and those that failed. */
  readonly granted: string[]
  readonly failed: string[]
  registrations: number
  /** How often the user signed in. */
  logins: number
  /** The `resource` of every request to the authorization and token endpoints. */
  readonly resources: unknown[]
}

export interface AuthorizationServer extends OidcProvider {
  readonly ledger: Ledger
  /** Called in the middle of a refresh. */
  inRefresh: () => void | Promise<void>
}

const NATIVE = {
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  application_type: 'native' as const,
  token_endpoint_auth_method: 'none' as const,
}

/** Starts an authorization server that registers clients and issues tokens for resources; it knows the client of `document`. */
export async function startAuthorizationServer({
  document,
}: { readonly document?: string } = {}): Promise<AuthorizationServer> {
  const ledger: Ledger = { granted: [], failed: [], registrations: 0, logins: 0, resources: [] }
  const server = await startOidcProvider({
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    rotateRefreshToken: async () => {
      await result.inRefresh()
      return true
    },
    ...(document !== undefined && {
      discovery: { client_id_metadata_document_supported: true },
      clients: [
        { ...NATIVE, client_id: document },
        { ...NATIVE, ...CLIENTS.public },
      ],
    }),
    scopes: ['openid', 'offline_access', 'read', 'write'],
    features: {
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, audience: string) => ({
          scope: 'read write',
          audience,
          accessTokenFormat: 'opaque' as const,
        }),
      },
    } as never,
  })
  const { provider } = server
  const result: AuthorizationServer = { ...server, ledger, inRefresh: () => {} }
  provider.on('authorization.success', ctx => {
    ledger.logins += 1
    ledger.resources.push(ctx.oidc.params!['resource'])
  })
  provider.on('grant.success', ctx => {
    ledger.granted.push(ctx.oidc.params!['grant_type'] as string)
    ledger.resources.push(ctx.oidc.params!['resource'])
  })
  provider.on('grant.error', ctx => ledger.failed.push(String(ctx.oidc.params?.['grant_type'])))
  provider.on('registration_create.success', () => (ledger.registrations += 1))
  return result
}

export interface McpResource {
  readonly url: string
  /** The status of every response. */
  readonly statuses: number[]
  /** Rejects all access tokens that were issued so far, as a server that ends them early does. */
  endTokens(): void
  /** The scope that calls of tools require from now on. */
  requiredScope: string
  /** The authorization server that its metadata names. */
  issuers: readonly AuthorizationServer[]
  close(): Promise<void>
}

/** Starts an MCP server with the tool `hello`. */
export async function startMcpServer(first: AuthorizationServer): Promise<McpResource> {
  const statuses: number[] = []
  const seen = new Set<string>()
  let ended = new Set<string>()
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const app = express()
  app.use(express.json())
  app.use((_, response, next) => {
    response.on('finish', () => statuses.push(response.statusCode))
    next()
  })
  const result = { statuses, requiredScope: '', issuers: [first] } as unknown as McpResource & { url: string }
  app.get('/.well-known/oauth-protected-resource/mcp', (_, response) => {
    response.json({
      resource: result.url,
      authorization_servers: result.issuers.map(one => one.url),
      scopes_supported: ['read'],
    })
  })
  const verifier = {
    async verifyAccessToken(token: string) {
      seen.add(token)
      for (const { provider } of result.issuers) {
        const found = ended.has(token) ? undefined : await provider.AccessToken.find(token)
        if (found && !found.isExpired && found.aud === result.url)
          return {
            token,
            clientId: found.clientId!,
            scopes: (found.scope ?? '').split(' '),
            expiresAt: Math.floor(Date.now() / 1000) + 3600,
          }
      }
      throw new InvalidTokenError('unknown token')
    },
  }
  app.all(
    '/mcp',
    (request, response, next) =>
      requireBearerAuth({
        verifier,
        requiredScopes: isToolCall(request.body) && result.requiredScope ? [result.requiredScope] : [],
        resourceMetadataUrl: new URL('/.well-known/oauth-protected-resource/mcp', result.url).href,
      })(request, response, next),
    async (request, response) => {
      const known = sessions.get(String(request.headers['mcp-session-id']))
      const transport = known ?? (await startSession(sessions))
      await transport.handleRequest(
        request as unknown as IncomingMessage,
        response as unknown as ServerResponse,
        request.body,
      )
    },
  )
  const listening = app.listen(0, '127.0.0.1')
  await new Promise(resolve => listening.once('listening', resolve))
  result.url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/mcp`
  result.endTokens = () => void (ended = new Set([...ended, ...seen]))
  result.close = async () => {
    for (const transport of sessions.values()) await transport.close()
    listening.closeAllConnections()
    await new Promise(resolve => listening.close(resolve))
  }
  return result
}

async function startSession(
  sessions: Map<string, StreamableHTTPServerTransport>,
): Promise<StreamableHTTPServerTransport> {
  const server = new McpServer({ name: 'test', version: '1' })
  server.registerTool('hello', { description: 'says hello' }, () => ({
    content: [{ type: 'text', text: 'hello' }],
  }))
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: id => void sessions.set(id, transport),
    enableJsonResponse: true,
  })
  await server.connect(transport as never)
  return transport
}

const isToolCall = (body: unknown): boolean =>
  (body as { method?: string } | undefined)?.method === 'tools/call'

/** A user's browser that signs in and allows. */
export async function browse(url: string): Promise<string> {
  return new Browser(REDIRECT_URI).open(url)
}

/** Signs in as a user does. */
export async function signIn(client: LatchkeyClient, request: SignInRequest): Promise<void> {
  const auth = client.Authorize.byCode(request)
  await auth.authorize(await browse(auth.url))
}

/** The options of a host. */
export function hostOf(server: string, store: TokenStore, others: Partial<McpOptions> = {}): McpOptions {
  return {
    server,
    store,
    redirectUri: REDIRECT_URI,
    clientMetadata: { client_name: 'Host' },
    transport: fetchTransport(),
    ...others,
  }
}

/** A connected client, as far as tests use it. */
export interface Connected {
  hello(): Promise<unknown>
  close(): Promise<void>
}

type Options1 = ConstructorParameters<typeof Transport1>[1]
type Options2 = ConstructorParameters<typeof Transport2>[1]

/** The clients of both SDKs. */
export const SDKS = {
  '1.x': {
    transport: (server: string, options: Options1) => new Transport1(new URL(server), options),
    async connect(server: string, options: Options1): Promise<Connected> {
      const client = new Client1({ name: 'host', version: '1' })
      await client.connect(new Transport1(new URL(server), options) as never)
      return { hello: () => client.callTool({ name: 'hello' }), close: () => client.close() }
    },
  },
  '2.x': {
    transport: (server: string, options: Options2) => new Transport2(new URL(server), options),
    async connect(server: string, options: Options2): Promise<Connected> {
      const client = new Client2({ name: 'host', version: '1' })
      await client.connect(new Transport2(new URL(server), options))
      return { hello: () => client.callTool({ name: 'hello' }), close: () => client.close() }
    },
  },
} as const

export const HELLO = { content: [{ type: 'text', text: 'hello' }] }

/** Finishes a login by the SDK, as its hosts do: 1.x takes the code, 2.x the query. */
export async function finishBy(
  version: keyof typeof SDKS,
  server: string,
  authProvider: object,
  redirect: string,
): Promise<void> {
  const { searchParams } = new URL(redirect)
  if (version === '2.x')
    return SDKS['2.x'].transport(server, { authProvider } as never).finishAuth(searchParams)
  return SDKS['1.x'].transport(server, { authProvider } as never).finishAuth(searchParams.get('code')!)
}
