// Our client, which keeps the tokens.
import { Client, imgur, type Provider, type TokenStore } from '@latchkey/core'
import { s256 } from '@latchkey/core/provider'
import { fetchTransport } from '@latchkey/transport-fetch'
import {
  type Ability,
  type Begin,
  type Begun,
  type CachedToken,
  type Check,
  type Contender,
  type Exchange,
  HOUR_MS,
  type Keep,
  type Refresh,
  savedOf,
  type Saved,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['@latchkey/core', '@latchkey/transport-fetch']

function clientOf(server: Server, more: { pkce?: Provider['pkce']; fetch?: typeof fetch } = {}): Client {
  const { authorizationEndpoint, tokenEndpoint, client_id, client_secret, redirect_uri } = server
  return new Client({
    client_id,
    client_secret,
    redirect_uri,
    provider: {
      name: 'server',
      authorizationEndpoint,
      tokenEndpoint,
      grants: ['authorization_code', 'refresh_token'],
      clientAuthentication: 'client_secret_post',
      pkce: more.pkce,
    },
    transport: fetchTransport(more.fetch && { fetch: more.fetch }),
    logger: { warn() {} },
  })
}

const beginWith = (client: Client) => (): Begun => {
  const auth = client.Authorize.byCode()
  return { url: auth.url, state: auth.state, rest: auth }
}
export const begin: Begin = server => beginWith(clientOf(server))
export const beginPkce: Begin = server => beginWith(clientOf(server, { pkce: s256 }))

export const check: Ability<Check> = {
  cannot: 'checks a redirect as a part of the exchange; the flow functions do it alone',
}

export const exchange: Exchange = () => async (redirect, begun) =>
  savedOf(await (begun.rest as { authorize(redirect: string): Promise<Saved> }).authorize(redirect))

export const refresh: Refresh = (server, fetch) => {
  const client = clientOf(server, fetch && { fetch })
  return async refresh_token => savedOf((await client.Authorize.regenerateFromRefreshToken(refresh_token))!)
}

export const cachedToken: CachedToken = async () => {
  const client = new Client('id')
  await client.import({ access_token: 'the-token', refresh_token: 'r', expires_in: HOUR_MS / 1000 })
  await client.accessToken()
  return () => client.accessToken()
}

/** The server of the stampedes is an Imgur, and rejects with Imgur's error messages. */
function clientOfImgur({ tokenEndpoint, client_id, client_secret }: Server, store: TokenStore): Client {
  const provider = imgur({ baseUrl: new URL(tokenEndpoint).origin })
  return new Client({
    client_id,
    client_secret,
    provider,
    transport: fetchTransport(),
    store,
    logger: { warn() {} },
  })
}

export const keep: Keep = async (server, { store }) => {
  const client = clientOfImgur(server, store)
  return {
    accessToken: () => client.accessToken(),
    refreshToken: async () => (await client.tokens())?.refresh_token,
  }
}

export const sow: Contender['sow'] = async (server, { store }, saved) => {
  await using client = clientOfImgur(server, store)
  await client.import({ ...saved, expires_in: HOUR_MS / 1000 })
}
