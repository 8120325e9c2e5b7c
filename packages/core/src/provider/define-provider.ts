import { s256 } from '../pkce/s256.ts'
import type { Provider } from './provider.ts'
import { clientSecretBasic } from '../wire/client-secret-basic.ts'
import { revocation } from '../wire/revocation.ts'
import { checkDescription, type ProviderDescription } from './description.ts'

/**
 * A provider made of its description, which is checked; what the description leaves out is what RFC 6749 and
 * RFC 9700 have.
 *
 * @throws {TypeError} that names the member which is unknown, missing or not what it must be. Every endpoint is
 *   an https URL; http is for loopback only.
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
    ...others
  } = description
  return {
    ...others,
    grants,
    clientAuthentication:
      clientAuthentication === 'client_secret_basic' ? clientSecretBasic : clientAuthentication,
    pkce: pkce === 'S256' ? s256 : pkce === 'none' ? undefined : pkce,
    ...(description.revocationEndpoint && { revocation: description.revocation ?? revocation }),
  }
}
