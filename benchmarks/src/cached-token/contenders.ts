// An access token that is known and good for an hour, asked for once more: each library in its documented usage.
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node'
import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import { Client } from '@latchkey/core'
import { OAuth2Client as GoogleClient } from 'google-auth-library'

/** Makes a contender ready; what it returns resolves to the token. */
type Contender = () => Promise<() => Promise<unknown>>

const HOUR_MS = 3_600_000

export const CONTENDERS: Readonly<Record<string, Contender>> = {
  'bare async function': async () => async () => 'the-token',

  'bare, checking expiry': async () => {
    const expiresAtMs = Date.now() + HOUR_MS
    return async () => {
      if (Date.now() < expiresAtMs) return 'the-token'
      throw new Error('expired')
    }
  },

  latchkey: async () => {
    const client = new Client('id')
    await client.import({ access_token: 'the-token', refresh_token: 'r', expires_in: 3600 })
    await client.accessToken()
    return () => client.accessToken()
  },

  'google-auth-library': async () => {
    const client = new GoogleClient({ clientId: 'id', clientSecret: 's' })
    client.setCredentials({
      access_token: 'the-token',
      refresh_token: 'r',
      expiry_date: Date.now() + HOUR_MS,
    })
    return () => client.getAccessToken()
  },

  '@badgateway/oauth2-client': async () => {
    const client = new OAuth2Client({ server: 'https://as.example/', clientId: 'id' })
    const token = { accessToken: 'the-token', refreshToken: 'r', expiresAt: Date.now() + HOUR_MS }
    const wrapper = new OAuth2Fetch({
      client,
      getNewToken: () => null,
      getStoredToken: () => token,
      scheduleRefresh: false, // its timer would keep the process
    })
    await wrapper.getAccessToken()
    return () => wrapper.getAccessToken()
  },

  '@azure/msal-node': async () => {
    const app = new ConfidentialClientApplication({
      auth: { clientId: 'id', clientSecret: 's', authority: 'https://login.microsoftonline.com/tenant' },
      system: { networkClient: entra },
    })
    const request = { scopes: ['https://graph.microsoft.com/.default'] }
    await app.acquireTokenByClientCredential(request)
    return () => app.acquireTokenByClientCredential(request)
  },
}

/** As much of Microsoft's server as a first token needs. */
const entra: INetworkModule = {
  async sendGetRequestAsync<T>() {
    const issuer = 'https://login.microsoftonline.com/tenant'
    const body = {
      issuer: `${issuer}/v2.0`,
      authorization_endpoint: `${issuer}/oauth2/v2.0/authorize`,
      token_endpoint: `${issuer}/oauth2/v2.0/token`,
      end_session_endpoint: `${issuer}/oauth2/v2.0/logout`,
      jwks_uri: `${issuer}/discovery/v2.0/keys`,
    }
    return { status: 200, headers: {}, body: body as T }
  },
  async sendPostRequestAsync<T>() {
    const body = { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: 'the-token' }
    return { status: 200, headers: {}, body: body as T }
  },
}
