import { s256 } from '../pkce/s256.ts'
import type { ClientAuthentication, Grant, Pkce, Provider } from '../provider.ts'
import { clientSecretBasic } from '../wire/client-secret-basic.ts'
import { checkDescription } from './check-description.ts'

/** A provider as people write it down: what it has in common with every server of its kind is left out. */
export interface ProviderDescription extends Omit<Provider, 'grants' | 'clientAuthentication' | 'pkce'> {
  /** By default `refresh_token`, `client_credentials`, and those that there is an endpoint for. */
  readonly grants?: readonly Grant[] | undefined
  /** By default `client_secret_basic`, which every server that has secrets takes (RFC 6749 section 2.3.1). */
  readonly clientAuthentication?:
    'client_secret_basic' | 'client_secret_post' | 'none' | ClientAuthentication | undefined
  /** By default `S256`; `none` is for a server that fails with it. */
  readonly pkce?: 'S256' | 'none' | Pkce | undefined
}

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
  }
}
