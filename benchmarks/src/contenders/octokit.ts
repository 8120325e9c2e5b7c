import { createOAuthUserAuth } from '@octokit/auth-oauth-user'
import { exchangeWebFlowCode, getWebFlowAuthorizationUrl, refreshToken } from '@octokit/oauth-methods'
import { request } from '@octokit/request'
import {
  type Ability,
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  HOUR_MS,
  type Keep,
  type Refresh,
  savedOf,
  type Server,
  type Saved,
} from '../contender.ts'

export const packages: readonly string[] = ['@octokit/auth-oauth-user']

const CLIENT_TYPE = 'github-app' // the type whose tokens expire

/** Its paths and the members of its responses are GitHub's: this sends a request to `server`, and adds missing members. */
function requestTo(server: Server, send = globalThis.fetch): typeof request {
  return request.defaults({
    request: {
      async fetch(_: string, init: RequestInit) {
        const parameters = {
          grant_type: 'authorization_code',
          ...(JSON.parse(init.body as string) as object),
        }
        const response = await send(server.tokenEndpoint, { ...init, body: JSON.stringify(parameters) })
        const answer = (await response.json()) as object
        const { status, headers } = response
        return Response.json(
          { scope: '', refresh_token_expires_in: 15_811_200, ...answer },
          { status, headers: { date: headers.get('date') ?? new Date().toUTCString() } },
        )
      },
    },
  })
}

interface Authentication {
  readonly token: string
  readonly refreshToken: string
  readonly expiresAt: string
}

const tokensOf = ({ token, refreshToken, expiresAt }: Authentication): Saved => ({
  access_token: token,
  refresh_token: refreshToken,
  expires_at: Date.parse(expiresAt),
})

export const begin: Begin = server => () => {
  const { client_id: clientId, redirect_uri: redirectUrl } = server
  const state = crypto.randomUUID()
  const { url } = getWebFlowAuthorizationUrl({ clientType: CLIENT_TYPE, clientId, redirectUrl, state })
  return { url, state }
}

export const beginPkce: Ability<Begin> = { cannot: 'has no PKCE' }
export const check: Ability<Check> = { cannot: 'leaves the redirect to the application' }

const clientOf = ({ client_id, client_secret }: Server) => ({
  clientType: CLIENT_TYPE as typeof CLIENT_TYPE,
  clientId: client_id,
  clientSecret: client_secret,
})

export const exchange: Exchange =
  server =>
  async (redirect, { state }) => {
    const query = new URL(redirect).searchParams
    if (query.get('state') !== state) throw new Error('invalid request')
    const { authentication } = await exchangeWebFlowCode({
      ...clientOf(server),
      code: query.get('code')!,
      request: requestTo(server),
    })
    return tokensOf(authentication as Authentication)
  }

export const refresh: Refresh = (server, fetch) => {
  const client = { ...clientOf(server), request: requestTo(server, fetch) }
  return async token => tokensOf((await refreshToken({ ...client, refreshToken: token })).authentication)
}

const authOf = (server: Server, saved: Saved, save: (saved: Saved) => void) =>
  createOAuthUserAuth({
    ...clientOf(server),
    token: saved.access_token,
    refreshToken: saved.refresh_token,
    expiresAt: new Date(saved.expires_at).toISOString(),
    refreshTokenExpiresAt: new Date(saved.expires_at + 180 * 24 * HOUR_MS).toISOString(),
    onTokenCreated: authentication => save(tokensOf(authentication as unknown as Authentication)),
    request: requestTo(server),
  })

export const cachedToken: CachedToken = async () => {
  const saved = savedOf({ access_token: 'the-token', refresh_token: 'r', expires_in: 3600 })
  const auth = authOf({ client_id: 'id', client_secret: 's' } as Server, saved, () => {})
  return async () => (await auth()).token
}

export const keep: Keep = async (server, { place }) => {
  const saved = (await place.load())!
  const auth = authOf(server, saved, tokens => void place.save(tokens))
  return {
    accessToken: async () => (await auth()).token,
    // It does not report its own refreshes, so its tokens are not in the place.
    refreshToken: async () => ((await auth()) as unknown as Authentication).refreshToken,
  }
}
