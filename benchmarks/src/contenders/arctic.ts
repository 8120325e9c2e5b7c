import * as arctic from 'arctic'
import {
  type Ability,
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  type Keep,
  type Refresh,
  savedOf,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['arctic']

const clientOf = ({ client_id, client_secret, redirect_uri }: Server): arctic.OAuth2Client =>
  new arctic.OAuth2Client(client_id, client_secret, redirect_uri)

export const begin: Begin = server => {
  const client = clientOf(server)
  return () => {
    const state = arctic.generateState()
    return { url: client.createAuthorizationURL(server.authorizationEndpoint, state, []).href, state }
  }
}

export const beginPkce: Begin = server => {
  const client = clientOf(server)
  return () => {
    const state = arctic.generateState()
    const code_verifier = arctic.generateCodeVerifier()
    const url = client.createAuthorizationURLWithPKCE(
      server.authorizationEndpoint,
      state,
      arctic.CodeChallengeMethod.S256,
      code_verifier,
      [],
    )
    return { url: url.href, state, code_verifier }
  }
}

const BY_HAND = 'leaves the redirect to the application'
export const check: Ability<Check> = { cannot: BY_HAND }

export const exchange: Exchange = server => {
  const client = clientOf(server)
  return async (redirect, { state, code_verifier }) => {
    const query = new URL(redirect).searchParams
    const code = query.get('code')
    if (code === null || query.get('state') !== state) throw new Error('invalid request')
    const tokens = await client.validateAuthorizationCode(server.tokenEndpoint, code, code_verifier ?? null)
    return savedOf(tokens.data)
  }
}

export const refresh: Refresh = server => {
  const client = clientOf(server)
  return async refresh_token =>
    savedOf((await client.refreshAccessToken(server.tokenEndpoint, refresh_token, [])).data, refresh_token)
}

const LOOP = 'makes requests and keeps nothing: the loop around it is the application’s, as in bare'
export const cachedToken: Ability<CachedToken> = { cannot: LOOP }
export const keep: Ability<Keep> = { cannot: LOOP }
