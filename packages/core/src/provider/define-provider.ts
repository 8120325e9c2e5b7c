import { s256 } from '../pkce/s256.ts'
import type { Provider } from './provider.ts'
import { clientSecretBasic } from '../wire/client-secret-basic.ts'
import { revocation } from '../wire/revocation.ts'
import { checkDescription, type ProviderDescription } from './description.ts'
import { idTokenSubject, userinfo } from './identity.ts'

/**
 * Checks a description and returns a provider. Members that the description omits get the defaults of RFC 6749 and
 * RFC 9700.
 *
 * @throws {TypeError} with the member's name when a member is unknown, missing or invalid. Every endpoint must be an
 *   https URL, or an http URL on loopback.
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
    ...rest
  } = description
  return {
    ...rest,
    grants,
    clientAuthentication:
      clientAuthentication === 'client_secret_basic' ? clientSecretBasic : clientAuthentication,
    pkce: pkce === 'S256' ? s256 : pkce,
    ...(identity !== undefined && { identity: identifyOf(identity) }),
    ...(description.revocationEndpoint && { revocation: description.revocation ?? revocation }),
  }
}

function identifyOf(
  identity: NonNullable<ProviderDescription['identity']>,
): NonNullable<Provider['identity']> {
  if (identity === 'id_token.sub') return idTokenSubject
  return typeof identity === 'object' ? userinfo(identity.userinfo, identity.path) : identity
}
