import { ConfidentialClientApplication, CryptoProvider, type INetworkModule } from '@azure/msal-node'
import {
  type Ability,
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  type Keep,
  type Refresh,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['@azure/msal-node']

const AUTHORITY = 'https://login.microsoftonline.com/tenant'
const SCOPES = ['https://graph.microsoft.com/.default']

/** The library supports Microsoft's servers only: it uses the client's id and secret of `server`. */
const clientOf = (
  { client_id, client_secret }: Server,
  networkClient?: INetworkModule,
): ConfidentialClientApplication =>
  new ConfidentialClientApplication({
    auth: { clientId: client_id, clientSecret: client_secret, authority: AUTHORITY },
    ...(networkClient && { system: { networkClient } }),
  })

export const begin: Begin = server => {
  const client = clientOf(server, entra)
  return async () => {
    const state = crypto.randomUUID()
    const url = await client.getAuthCodeUrl({ scopes: SCOPES, redirectUri: server.redirect_uri, state })
    return { url, state }
  }
}

export const beginPkce: Begin = server => {
  const client = clientOf(server, entra)
  const provider = new CryptoProvider()
  return async () => {
    const state = crypto.randomUUID()
    const { verifier, challenge } = await provider.generatePkceCodes()
    const url = await client.getAuthCodeUrl({
      scopes: SCOPES,
      redirectUri: server.redirect_uri,
      state,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
    })
    return { url, state, code_verifier: verifier }
  }
}

const ENTRA = 'speaks to Microsoft Entra, or to OpenID providers: it wants an id_token'
export const check: Ability<Check> = { cannot: 'leaves the redirect to the application' }
export const exchange: Ability<Exchange> = { cannot: ENTRA }
export const refresh: Ability<Refresh> = { cannot: ENTRA }

export const cachedToken: CachedToken = async () => {
  const app = clientOf({ client_id: 'id', client_secret: 's' } as Server, entra)
  const request = { scopes: SCOPES }
  await app.acquireTokenByClientCredential(request)
  return () => app.acquireTokenByClientCredential(request)
}

export const keep: Ability<Keep> = { cannot: ENTRA }

/** The parts of Microsoft's server that a first token needs. */
const entra: INetworkModule = {
  async sendGetRequestAsync<T>() {
    const body = {
      issuer: `${AUTHORITY}/v2.0`,
      authorization_endpoint: `${AUTHORITY}/oauth2/v2.0/authorize`,
      token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
      end_session_endpoint: `${AUTHORITY}/oauth2/v2.0/logout`,
      jwks_uri: `${AUTHORITY}/discovery/v2.0/keys`,
    }
    return { status: 200, headers: {}, body: body as T }
  },
  async sendPostRequestAsync<T>() {
    const body = { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: 'the-token' }
    return { status: 200, headers: {}, body: body as T }
  },
}
