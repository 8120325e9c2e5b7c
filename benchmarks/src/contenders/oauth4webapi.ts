import * as oauth from 'oauth4webapi'
import {
  type Ability,
  type Begin,
  type Begun,
  type CachedToken,
  type Check,
  type Exchange,
  type Keep,
  type Refresh,
  savedOf,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['oauth4webapi']

const asOf = (server: Server): oauth.AuthorizationServer => ({
  issuer: new URL(server.tokenEndpoint).origin,
  authorization_endpoint: server.authorizationEndpoint,
  token_endpoint: server.tokenEndpoint,
})

function addressOf(server: Server, state: string, code_challenge?: string): string {
  const url = new URL(server.authorizationEndpoint)
  url.searchParams.set('client_id', server.client_id)
  url.searchParams.set('redirect_uri', server.redirect_uri)
  url.searchParams.set('response_type', 'code')
  url.searchParams.set('state', state)
  if (code_challenge) {
    url.searchParams.set('code_challenge', code_challenge)
    url.searchParams.set('code_challenge_method', 'S256')
  }
  return url.href
}

export const begin: Begin = server => () => {
  const state = oauth.generateRandomState()
  return { url: addressOf(server, state), state }
}

export const beginPkce: Begin = server => async () => {
  const state = oauth.generateRandomState()
  const code_verifier = oauth.generateRandomCodeVerifier()
  const code_challenge = await oauth.calculatePKCECodeChallenge(code_verifier)
  return { url: addressOf(server, state, code_challenge), state, code_verifier }
}

export const check = (server => {
  const as = asOf(server)
  const client = { client_id: server.client_id }
  return (redirect: string, { state }: Begun): URLSearchParams =>
    oauth.validateAuthResponse(as, client, new URL(redirect), state)
}) satisfies Check

export const exchange: Exchange = server => {
  const as = asOf(server)
  const client = { client_id: server.client_id }
  const authentication = oauth.ClientSecretPost(server.client_secret)
  const checked = check(server)
  return async (redirect, begun) => {
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      checked(redirect, begun),
      server.redirect_uri,
      begun.code_verifier ?? oauth.nopkce,
      { [oauth.allowInsecureRequests]: true },
    )
    return savedOf(await oauth.processAuthorizationCodeResponse(as, client, response))
  }
}

export const refresh: Refresh = (server, fetch) => {
  const as = asOf(server)
  const client = { client_id: server.client_id }
  const authentication = oauth.ClientSecretPost(server.client_secret)
  return async refresh_token => {
    const response = await oauth.refreshTokenGrantRequest(as, client, authentication, refresh_token, {
      [oauth.allowInsecureRequests]: true,
      ...(fetch && { [oauth.customFetch]: fetch as never }),
    })
    return savedOf(await oauth.processRefreshTokenResponse(as, client, response), refresh_token)
  }
}

const LOOP = 'makes requests and keeps nothing: the loop around it is the application’s, as in bare'
export const cachedToken: Ability<CachedToken> = { cannot: LOOP }
export const keep: Ability<Keep> = { cannot: LOOP }
