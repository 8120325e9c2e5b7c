import {
  InMemoryWebStorage,
  OidcClient,
  type OidcClientSettings,
  User,
  UserManager,
  WebStorageStateStore,
} from 'oidc-client-ts'
import {
  type Ability,
  type Begin,
  type CachedToken,
  type Check,
  type Exchange,
  HOUR_MS,
  type Keep,
  type Kept,
  type Place,
  type Refresh,
  type Saved,
  savedOf,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['oidc-client-ts']

const settingsOf = (server: Server): OidcClientSettings => ({
  authority: new URL(server.tokenEndpoint).origin,
  metadata: {
    issuer: new URL(server.tokenEndpoint).origin,
    authorization_endpoint: server.authorizationEndpoint,
    token_endpoint: server.tokenEndpoint,
  },
  client_id: server.client_id,
  client_secret: server.client_secret,
  redirect_uri: server.redirect_uri,
  scope: 'account', // with openid it requires an id_token
  stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
})

const BEGUN = { usesPkce: true }

const beginWith = (
  server: Server,
  settings: Partial<OidcClientSettings>,
): (() => Promise<{ url: string; state: string; rest: unknown }>) => {
  const client = new OidcClient({ ...settingsOf(server), ...settings })
  return async () => {
    const { url, state } = await client.createSigninRequest({})
    return { url, state: state.id, rest: { client, BEGUN } }
  }
}

export const begin: Begin = server => beginWith(server, { disablePKCE: true })
export const beginPkce: Begin = server => beginWith(server, {})
export const check: Ability<Check> = { cannot: 'checks a redirect as a part of the exchange' }

export const exchange: Exchange =
  () =>
  async (redirect, { rest }) => {
    const { client } = rest as { client: OidcClient }
    return savedOf(await client.processSigninResponse(redirect))
  }

export const refresh: Refresh = server => {
  const client = new OidcClient(settingsOf(server))
  return async refresh_token => {
    const state = {
      data: undefined,
      refresh_token,
      scope: 'account',
      profile: {} as never,
      session_state: null,
    }
    return savedOf(await client.useRefreshToken({ state: state as never }), refresh_token)
  }
}

const userOf = ({ access_token, refresh_token, expires_at }: Saved): User =>
  new User({
    access_token,
    refresh_token,
    token_type: 'bearer',
    scope: 'account',
    profile: {} as never,
    expires_at: Math.floor(expires_at / 1000),
  })

/** Its documented store of users, over the place of the application. */
function userStoreOf(place: Place) {
  return {
    get: async () => {
      const saved = await place.load()
      return saved ? userOf(saved).toStorageString() : null
    },
    async set(_: string, value: string) {
      const { access_token, refresh_token, expires_at } = JSON.parse(value) as Saved
      await place.save({ access_token, refresh_token, expires_at: expires_at * 1000 })
    },
    remove: async () => null,
    getAllKeys: async () => [],
  }
}

function keepOver(server: Server, place: Place): Kept {
  const manager = new UserManager({
    ...settingsOf(server),
    userStore: userStoreOf(place),
    automaticSilentRenew: false,
  })
  return {
    async accessToken() {
      let user = await manager.getUser()
      if (!user || user.expired) user = await manager.signinSilent()
      return user!.access_token
    },
    refreshToken: async () => (await place.load())?.refresh_token,
  }
}

export const cachedToken: CachedToken = async () => {
  const saved = { access_token: 'the-token', refresh_token: 'r', expires_at: Date.now() + HOUR_MS }
  const endpoint = 'https://as.example/token'
  const server = {
    authorizationEndpoint: endpoint,
    tokenEndpoint: endpoint,
    client_id: 'id',
    client_secret: 's',
    redirect_uri: endpoint,
  }
  const kept = keepOver(server, { load: async () => saved, save: async () => {} })
  return () => kept.accessToken()
}

export const keep: Keep = async (server, { place }) => keepOver(server, place)
