import * as client from 'openid-client'
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

export const packages: readonly string[] = ['openid-client']

function configurationOf(server: Server, fetch?: typeof globalThis.fetch): client.Configuration {
  const metadata = {
    issuer: new URL(server.tokenEndpoint).origin,
    authorization_endpoint: server.authorizationEndpoint,
    token_endpoint: server.tokenEndpoint,
  }
  const configuration = new client.Configuration(
    metadata,
    server.client_id,
    undefined,
    client.ClientSecretPost(server.client_secret),
  )
  client.allowInsecureRequests(configuration)
  if (fetch) configuration[client.customFetch] = fetch as never
  return configuration
}

export const begin: Begin = server => {
  const configuration = configurationOf(server)
  return () => {
    const state = client.randomState()
    const url = client.buildAuthorizationUrl(configuration, { redirect_uri: server.redirect_uri, state })
    return { url: url.href, state }
  }
}

export const beginPkce: Begin = server => {
  const configuration = configurationOf(server)
  return async () => {
    const state = client.randomState()
    const code_verifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: server.redirect_uri,
      state,
      code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
      code_challenge_method: 'S256',
    })
    return { url: url.href, state, code_verifier }
  }
}

export const check: Ability<Check> = { cannot: 'checks a redirect as a part of the exchange' }

export const exchange: Exchange = server => {
  const configuration = configurationOf(server)
  return async (redirect, { state, code_verifier }) => {
    const checks = { expectedState: state, ...(code_verifier && { pkceCodeVerifier: code_verifier }) }
    return savedOf(await client.authorizationCodeGrant(configuration, new URL(redirect), checks))
  }
}

export const refresh: Refresh = (server, fetch) => {
  const configuration = configurationOf(server, fetch)
  return async refresh_token =>
    savedOf(await client.refreshTokenGrant(configuration, refresh_token), refresh_token)
}

const LOOP = 'makes requests and keeps nothing: the loop around it is the application’s, as in bare'
export const cachedToken: Ability<CachedToken> = { cannot: LOOP }
export const keep: Ability<Keep> = { cannot: LOOP }
