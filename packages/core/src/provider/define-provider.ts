import { s256 } from '../pkce/s256.ts'
import { platform } from '../platform.ts'
import type { Provider } from './provider.ts'
import { authenticate } from '../signing/authenticate.ts'
import { clientSecretBasic } from '../wire/client-secret-basic.ts'
import { formRequest, type RequestFormat } from '../wire/client-request.ts'
import { jsonRequest, queryRequest } from '../wire/request-formats.ts'
import { revocation } from '../wire/revocation.ts'
import { checkDescription, type ProviderDescription } from './description.ts'
import { splitTokens } from './also-tokens.ts'
import { serverAt } from './hosts.ts'
import { idTokenSubject, userinfo } from './identity.ts'

/**
 * Checks a description and returns a provider. Members that the description omits get the defaults of RFC 6749 and
 * RFC 9700.
 *
 * @throws {TypeError} with the member's name when a member is unknown, missing or invalid. Every endpoint must be an
 *   https URL, or, if the issuer is not https, an http URL on loopback.
 */
export function defineProvider(description: ProviderDescription): Provider {
  checkDescription(description)
  const { authorizationEndpoint, deviceAuthorizationEndpoint } = description
  const {
    grants = [
      ...(authorizationEndpoint ? (['authorization_code'] as const) : []),
      ...(deviceAuthorizationEndpoint ? (['device_code'] as const) : []),
      'client_credentials',
      'refresh_token',
    ],
    clientAuthentication = 'client_secret_basic',
    pkce = 'S256',
    identity,
    alsoTokens,
    tokenRequestFormat,
    ...rest
  } = description
  const endpoints = Object.entries(rest).filter(([member, value]) => member.endsWith('Endpoint') && value)
  const method = clientAuthentication === 'client_secret_basic' ? clientSecretBasic : clientAuthentication
  return {
    ...rest,
    // Two spellings of one URL must not look like two servers.
    ...Object.fromEntries(endpoints.map(([member, url]) => [member, new platform.URL(url as string).href])),
    grants,
    clientAuthentication: method,
    ...(typeof method === 'function' && { authenticate }),
    pkce: pkce === 'S256' ? s256 : pkce,
    ...(identity !== undefined && { identity: identifyOf(identity) }),
    ...(tokenRequestFormat && { tokenRequestFormat: formatOf(tokenRequestFormat) }),
    ...(alsoTokens && { alsoTokens: typeof alsoTokens === 'object' ? splitTokens(alsoTokens) : alsoTokens }),
    ...(description.revocationEndpoint && { revocation: description.revocation ?? revocation }),
    ...(description.hosts && { at: serverAt }),
  }
}

const FORMATS = { form: formRequest, json: jsonRequest, query: queryRequest }

function formatOf(format: NonNullable<ProviderDescription['tokenRequestFormat']>): RequestFormat {
  return typeof format === 'function' ? format : FORMATS[format]
}

function identifyOf(
  identity: NonNullable<ProviderDescription['identity']>,
): NonNullable<Provider['identity']> {
  if (identity === 'id_token.sub') return idTokenSubject
  return typeof identity === 'object' ? userinfo(identity.userinfo, identity.path) : identity
}
