import {
  AuthorizationRequest,
  AuthorizationRequestHandler,
  AuthorizationServiceConfiguration,
  BaseTokenRequestHandler,
  BasicQueryStringUtils,
  DefaultCrypto,
  FetchRequestor,
  GRANT_TYPE_AUTHORIZATION_CODE,
  GRANT_TYPE_REFRESH_TOKEN,
  TokenRequest,
} from '@openid/appauth'
import {
  type Ability,
  type Begin,
  type Begun,
  type CachedToken,
  type Check,
  type Exchange,
  type Keep,
  type Refresh,
  type Saved,
  savedOf,
  type Server,
} from '../contender.ts'

export const packages: readonly string[] = ['@openid/appauth']

const configurationOf = ({ authorizationEndpoint, tokenEndpoint }: Server): object =>
  new AuthorizationServiceConfiguration({
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: tokenEndpoint,
    revocation_endpoint: '',
  })

/** The library's handlers open the address themselves; this one, written as its documentation shows, returns it. */
class Handler extends AuthorizationRequestHandler {
  url = ''
  constructor() {
    super(new BasicQueryStringUtils(), new DefaultCrypto())
  }
  performAuthorizationRequest(configuration: object, request: object): void {
    this.url = this.buildRequestUrl(configuration, request)
  }
}

const beginWith = (server: Server, usesPkce: boolean): (() => Promise<Begun>) => {
  const configuration = configurationOf(server)
  const handler = new Handler()
  const { client_id, redirect_uri } = server
  return async () => {
    const request = new AuthorizationRequest(
      { client_id, redirect_uri, scope: '', response_type: AuthorizationRequest.RESPONSE_TYPE_CODE },
      new DefaultCrypto(),
      usesPkce,
    )
    await request.setupCodeVerifier()
    handler.performAuthorizationRequest(configuration, request)
    const code_verifier = request.internal?.['code_verifier']
    return { url: handler.url, state: request.state, ...(code_verifier && { code_verifier }) }
  }
}

export const begin: Begin = server => beginWith(server, false)
export const beginPkce: Begin = server => beginWith(server, true)
export const check: Ability<Check> = { cannot: 'reads the redirect from the page’s own address' }

async function perform(server: Server, parameters: object, requestor: object): Promise<Saved> {
  const { client_id, client_secret, redirect_uri } = server
  const request = new TokenRequest({
    client_id,
    redirect_uri,
    ...parameters,
    extras: { client_secret },
  } as never)
  const handler = new BaseTokenRequestHandler(requestor)
  const { accessToken, refreshToken, expiresIn } = await handler.performTokenRequest(
    configurationOf(server),
    request,
  )
  return savedOf({ access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn })
}

export const exchange: Exchange =
  server =>
  async (redirect, { state }) => {
    const query = new URL(redirect).searchParams
    if (query.get('state') !== state) throw new Error('invalid request')
    return perform(
      server,
      { grant_type: GRANT_TYPE_AUTHORIZATION_CODE, code: query.get('code') },
      new FetchRequestor(),
    )
  }

export const refresh: Refresh = server => {
  const requestor = new FetchRequestor()
  return refresh_token => perform(server, { grant_type: GRANT_TYPE_REFRESH_TOKEN, refresh_token }, requestor)
}

const LOOP = 'makes requests and keeps nothing: the loop around it is the application’s, as in bare'
export const cachedToken: Ability<CachedToken> = { cannot: LOOP }
export const keep: Ability<Keep> = { cannot: LOOP }
