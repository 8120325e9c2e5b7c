// Grants that `oidc-provider` does not have: assertions (RFC 7523) and token exchange (RFC 8693). `jose` verifies them.
import { generateKeyPairSync } from 'node:crypto'
import { errors, type ResourceServer } from 'oidc-provider'
import { jwtVerify } from 'jose'
import { CLIENTS, type OidcProvider, REDIRECT_URI, startOidcProvider } from './oidc-provider.ts'

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const API = 'https://api.example/'

/** How long its access tokens are valid, in s. */
export const EXPIRES_IN = 3600

/** A response that the server sends in place of its own; `lost`: it closes the connection. */
export type Odd =
  | {
      readonly status: number
      readonly body: object | ((parameters: Readonly<Record<string, unknown>>) => object)
    }
  | 'lost'

/** A server with these grants. */
export interface GrantServer extends OidcProvider {
  /** The private key of the service account, as PEM. */
  readonly key: string
  readonly issuer: string
  /** The parameters of the requests to these grants. */
  readonly requests: Readonly<Record<string, unknown>>[]
  /** The `authorization` headers of the same requests. */
  readonly authorizations: (string | undefined)[]
  /** The next responses, in order. */
  readonly odd: Odd[]
  /** More members of successful responses. */
  readonly extra: Record<string, unknown>
  /** Moves its clock forward. */
  advance(ms: number): void
}

/** Starts the server. Subject tokens are those of its own client credentials grant. */
export async function startGrantServer(): Promise<GrantServer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = 'service@example'
  const jtis = new Set<string>()
  let aheadMs = 0
  const server = await startOidcProvider({
    clients: [
      {
        ...CLIENTS.confidential,
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code', 'client_credentials', JWT_BEARER, TOKEN_EXCHANGE],
        response_types: ['code'],
        application_type: 'native',
        id_token_signed_response_alg: 'ES256',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    features: {
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'read write', accessTokenFormat: 'opaque' }) as ResourceServer,
        useGrantedResource: () => true,
      },
    },
  })
  const { provider } = server
  const requests: GrantServer['requests'][number][] = []
  const authorizations: (string | undefined)[] = []
  const odd: Odd[] = []
  const extra: Record<string, unknown> = {}
  const now = (): Date => new Date(Date.now() + aheadMs)

  const verify = {
    async [JWT_BEARER]({ assertion }: Readonly<Record<string, unknown>>): Promise<object> {
      const options = {
        issuer,
        audience: provider.issuer,
        currentDate: now(),
        maxTokenAge: '5 min',
        clockTolerance: 60,
        requiredClaims: ['sub', 'exp', 'iat', 'jti'],
      }
      const { payload } = await jwtVerify(String(assertion), publicKey, options).catch((error: Error) => {
        throw new errors.InvalidGrant(error.message)
      })
      if (jtis.has(payload.jti!)) throw new errors.InvalidGrant('an assertion was used twice')
      jtis.add(payload.jti!)
      return { sub: payload.sub }
    },
    async [TOKEN_EXCHANGE](parameters: Readonly<Record<string, unknown>>): Promise<object> {
      const { subject_token, subject_token_type, requested_token_type } = parameters
      if (subject_token_type !== 'urn:ietf:params:oauth:token-type:access_token')
        throw new errors.InvalidRequest('subject_token_type is not supported')
      if (!(await provider.ClientCredentials.find(String(subject_token))))
        throw new errors.InvalidRequest('subject_token is not valid')
      return {
        issued_token_type: requested_token_type ?? 'urn:ietf:params:oauth:token-type:access_token',
      }
    },
  }
  for (const [grant, check] of Object.entries(verify))
    provider.registerGrantType(
      grant,
      async ctx => {
        const parameters = { ...ctx.oidc.params }
        requests.push(parameters)
        authorizations.push(ctx.get('authorization'))
        ctx.set('date', now().toUTCString())
        const answer = odd.shift()
        if (answer === 'lost') {
          ctx.respond = false
          ctx.req.socket.destroy()
          return
        }
        if (answer) {
          ctx.status = answer.status
          ctx.body = typeof answer.body === 'function' ? answer.body(parameters) : answer.body
          return
        }
        const checked = await check(parameters)
        const token = new provider.ClientCredentials({
          client: ctx.oidc.client!,
          scope: parameters['scope'] as string,
        })
        ctx.body = {
          access_token: await token.save(),
          token_type: 'Bearer',
          expires_in: EXPIRES_IN,
          scope: parameters['scope'],
          ...checked,
          ...extra,
        }
      },
      [
        'assertion',
        'subject_token',
        'subject_token_type',
        'actor_token',
        'actor_token_type',
        'requested_token_type',
        'scope',
        'resource',
        'audience',
        'ticket',
      ],
      ['resource', 'audience'],
    )
  return {
    ...server,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    issuer,
    requests,
    authorizations,
    odd,
    extra,
    advance: ms => void (aheadMs += ms),
  }
}
