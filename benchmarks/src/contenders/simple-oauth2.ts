import { AuthorizationCode } from 'simple-oauth2'
import {
  type Ability,
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  HOUR_MS,
  type Keep,
  type Refresh,
  type Saved,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['simple-oauth2']

const clientOf = (server: Server): AuthorizationCode => {
  const { origin, pathname } = new URL(server.tokenEndpoint)
  const authorize = new URL(server.authorizationEndpoint)
  return new AuthorizationCode({
    client: { id: server.client_id, secret: server.client_secret },
    auth: {
      tokenHost: origin,
      tokenPath: pathname,
      refreshPath: pathname,
      authorizeHost: authorize.origin,
      authorizePath: authorize.pathname,
    },
    options: { authorizationMethod: 'body' },
  })
}

const savedOf = (token: Record<string, unknown>): Saved => ({
  access_token: token['access_token'] as string,
  refresh_token: token['refresh_token'] as string,
  expires_at: Number(token['expires_at']),
})

const tokenOf = (saved: Saved) => ({ ...saved, expires_at: new Date(saved.expires_at).toISOString() })

export const begin: Begin = server => {
  const client = clientOf(server)
  return () => {
    const state = crypto.randomUUID()
    return { url: client.authorizeURL({ redirect_uri: server.redirect_uri, scope: '', state }), state }
  }
}

export const beginPkce: Ability<Begin> = {
  cannot: 'has no PKCE of its own: the challenge is the application’s',
}
export const check: Ability<Check> = { cannot: 'leaves the redirect to the application' }

export const exchange: Exchange = server => {
  const client = clientOf(server)
  return async (redirect, { state }) => {
    const query = new URL(redirect).searchParams
    const code = query.get('code')
    if (code === null || query.get('state') !== state) throw new Error('invalid request')
    return savedOf((await client.getToken({ code, redirect_uri: server.redirect_uri })).token)
  }
}

export const refresh: Refresh = server => {
  const client = clientOf(server)
  return async refresh_token =>
    savedOf((await client.createToken({ access_token: '', refresh_token }).refresh()).token)
}

export const cachedToken: CachedToken = async () => {
  const client = new AuthorizationCode({
    client: { id: 'id', secret: 's' },
    auth: { tokenHost: 'https://as.example' },
  })
  const saved = { access_token: 'the-token', refresh_token: 'r', expires_at: Date.now() + HOUR_MS }
  const token = client.createToken(tokenOf(saved))
  return async () => {
    if (token.expired()) throw new Error('expired')
    return token.token['access_token']
  }
}

export const keep: Keep = async (server, { place }) => {
  const client = clientOf(server)
  let token = client.createToken(tokenOf((await place.load())!))
  return {
    async accessToken() {
      if (token.expired()) {
        token = await token.refresh()
        await place.save(savedOf(token.token))
      }
      return token.token['access_token'] as string
    },
    refreshToken: async () => (await place.load())?.refresh_token,
  }
}
