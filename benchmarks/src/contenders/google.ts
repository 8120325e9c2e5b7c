import { CodeChallengeMethod, type Credentials, OAuth2Client } from 'google-auth-library'
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

export const packages: readonly string[] = ['google-auth-library']

const clientOf = (server: Server, fetch?: typeof globalThis.fetch): OAuth2Client =>
  new OAuth2Client({
    clientId: server.client_id,
    clientSecret: server.client_secret,
    redirectUri: server.redirect_uri,
    endpoints: { oauth2AuthBaseUrl: server.authorizationEndpoint, oauth2TokenUrl: server.tokenEndpoint },
    ...(fetch && { transporterOptions: { fetchImplementation: fetch } }),
  })

const savedOf = ({ access_token, refresh_token, expiry_date }: Credentials, before = ''): Saved => ({
  access_token: access_token ?? '',
  refresh_token: refresh_token ?? before,
  expires_at: expiry_date ?? Infinity,
})

const credentialsOf = ({ access_token, refresh_token, expires_at }: Saved): Credentials => ({
  access_token,
  refresh_token,
  expiry_date: expires_at,
})

export const begin: Begin = server => {
  const client = clientOf(server)
  return () => {
    const state = crypto.randomUUID()
    return { url: client.generateAuthUrl({ access_type: 'offline', state }), state }
  }
}

export const beginPkce: Begin = server => {
  const client = clientOf(server)
  return async () => {
    const state = crypto.randomUUID()
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync()
    const url = client.generateAuthUrl({
      access_type: 'offline',
      state,
      code_challenge_method: CodeChallengeMethod.S256,
      code_challenge: codeChallenge!,
    })
    return { url, state, code_verifier: codeVerifier }
  }
}

export const check: Ability<Check> = { cannot: 'leaves the redirect to the application' }

export const exchange: Exchange = server => {
  const client = clientOf(server)
  return async (redirect, { state, code_verifier }) => {
    const query = new URL(redirect).searchParams
    const code = query.get('code')
    if (code === null || query.get('state') !== state) throw new Error('invalid request')
    const { tokens } = await client.getToken({ code, ...(code_verifier && { codeVerifier: code_verifier }) })
    return savedOf(tokens)
  }
}

export const refresh: Refresh = (server, fetch) => {
  const client = clientOf(server, fetch)
  return async refresh_token => {
    client.setCredentials({ refresh_token })
    // Its result repeats the refresh token that was sent; the event has the new one.
    let renewed: Credentials = {}
    client.once('tokens', tokens => (renewed = { ...tokens }))
    await client.getAccessToken()
    return savedOf(renewed, refresh_token)
  }
}

export const cachedToken: CachedToken = async () => {
  const client = new OAuth2Client({ clientId: 'id', clientSecret: 's' })
  client.setCredentials({ access_token: 'the-token', refresh_token: 'r', expiry_date: Date.now() + HOUR_MS })
  return () => client.getAccessToken()
}

export const keep: Keep = async (server, { place }) => {
  const client = clientOf(server)
  const saved = (await place.load())!
  client.setCredentials(credentialsOf(saved))
  client.on('tokens', tokens => void place.save(savedOf(tokens, saved.refresh_token)))
  return {
    accessToken: async () => (await client.getAccessToken()).token!,
    refreshToken: async () => (await place.load())?.refresh_token,
  }
}
