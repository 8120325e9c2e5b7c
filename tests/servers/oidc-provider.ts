import { generateKeyPairSync } from 'node:crypto'
import type { ServerOptions } from 'node:https'
import Provider, { type Adapter, type AdapterPayload, type Configuration } from 'oidc-provider'
import { listen, type Listening } from './listen.ts'

/** An `oidc-provider` on loopback, where every user is signed in and allows. */
export interface OidcProvider extends Listening {
  readonly provider: Provider
  /** Makes every user deny from now on. */
  deny(): void
  /** Sets who uses the browsers that sign in from now on; at first `somebody`. */
  use(accountId: string): void
}

export const REDIRECT_URI = 'http://127.0.0.1:1/callback'

const GRANTS = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
]

/** The registered clients: one with a secret that must be form-encoded, one that sends it in the body, one without. */
export const CLIENTS = {
  confidential: { client_id: 'confidential', client_secret: 'p%+/:=& secret of many characters' },
  posting: { client_id: 'posting', client_secret: 'another-secret' },
  public: { client_id: 'public' },
} as const

/** The storage of one `oidc-provider`, in memory. */
function memory(): new (model: string) => Adapter {
  const stored = new Map<string, AdapterPayload>()
  return class implements Adapter {
    readonly #model: string
    constructor(model: string) {
      this.#model = model
    }
    upsert(id: string, payload: AdapterPayload): Promise<void> {
      stored.set(`${this.#model}:${id}`, payload)
      return Promise.resolve()
    }
    find(id: string): Promise<AdapterPayload | undefined> {
      return Promise.resolve(stored.get(`${this.#model}:${id}`))
    }
    findByUid(uid: string): Promise<AdapterPayload | undefined> {
      return this.#where(payload => payload.uid === uid)
    }
    findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
      return this.#where(payload => payload.userCode === userCode)
    }
    consume(id: string): Promise<void> {
      stored.get(`${this.#model}:${id}`)!.consumed = Math.floor(Date.now() / 1000)
      return Promise.resolve()
    }
    destroy(id: string): Promise<void> {
      stored.delete(`${this.#model}:${id}`)
      return Promise.resolve()
    }
    revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key)
      return Promise.resolve()
    }
    #where(matches: (payload: AdapterPayload) => boolean): Promise<AdapterPayload | undefined> {
      const found = [...stored].find(
        ([key, payload]) => key.startsWith(`${this.#model}:`) && matches(payload),
      )
      return Promise.resolve(found?.[1])
    }
  }
}

// Jest runs this file in a realm of its own. Node's `structuredClone` returns objects of the outer one, which `oidc-provider`
// does not recognize as plain when it checks the keys of a client.
globalThis.structuredClone = value =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as typeof value)

/** Starts the server; `configured` overrides the defaults here. With `tls`, by https. */
export async function startOidcProvider(
  configured: Configuration = {},
  tls?: ServerOptions,
): Promise<OidcProvider> {
  let provider!: Provider
  let denied = false
  let user = 'somebody'
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k' }
  const common = {
    redirect_uris: [REDIRECT_URI],
    grant_types: GRANTS,
    response_types: ['code' as const],
    application_type: 'native' as const,
    id_token_signed_response_alg: 'ES256' as const,
  }
  const configuration: Configuration = {
    adapter: memory(),
    jwks: { keys: [key as never] },
    cookies: { keys: ['k'] },
    clients: [
      { ...common, ...CLIENTS.confidential, token_endpoint_auth_method: 'client_secret_basic' },
      { ...common, ...CLIENTS.posting, token_endpoint_auth_method: 'client_secret_post' },
      {
        ...common,
        ...CLIENTS.public,
        token_endpoint_auth_method: 'none',
        grant_types: GRANTS.filter(grant => grant !== 'client_credentials'),
      },
    ],
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    issueRefreshToken: (_, client) => Promise.resolve(client.grantTypeAllowed('refresh_token')),
    rotateRefreshToken: true,
    renderError: (ctx, { error }) => void (ctx.body = error),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ...configured,
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 86_400,
      Session: 86_400,
      ...configured.ttl,
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, form) => void (ctx.body = form),
        userCodeConfirmSource: (ctx, form) => void (ctx.body = form),
        successSource: ctx => void (ctx.body = 'done'),
      },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_, client, token) => token.clientId === client.clientId,
      },
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
      pushedAuthorizationRequests: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      ...configured.features,
    } as NonNullable<Configuration['features']>,
  }
  const listening = await listen(url => {
    provider = new Provider(url, configuration)
    const callback = provider.callback()
    return (request, response) => {
      if (request.url?.startsWith('/interaction/')) {
        answer().catch((error: Error) => response.writeHead(500).end(error.stack))
        return
      }
      callback(request, response)

      /** The page where the user signs in, and allows or denies. */
      async function answer(): Promise<void> {
        const { params, prompt, session } = await provider.interactionDetails(request, response)
        if (denied)
          return provider.interactionFinished(request, response, {
            error: 'access_denied',
            error_description: 'the user denied',
          })
        const { accountId = user } = session ?? {}
        if (prompt.name === 'login')
          return provider.interactionFinished(request, response, { login: { accountId } })
        const grant = new provider.Grant({ accountId, clientId: params['client_id'] as string })
        const { missingOIDCScope = [] } = prompt.details as { missingOIDCScope?: string[] }
        grant.addOIDCScope([...new Set(['openid', ...missingOIDCScope])].join(' '))
        for (const [resource, scopes] of Object.entries(
          (prompt.details['missingResourceScopes'] ?? {}) as Record<string, string[]>,
        ))
          grant.addResourceScope(resource, scopes.join(' '))
        return provider.interactionFinished(
          request,
          response,
          { consent: { grantId: await grant.save() } },
          { mergeWithLastSubmission: true },
        )
      }
    }
  }, tls)
  return {
    ...listening,
    provider,
    deny: () => void (denied = true),
    use: accountId => void (user = accountId),
  }
}
