import { generateCodeVerifier, OAuth2Client, OAuth2Fetch, type OAuth2Token } from '@badgateway/oauth2-client'
import {
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

export const packages: readonly string[] = ['@badgateway/oauth2-client']

const clientOf = (server: Server, fetch?: typeof globalThis.fetch): OAuth2Client =>
  new OAuth2Client({
    server: new URL(server.tokenEndpoint).origin,
    clientId: server.client_id,
    clientSecret: server.client_secret,
    authorizationEndpoint: server.authorizationEndpoint,
    tokenEndpoint: server.tokenEndpoint,
    ...(fetch && { fetch }),
  })

const savedOf = ({ accessToken, refreshToken, expiresAt }: OAuth2Token): Saved => ({
  access_token: accessToken,
  refresh_token: refreshToken ?? '',
  expires_at: expiresAt ?? Infinity,
})

const tokenOf = ({ access_token, refresh_token, expires_at }: Saved): OAuth2Token => ({
  accessToken: access_token,
  refreshToken: refresh_token,
  expiresAt: expires_at,
})

export const begin: Begin = server => {
  const client = clientOf(server)
  return async () => {
    const state = crypto.randomUUID()
    const { redirect_uri: redirectUri } = server
    return { url: await client.authorizationCode.getAuthorizeUri({ redirectUri, state }), state }
  }
}

export const beginPkce: Begin = server => {
  const client = clientOf(server)
  return async () => {
    const state = crypto.randomUUID()
    const code_verifier = await generateCodeVerifier()
    const parameters = { redirectUri: server.redirect_uri, state, codeVerifier: code_verifier }
    return { url: await client.authorizationCode.getAuthorizeUri(parameters), state, code_verifier }
  }
}

export const check: Check = server => {
  const client = clientOf(server)
  return (redirect, { state }) => client.authorizationCode.validateResponse(redirect, { state })
}

export const exchange: Exchange = server => {
  const client = clientOf(server)
  return async (redirect, { state, code_verifier }) =>
    savedOf(
      await client.authorizationCode.getTokenFromCodeRedirect(redirect, {
        redirectUri: server.redirect_uri,
        state,
        ...(code_verifier && { codeVerifier: code_verifier }),
      }),
    )
}

export const refresh: Refresh = (server, fetch) => {
  const client = clientOf(server, fetch)
  return async refreshToken => {
    const token = { accessToken: '', refreshToken, expiresAt: 0 }
    return savedOf(await client.refreshToken(token))
  }
}

export const cachedToken: CachedToken = async () => {
  const wrapper = new OAuth2Fetch({
    client: new OAuth2Client({ server: 'https://as.example/', clientId: 'id' }),
    getNewToken: () => null,
    getStoredToken: () => ({ accessToken: 'the-token', refreshToken: 'r', expiresAt: Date.now() + HOUR_MS }),
    scheduleRefresh: false, // its timer would keep the process alive
  })
  await wrapper.getAccessToken()
  return () => wrapper.getAccessToken()
}

export const keep: Keep = async (server, { place }) => {
  const wrapper = new OAuth2Fetch({
    client: clientOf(server),
    getNewToken: () => null, // the user would have to sign in
    getStoredToken: async () => tokenOf((await place.load())!),
    storeToken: token => void place.save(savedOf(token)),
    scheduleRefresh: false, // its timer does not notice the moved clock
  })
  return {
    accessToken: () => wrapper.getAccessToken(),
    refreshToken: async () => (await place.load())?.refresh_token,
  }
}
